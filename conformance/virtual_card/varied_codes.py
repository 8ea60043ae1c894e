"""Codes in other forms: padded to a stored length, or with a length that the holder chooses.

ISO/IEC 7816-15:2016, clause 8.9.2 (PasswordAttributes).
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card.access import PIN_REFERENCE, PUK_REFERENCE, Pin
from conformance.virtual_card.apdu import SW, StatusError
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.tlv import integer, parse, tlv

CODES = "3F00/0001/7001"
NEEDS_PADDING = 0x04
_BIT_STRING, _OCTET_STRING, _TYPE_ATTRIBUTES = 0x03, 0x04, 0xA1
_MINIMUM, _STORED, _MAXIMUM = 2, 3, 4
_NAMES = {PIN_REFERENCE: "pin", PUK_REFERENCE: "puk"}

Fields = list[tuple[int, bytes]]


class StoredPin(Pin):
    """A code that the card stores with a filler, or without padding."""

    def __init__(self, like: Pin, name: str) -> None:
        super().__init__(like._state, name, like.length, like.maximum)
        self.digits = range(like.length, like.length + 1)
        self.stored = like.length
        self.filler = b""

    def _code(self, presented: bytes) -> bytes:
        """The digits of a presented code; empty if its length is wrong."""
        if not self.filler:
            return presented
        return presented.rstrip(self.filler) if len(presented) == self.stored else b""

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Old and new code. Without a filler, the length of the stored code tells where the new one starts."""
        middle = self.stored if self.filler else len(self._state.values[self._name])
        return data[:middle], data[middle:]

    def compare(self, candidate: bytes) -> None:
        code = self._code(candidate)
        self.length = len(code)
        super().compare(code)

    def set_value(self, value: bytes) -> None:
        code = self._code(value)
        if len(code) not in self.digits:
            raise StatusError(SW.INCORRECT_DATA)
        self.length = len(code)
        super().set_value(code)


def padding(card: VirtualCard, argument: str) -> None:
    """Codes are padded with this filler (``FF``, ``00``) to a stored length (``FF:12``; 8 by default)."""
    byte, _, length = argument.partition(":")
    filler, stored = bytes.fromhex(byte), int(length or "8")
    for pin in _pins(card):
        pin.filler, pin.stored = filler, stored

    def rewritten(fields: Fields) -> Fields:
        tag, flags = fields[0]
        assert tag == _BIT_STRING
        fields[0] = tag, flags[:1] + bytes((flags[1] | NEEDS_PADDING,)) + flags[2:]
        fields[_STORED] = _number(stored)
        return [*fields, (_OCTET_STRING, filler)]

    _describe(card, rewritten)


def digits(card: VirtualCard, argument: str) -> None:
    """The allowed lengths of the code porteur: ``4-8``."""
    shortest, _, longest = argument.partition("-")
    least, most = int(shortest), int(longest)
    holder = _pins(card)[0]
    holder.digits = range(least, most + 1)
    first = True

    def rewritten(fields: Fields) -> Fields:
        nonlocal first
        if first:
            fields[_MINIMUM], fields[_STORED], fields[_MAXIMUM] = _number(least), _number(most), _number(most)
        first = False
        return fields

    _describe(card, rewritten)


def _pins(card: VirtualCard) -> list[StoredPin]:
    """The code porteur and the code de deblocage, as StoredPin."""
    pins = card.chip.security.pins
    for reference, name in _NAMES.items():
        pin = pins[reference]
        if not isinstance(pin, StoredPin):
            pins[reference] = StoredPin(pin, name)
    return [pin for pin in pins.values() if isinstance(pin, StoredPin)]


def _describe(card: VirtualCard, change: Callable[[Fields], Fields]) -> None:
    """Rewrite the attributes of each code in the AODF."""
    file = card.file(CODES)
    file.content = b"".join(tlv(tag, _entry(list(parse(entry)), change)) for tag, entry in parse(file.content))


def _entry(parts: Fields, change: Callable[[Fields], Fields]) -> bytes:
    written = b""
    for tag, value in parts:
        if tag == _TYPE_ATTRIBUTES:
            ((inner, attributes),) = parse(value)
            value = tlv(inner, *(tlv(*field) for field in change(list(parse(attributes)))))
        written += tlv(tag, value)
    return written


def _number(value: int) -> tuple[int, bytes]:
    ((tag, content),) = parse(integer(value))
    return tag, content
