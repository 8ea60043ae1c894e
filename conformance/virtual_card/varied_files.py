"""Files that are missing, empty or of another size than SELECT says, and cards with short READ BINARY answers.

ISO/IEC 7816-4:2020, clauses 7.4.3 (file control information) and 11.3.3 (READ BINARY).
"""

from __future__ import annotations

from conformance.virtual_card.apdu import MAXIMUM_LE, Command, Response, StatusError
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.tlv import parse, tlv

_SELECT, _READ_BINARY = 0xA4, 0xB0
_SIZE = 0x80
_END_OF_FILE, _OK, _WRONG_LENGTH = bytes.fromhex("6282"), bytes.fromhex("9000"), bytes.fromhex("6700")
_WRONG_LE = 0x6C


def missing(card: VirtualCard, argument: str) -> None:
    """The application has no file ``7004``."""
    card.files.remove(f"3F00/0001/{argument}")


def empty(card: VirtualCard, argument: str) -> None:
    """The file ``7004`` of the application is empty."""
    card.file(f"3F00/0001/{argument}").content = b""


def update_dates(card: VirtualCard, argument: str) -> None:
    """EF_ACTUA of a CPS3 holds these dates: ``20260101240000`` or ``20260101,20260102``."""
    start, _, end = argument.partition(",")
    dates = tlv(0x81, bytes.fromhex(start)), tlv(0x82, bytes.fromhex(end or start))
    card.files.add("3F00/D010", tlv(0xEC, *dates))


def stated_size(card: VirtualCard, argument: str) -> None:
    """SELECT gives no size (``none``), or a size that is this many bytes too large: ``100``."""
    select = card.chip.handlers[_SELECT]

    def size(content: bytes) -> bytes:
        if argument == "none":
            return b""
        return tlv(_SIZE, (int.from_bytes(content, "big") + int(argument)).to_bytes(2, "big"))

    def handler(command: Command) -> Response:
        answer = select(command)
        if not answer.data:
            return answer
        ((template, fields),) = parse(answer.data)
        written = [size(value) if tag == _SIZE else tlv(tag, value) for tag, value in parse(fields)]
        return Response(tlv(template, *written))

    card.chip.handlers[_SELECT] = handler


def end_of_file(card: VirtualCard, argument: str) -> None:
    """Reading beyond the end of a file gives 6282 on every protocol, never 6Cxx or 9000."""
    answered = card.transmit

    def transmit(command: bytes) -> bytes:
        answer = answered(command)
        if command[1] != _READ_BINARY:
            return answer
        if answer[0] == _WRONG_LE and len(answer) == 2:
            answer = answered(command[:4] + answer[1:])
        short = len(answer) - 2 < (command[4] or MAXIMUM_LE)
        return answer[:-2] + _END_OF_FILE if short and answer[-2:] == _OK else answer

    card.transmit = transmit  # type: ignore[method-assign]


def strict_reads(card: VirtualCard, argument: str) -> None:
    """READ BINARY beyond the end of a file gives no data, only ``6700``, ``6B00`` or ``6282``."""
    read = card.chip.handlers[_READ_BINARY]

    def handler(command: Command) -> Response:
        answer = read(command)
        if len(answer.data) < (command.le or 0):
            raise StatusError(int(argument, 16))
        return answer

    card.chip.handlers[_READ_BINARY] = handler


def most_at_once(card: VirtualCard, argument: str) -> None:
    """READ BINARY of more than ``E7`` bytes gives 6700, or that many bytes (``E7:short``)."""
    number, _, how = argument.partition(":")
    most = int(number, 16)
    answered = card.transmit

    def transmit(command: bytes) -> bytes:
        if command[1] != _READ_BINARY or (command[4] or MAXIMUM_LE) <= most:
            return answered(command)
        return answered(command[:4] + bytes((most,))) if how == "short" else _WRONG_LENGTH

    card.transmit = transmit  # type: ignore[method-assign]
