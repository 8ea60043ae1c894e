"""Status words (ISO/IEC 7816-4:2020, 5.6)."""

from __future__ import annotations

OK = 0x9000

# For these only the first byte counts; the second one is a length.
MORE_BYTES = 0x61
WRONG_LE = 0x6C

# The last four bits are the tries left.
TRIES_LEFT = 0x63C0
TRIES_LEFT_MASK = 0xFFF0

END_OF_FILE = 0x6282
NOT_VERIFIED = 0x6300
WRONG_LENGTH = 0x6700
LOGICAL_CHANNEL_NOT_SUPPORTED = 0x6881
COMMAND_NOT_ALLOWED = 0x6900
SECURITY_STATUS_NOT_SATISFIED = 0x6982
AUTHENTICATION_BLOCKED = 0x6983
REFERENCE_DATA_NOT_USABLE = 0x6984
CONDITIONS_NOT_SATISFIED = 0x6985
NO_CURRENT_FILE = 0x6986
SECURE_MESSAGING_MISSING = 0x6987
SECURE_MESSAGING_INCORRECT = 0x6988
WRONG_PARAMETERS = 0x6A00
INCORRECT_DATA = 0x6A80
FILE_NOT_FOUND = 0x6A82
INCORRECT_P1_P2 = 0x6A86
REFERENCED_DATA_NOT_FOUND = 0x6A88
OUTSIDE_FILE = 0x6B00
CLASS_NOT_SUPPORTED = 0x6E00


class StatusWordError(Exception):
    """A command ended with a status word other than 9000. `data` is the answer data before it."""

    def __init__(self, sw: int, command: str, data: bytes = b"") -> None:
        super().__init__(f"{sw:04X} at {command}")
        self.sw = sw
        self.command = command
        self.data = data
