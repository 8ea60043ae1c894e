"""A reader with a keypad in this process: it does what the structures of PC/SC part 10 say, with what a test types."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from conformance.virtual_card.profiles import profile_of
from cryptolib.cards.catalog import driver_of
from cryptolib.iso7816.connection import Keypad, TransportError
from cryptolib.iso7816.typed_code import TypedCode
from cryptolib.pcsc import pin_entry
from cryptolib.token.token import Token
from tests.support import VirtualConnection, inserted

VERIFY, MODIFY = struct.Struct("<5BH2BHB3sI"), struct.Struct("<7BH3BH3B3sI")
HEADER = 4


class KeypadConnection(VirtualConnection):
    """`typed` are the codes of each entry in the order in which they are asked for, or what the reader answers itself.

    `structures` are those that the reader was given, in hexadecimal.
    """

    def __init__(self, connection: VirtualConnection) -> None:
        super().__init__(connection.card)
        self.pad: Keypad | None = Keypad(changes=True)
        self.typed: list[Sequence[bytes] | int] = []
        self.structures: list[str] = []
        self.refuses_given: int | None = None
        """What the reader answers to a code of the application; 0 for a command that it does not pass on."""

    def keypad(self) -> Keypad | None:
        assert self.in_transaction
        return self.pad

    def transmit_typed(self, command: bytes, codes: Sequence[TypedCode]) -> bytes:
        changes = codes[-1].is_new
        request = pin_entry.modify(command, codes) if changes else pin_entry.verify(command, codes[0])
        self.structures.append(request.hex())
        typed = self.typed.pop(0)
        if isinstance(typed, int):
            return typed.to_bytes(2, "big")
        return self.transmit(_modified(request, typed) if changes else _verified(request, typed))

    def transmit_secret(self, command: bytearray) -> bytes:
        if self.refuses_given == 0:
            raise TransportError("SCardTransmit")
        if self.refuses_given is not None:
            return self.refuses_given.to_bytes(2, "big")
        return super().transmit_secret(command)


def _verified(request: bytes, typed: Sequence[bytes]) -> bytes:
    block, digits = VERIFY.unpack_from(request)[3], VERIFY.unpack_from(request)[5]
    (code,) = typed
    return _filled(request[VERIFY.size :], block, digits, [(0, code)])


def _modified(request: bytes, typed: Sequence[bytes]) -> bytes:
    fields = MODIFY.unpack_from(request)
    block, old, new, digits, asked = fields[3], fields[5], fields[6], fields[7], fields[8]
    *current, first, again = typed
    assert first == again
    assert (len(current), asked) in ((0, 1), (1, 3))
    places = [(old, code) for code in current] + [(new, first)]
    return _filled(request[MODIFY.size :], block, digits, places)


def _filled(template: bytes, block: int, digits: int, places: list[tuple[int, bytes]]) -> bytes:
    """The command of the template with the codes at their offsets, or one after the other where it has no place."""
    header, data = template[:HEADER], bytearray(template[HEADER + 1 :])
    assert template[HEADER] == len(data)
    for offset, code in places:
        assert digits >> 8 <= len(code) <= digits & 0xFF
        if block:
            assert len(code) <= block
            data[offset : offset + len(code)] = code
        else:
            data += code
    return header + bytes((len(data),)) + bytes(data)


def at_keypad(profile: str, *variations: str) -> tuple[KeypadConnection, Token]:
    """A new card in such a reader, as a token that has read its identity."""
    connection = KeypadConnection(inserted(profile, *variations))
    token = Token(driver_of(profile_of(profile))(connection))
    connection.forget()
    return connection, token
