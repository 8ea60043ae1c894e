"""Command APDUs as a chip receives them, and the status words it answers.

ISO/IEC 7816-3:2006 clause 12.1 (cases 1 to 4, short fields) and ISO/IEC 7816-4:2013 clause 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

CHAINING = 0x10
SECURE_MESSAGING = 0x0C
MAXIMUM_LE = 256


class SW(IntEnum):
    """Status words used by the virtual cards (ISO/IEC 7816-4:2013 table 6)."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    TRIES_LEFT = 0x63C0
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    LAST_COMMAND_OF_CHAIN_EXPECTED = 0x6883
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    AUTHENTICATION_METHOD_BLOCKED = 0x6983
    REFERENCE_DATA_NOT_USABLE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    INCORRECT_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    NOT_ENOUGH_SPACE = 0x6A84
    INCORRECT_P1P2 = 0x6A86
    REFERENCED_DATA_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE_FILE = 0x6B00
    WRONG_LE = 0x6C00
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00


class StatusError(Exception):
    """Ends the execution of a command with a status word and no data."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its case resolved: ``le`` is None if no answer is requested."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def p1p2(self) -> int:
        return self.p1 << 8 | self.p2

    @property
    def chained(self) -> bool:
        """More parts of the command follow (ISO/IEC 7816-4:2013 clause 5.3.3)."""
        return bool(self.cla & CHAINING)


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of the chip before the transmission protocol splits it."""

    data: bytes = b""
    sw: int = SW.OK


def parse_t0(raw: bytes) -> Command:
    """Five-byte header, then at most the Lc bytes that it announces: a case 4 command carries no Le on T=0."""
    if len(raw) < 4:
        raise StatusError(SW.WRONG_LENGTH)
    cla, ins, p1, p2 = raw[:4]
    if len(raw) == 4:
        return Command(cla, ins, p1, p2)
    if len(raw) == 5:
        return Command(cla, ins, p1, p2, le=raw[4] or MAXIMUM_LE)
    if len(raw) != 5 + raw[4]:
        raise StatusError(SW.WRONG_LENGTH)
    return Command(cla, ins, p1, p2, data=raw[5:])


def parse_t1(raw: bytes) -> Command:
    """Short APDU of any of the four cases; extended length fields are refused."""
    if len(raw) < 4:
        raise StatusError(SW.WRONG_LENGTH)
    cla, ins, p1, p2 = raw[:4]
    if len(raw) == 4:
        return Command(cla, ins, p1, p2)
    if len(raw) == 5:
        return Command(cla, ins, p1, p2, le=raw[4] or MAXIMUM_LE)
    lc = raw[4]
    body = raw[5:]
    if lc == 0 or len(body) not in (lc, lc + 1):
        raise StatusError(SW.WRONG_LENGTH)
    if len(body) == lc:
        return Command(cla, ins, p1, p2, data=body)
    return Command(cla, ins, p1, p2, data=body[:lc], le=body[lc] or MAXIMUM_LE)
