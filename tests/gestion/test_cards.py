"""What the flags of a token say of the tries that are left."""

import pytest
from pkcs11 import TokenFlag

from cryptolib.gestion.cards import Tries, tries

CODES = TokenFlag.USER_PIN_INITIALIZED


@pytest.mark.parametrize(
    ("flags", "code", "unblocking"),
    [
        (CODES, Tries.ENOUGH, Tries.ENOUGH),
        (CODES | TokenFlag.USER_PIN_COUNT_LOW, Tries.LOW, Tries.ENOUGH),
        (CODES | TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY, Tries.LAST, Tries.ENOUGH),
        (CODES | TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_COUNT_LOW, Tries.LOCKED, Tries.ENOUGH),
        (CODES | TokenFlag.SO_PIN_LOCKED, Tries.ENOUGH, Tries.LOCKED),
        (TokenFlag.RNG, Tries.NONE, Tries.NONE),
    ],
)
def test_tries_left(flags: TokenFlag, code: Tries, unblocking: Tries) -> None:
    assert tries(flags) == (code, unblocking)
