"""Sends a code to the card: one that the application gave, or one that the user types on the reader."""

from __future__ import annotations

from time import monotonic

from cryptolib.cards.errors import CardError, presenting_error
from cryptolib.iso7816.status import OK, StatusWordError
from cryptolib.iso7816.typed_code import TypedCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptolib.iso7816.apdu import Command
    from cryptolib.iso7816.channel import Channel
    from cryptolib.secret import Secret

# Status words of the reader, not of the card: no code was presented (PC/SC part 10, 2.5).
ENTRY_TIMED_OUT = 0x6400
ENTRY_CANCELLED = 0x6401
NEW_CODES_DIFFER = 0x6402
ENTRY_LENGTH = 0x6403
WRONG_ENTRY_STRUCTURE = 0x6B80


class EntryCancelled(CardError):
    """The user cancelled on the reader; no code was presented."""


class EntryTimedOut(CardError):
    """The user did not type a code in time; no code was presented."""


class NewCodesDiffer(CardError):
    """The user typed two different new codes; nothing was changed."""


class EntryLength(CardError):
    """The user typed a code of a length that the reader was told to refuse."""


class KeypadFault(CardError):
    """The reader refuses the structure that asks for a code."""


_ERRORS: dict[int, type[CardError]] = {
    ENTRY_TIMED_OUT: EntryTimedOut,
    ENTRY_CANCELLED: EntryCancelled,
    NEW_CODES_DIFFER: NewCodesDiffer,
    ENTRY_LENGTH: EntryLength,
    WRONG_ENTRY_STRUCTURE: KeypadFault,
}


def send(channel: Channel, command: Command, codes: Sequence[Secret | TypedCode]) -> None:
    """Send `command` with its codes; either all are typed on the reader or none. Raises StatusWordError."""
    typed = _typed(codes)
    if typed:
        _send_typed(channel, command, typed)
    else:
        channel.send_secret(command, *(code for code in codes if not isinstance(code, TypedCode)))


def error(answer: StatusWordError, codes: Sequence[Secret | TypedCode]) -> CardError:
    """The meaning of a status word after `send`: the reader's own if a code was typed, else the card's."""
    meaning = _ERRORS.get(answer.sw) if _typed(codes) else None
    return presenting_error(answer) if meaning is None else meaning(str(answer))


def _typed(codes: Sequence[Secret | TypedCode]) -> list[TypedCode]:
    return [code for code in codes if isinstance(code, TypedCode)]


def _send_typed(channel: Channel, command: Command, codes: Sequence[TypedCode]) -> None:
    """Have the user type the codes on the reader, which puts them into the command."""
    places = b"".join(code.place() for code in codes)
    head = (command.cla | channel.number, command.ins, command.p1, command.p2, len(places))
    channel.budget.spend()
    begun = monotonic()
    answer = channel.connection.transmit_typed(bytes(head) + places, codes)
    channel.budget.extend(monotonic() - begun)
    sw = int.from_bytes(answer[-2:], "big")
    if sw != OK:
        raise StatusWordError(sw, command.name)
