"""The CPS2ter volet of a CPS3: files of the previous card generation (similar to 3GPP TS 51.011, 8 and 9)."""

from __future__ import annotations

from cryptolib.cards.errors import AccessDenied, CardError, CardFault, NoSuchFile, PinBlocked, card_error
from cryptolib.cards.reading import FileReader
from cryptolib.iso7816 import ins, tlv
from cryptolib.iso7816.apdu import Command
from cryptolib.iso7816.channel import CAUTIOUS_ANSWER
from cryptolib.iso7816.status import StatusWordError
from cryptolib.iso7816.tlv import TlvError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.iso7816.channel import Channel
    from cryptolib.pkcs15.entries import Entry

CLA = 0xA0
IDENTIFIER_LENGTH = 2
# 9Fxx: success, xx bytes to fetch.
ANSWER_READY = 0x9F
# The answer to SELECT: tag 85, length, then size (2 bytes), identifier (2) and type of file.
DESCRIPTION = 0x85
KIND = 4
ELEMENTARY_FILE = 0x04

APPLICATION = "CPS"
SITUATIONS = "CPS_SIT_FACT"
SITUATIONS_PATH = bytes.fromhex("3F 00 7F 01 40 00")
# The file of situation n has the identifier 400F + n.
ACTIVITIES = {
    f"CPS_ACTIVITY_{number:02}_PS": (f"CPS2TER_ACTIVITY_{number:02}_PS", bytes((0x3F, 0x00, 0x40, 0x0F + number)))
    for number in range(1, 17)
}
PATHS = frozenset((SITUATIONS_PATH, *(path for _label, path in ACTIVITIES.values())))

# Status words of the previous card generation (3GPP TS 51.011, 9.4).
FILE_ID_NOT_FOUND = 0x9404
ACCESS_CONDITION_NOT_FULFILLED = 0x9804
CONTRADICTS_CHV_STATUS = 0x9808
NO_TRY_LEFT = 0x9840

_ERRORS: dict[int, type[CardError]] = {
    FILE_ID_NOT_FOUND: NoSuchFile,
    ACCESS_CONDITION_NOT_FULFILLED: AccessDenied,
    CONTRADICTS_CHV_STATUS: AccessDenied,
    NO_TRY_LEFT: PinBlocked,
}


def entries(listed: list[Entry]) -> list[Entry]:
    """The data objects of the volet if the directory lists these: one for each situation d'exercice, and the
    billing.
    """
    labels = {entry.label for entry in listed}
    found = [(SITUATIONS, SITUATIONS_PATH)]
    found += [ACTIVITIES[entry.label] for entry in listed if entry.label in ACTIVITIES]
    return [_entry(label, path) for label, path in found if label not in labels]


def read(channel: Channel, path: bytes) -> bytes:
    """The content of the volet's file at absolute `path`. The card's selections are unknown afterwards."""
    try:
        length = 0
        for start in range(0, len(path), IDENTIFIER_LENGTH):
            length = _select(channel, path[start : start + IDENTIFIER_LENGTH])
        if not length:
            raise CardFault("the CPS2ter volet says nothing about a file")
        size = _size(channel.send(Command("GET RESPONSE", ins.GET_RESPONSE, 0, 0, le=length, cla=CLA)))
    except StatusWordError as error:
        raise _meaning(error, ins.SELECT) from error
    return FileReader(lambda command: _send(channel, command), CAUTIOUS_ANSWER).range(0, size)


def _send(channel: Channel, command: Command) -> bytes:
    command.cla = CLA
    try:
        return channel.send(command)
    except StatusWordError as error:
        raise _meaning(error, command.ins) from error


def _meaning(error: StatusWordError, instruction: int) -> CardError:
    if error.sw in _ERRORS:
        return _ERRORS[error.sw](f"{error.sw:04X} in the CPS2ter volet")
    return card_error(error, instruction)


def _entry(label: str, path: bytes) -> Entry:
    # Imported by C_OpenSession: without a session nobody asks for objects.
    from cryptolib.pkcs15.entries import Entry

    entry = Entry(label, private=True, modifiable=False)
    entry.application = APPLICATION
    entry.path = path
    return entry


def _select(channel: Channel, identifier: bytes) -> int:
    """Select one step of a path and return the length of the card's answer about it."""
    try:
        channel.send(Command("SELECT", ins.SELECT, 0, 0, identifier, cla=CLA))
    except StatusWordError as answer:
        if answer.sw >> 8 != ANSWER_READY:
            raise
        return answer.sw & 0xFF
    return 0


def _size(answer: bytes) -> int:
    try:
        description = tlv.first(answer, DESCRIPTION)
    except TlvError as error:
        raise CardFault("the CPS2ter volet describes no file") from error
    if description[KIND : KIND + 1] != bytes((ELEMENTARY_FILE,)):
        raise CardFault("not a file of the CPS2ter volet")
    return int.from_bytes(description[:2], "big")
