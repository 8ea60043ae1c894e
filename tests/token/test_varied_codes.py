"""Codes that the card stores with a filler, or whose length the holder chooses (ISO/IEC 7816-15:2016, 8.9.2)."""

import pytest

from cryptolib.cryptoki.constants import CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE, CKU_SO, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from tests.support import CARDS, PIN, PUK, WRONG_PIN, VirtualConnection, opened, secret

PADDINGS = ["pin-padding=FF", "pin-padding=00", "pin-padding=FF:12"]
NEW_PIN = b"4321"


def right(connection: VirtualConnection) -> str:
    return connection.card.state.values["pin"]


@pytest.mark.parametrize(
    ("card", "variation", "commands"),
    [
        ("cps3", "pin-padding=FF", ["002000010831323334FFFFFFFF"]),
        ("cps4", "pin-padding=00", ["01200001083132333400000000"]),
        ("cps3", "pin-padding=FF:12", ["002000010C31323334" + "FF" * 8]),
    ],
)
def test_a_code_is_presented_as_the_card_keeps_it(card: str, variation: str, commands: list[str]) -> None:
    connection, token = opened(card, variation)
    token.log_in(CKU_USER, secret(PIN))
    assert connection.commands == commands


@pytest.mark.parametrize("variation", PADDINGS)
@pytest.mark.parametrize("card", CARDS)
class TestPadding:
    def test_an_honest_login_spends_no_try(self, card: str, variation: str) -> None:
        connection, token = opened(card, variation)
        token.log_in(CKU_USER, secret(PIN))
        token.log_out()
        with pytest.raises(CryptokiError) as wrong:
            token.log_in(CKU_USER, secret(WRONG_PIN))
        assert (wrong.value.code, connection.card.pin_tries) == (CKR_PIN_INCORRECT, 2)
        token.log_in(CKU_USER, secret(PIN))
        assert connection.card.pin_tries == 3

    def test_the_code_is_changed(self, card: str, variation: str) -> None:
        connection, token = opened(card, variation)
        token.change_pin(secret(PIN), secret(NEW_PIN))
        assert right(connection) == "4321"
        token.log_in(CKU_USER, secret(NEW_PIN))

    def test_the_code_is_set_anew_after_the_code_de_deblocage(self, card: str, variation: str) -> None:
        connection, token = opened(card, variation)
        token.log_in(CKU_SO, secret(PUK))
        token.reset_pin(secret(NEW_PIN))
        assert (right(connection), connection.card.puk_tries) == ("4321", 10)

    def test_a_blocked_code_is_unblocked(self, card: str, variation: str) -> None:
        connection, token = opened(card, variation)
        for _try in range(3):
            with pytest.raises(CryptokiError):
                token.log_in(CKU_USER, secret(WRONG_PIN))
        token.change_pin(secret(PUK), secret(NEW_PIN))
        assert (right(connection), connection.card.pin_tries) == ("4321", 3)

    def test_nothing_that_held_a_code_keeps_it(self, card: str, variation: str) -> None:
        connection, token = opened(card, variation)
        old, new = secret(PIN), secret(NEW_PIN)
        with old, new:
            token.change_pin(old, new)
        assert connection.secrets
        assert not [apdu for apdu in connection.secrets if any(apdu)]


@pytest.mark.parametrize("variations", [["pin-digits=4-8"], ["pin-digits=4-8", "pin-padding=FF"]])
@pytest.mark.parametrize("card", CARDS)
def test_a_code_may_have_four_to_eight_digits(card: str, variations: list[str]) -> None:
    connection, token = opened(card, *variations)
    last = PIN
    for code in (b"12345", b"123456", b"7654321", b"87654321", b"4321"):
        token.change_pin(secret(last), secret(code))
        assert right(connection) == code.decode()
        token.log_in(CKU_USER, secret(code))
        token.log_out()
        last = code
    for length in (3, 9):
        with pytest.raises(CryptokiError) as caught:
            token.change_pin(secret(last), secret(b"1" * length))
        assert caught.value.code == CKR_PIN_LEN_RANGE
    assert connection.card.pin_tries == 3
