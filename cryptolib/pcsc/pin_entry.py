"""Builds PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE, with which a reader asks for a code (PC/SC part 10, 2.5)."""

from __future__ import annotations

import sys

from cryptolib.pcsc.features import MODIFY_PIN_DIRECT, VERIFY_PIN_DIRECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptolib.iso7816.typed_code import TypedCode

# In seconds: from the start to the first key of a code, and from there to its last.
TIME_OUT = 30
# bmFormatString: positions in bytes; the code starts at the first data byte, left justified, in ASCII.
FORMAT = 0x82
# bmPINLengthFormat: the command does not hold the number of digits.
NO_LENGTH = 0x00
# bEntryValidationCondition: the user ends a code with the validation key.
VALIDATION_KEY = 0x02
# bConfirmPIN: what to ask for beside the new code.
NEW_AGAIN, CURRENT = 0x01, 0x02
# wLangId: French (France).
FRENCH = 0x040C
# bMsgIndex: the reader's own texts.
ENTER, ENTER_NEW, CONFIRM_NEW = 0, 1, 2
# bTeoPrologue: only for drivers that build T=1 blocks themselves.
NO_PROLOGUE = bytes(3)


def request(features: dict[int, int], command: bytes, codes: Sequence[TypedCode]) -> tuple[int, bytes]:
    """The control code and the structure for `command`; `features` are those of a reader that can do it."""
    if codes[-1].is_new:
        return features[MODIFY_PIN_DIRECT], modify(command, codes)
    return features[VERIFY_PIN_DIRECT], verify(command, codes[0])


def verify(command: bytes, code: TypedCode) -> bytes:
    """PIN_VERIFY_STRUCTURE for `command`, whose data are the place of `code`."""
    return b"".join(
        (
            bytes((TIME_OUT, TIME_OUT, FORMAT, code.field, NO_LENGTH)),
            _digits(code),
            bytes((VALIDATION_KEY, 1)),
            _number(FRENCH, 2),
            bytes((ENTER,)),
            NO_PROLOGUE,
            _number(len(command), 4),
            command,
        )
    )


def modify(command: bytes, codes: Sequence[TypedCode]) -> bytes:
    """PIN_MODIFY_STRUCTURE for `command`, with the places of the current code, if it is needed, and of the new one.

    A new code without a fixed place follows the last digit of the current one.
    """
    new, has_current = codes[-1], len(codes) > 1
    prompts = (ENTER, ENTER_NEW, CONFIRM_NEW) if has_current else (ENTER_NEW, CONFIRM_NEW, 0)
    return b"".join(
        (
            bytes((TIME_OUT, TIME_OUT, FORMAT, new.field, NO_LENGTH)),
            bytes((0, codes[0].field if has_current else 0)),
            _digits(new),
            bytes((NEW_AGAIN | (CURRENT if has_current else 0), VALIDATION_KEY, 3 if has_current else 2)),
            _number(FRENCH, 2),
            bytes(prompts),
            NO_PROLOGUE,
            _number(len(command), 4),
            command,
        )
    )


def _digits(code: TypedCode) -> bytes:
    """wPINMaxExtraDigit."""
    return _number(code.minimum << 8 | code.maximum, 2)


def _number(value: int, size: int) -> bytes:
    """An integer field of a C structure on this machine."""
    return value.to_bytes(size, sys.byteorder)
