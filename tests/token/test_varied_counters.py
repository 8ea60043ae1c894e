"""Cards that do not give the tries left: no CKF_ flag is set, and everything else works."""

import pytest

from cryptolib.cryptoki.constants import (
    CKF_SO_PIN_LOCKED,
    CKF_USER_PIN_COUNT_LOW,
    CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_LOCKED,
    CKR_DEVICE_ERROR,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from tests.support import PIN, PUK, WRONG_PIN, opened, secret

TRIES = (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED) * 0x11
UNTOLD = [
    *[("cps3", how) for how in ("without-maximum", "without-left", "without-both", "empty")],
    *[(card, sw) for card in ("cps3", "cps4") for sw in ("6A88", "6700", "6A81", "6982", "6F00", "6D00")],
]


@pytest.mark.parametrize(("card", "how"), UNTOLD)
class TestUntoldTries:
    def test_no_flag_says_what_the_card_does_not(self, card: str, how: str) -> None:
        connection, token = opened(card, f"pin-counters={how}")
        assert token.flags() & TRIES == 0
        with pytest.raises(CryptokiError):
            token.log_in(CKU_USER, secret(WRONG_PIN))
        assert token.flags() & TRIES == 0
        token.log_in(CKU_USER, secret(PIN))
        assert token.flags() & TRIES == 0
        assert connection.card.pin_tries == 3

    def test_the_code_de_deblocage_is_not_tried_for_a_code_that_may_be_free(self, card: str, how: str) -> None:
        connection, token = opened(card, f"pin-counters={how}")
        with pytest.raises(CryptokiError) as caught:
            token.change_pin(secret(PUK), secret(b"4321"))
        assert caught.value.code == CKR_DEVICE_ERROR
        assert (connection.card.pin_tries, connection.card.puk_tries) == (3, 10)


@pytest.mark.parametrize("how", ["unknown-tags", "bare", "nested"])
def test_tries_are_found_in_every_structure(how: str) -> None:
    connection, token = opened("cps3", f"pin-counters={how}")
    for expected in (CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED):
        with pytest.raises(CryptokiError):
            token.log_in(CKU_USER, secret(WRONG_PIN))
        assert token.flags() & TRIES == expected
    connection.card.state.uses["puk"] = 0
    assert token.flags() & CKF_SO_PIN_LOCKED
