"""Parses and checks PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE (PC/SC part 10).

Numbers are in the byte order of the host, without padding. Every field is checked, more strictly than by most readers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from conformance.pinpad_reader.options import PinpadOptions

VERIFY = struct.Struct("=BBBBBHBBHB3sI")
MODIFY = struct.Struct("=BBBBBBBHBBBHBBB3sI")

UNITS_ARE_BYTES = 0x80
ASCII = 0x02
_POSITION_SHIFT, _POSITION_MASK, _JUSTIFY_RIGHT, _ENCODING_MASK = 3, 0x0F, 0x04, 0x03

CONFIRM_NEW, ASK_CURRENT = 0x01, 0x02
DEFAULT_MESSAGE = 0xFF
MESSAGE_CURRENT, MESSAGE_NEW, MESSAGE_CONFIRM = 0, 1, 2

_PIN_INSTRUCTIONS = {0x20: "VERIFY", 0x24: "CHANGE REFERENCE DATA", 0x2C: "RESET RETRY COUNTER"}
_HEADER_SIZE, _DATA_AT = 4, 5
_HIGHEST_VALIDATION = 0x07


class WrongStructure(Exception):
    """A field of the structure is wrong; the text says which. The reader answers 6B80."""


@dataclass(frozen=True)
class Question:
    """One entry that the reader asks for: what it wants, and the number of the message that it shows, if any."""

    wants: str
    message: int | None


@dataclass(frozen=True)
class PinRequest:
    """A checked structure: the questions in their order, and how their answers become a command for the card."""

    questions: tuple[Question, ...]
    language: int
    first_key_seconds: int
    next_key_seconds: int
    shortest: int
    longest: int
    validation: int
    command: bytes
    offsets: tuple[tuple[str, int], ...]
    """Where the code of a question begins in the data of the command."""

    def apdu(self, codes: dict[str, str]) -> bytes:
        """The command with the codes in their places; behind a header alone, one after the other."""
        header, room = self.command[:_HEADER_SIZE], self.command[_DATA_AT:]
        data = bytearray(room)
        for wants, offset in self.offsets:
            code = codes[wants].encode("ascii")
            if room:
                data[offset : offset + len(code)] = code
            else:
                data += code
        return header + bytes((len(data),)) + data


def _require(condition: bool, field: str) -> None:
    if not condition:
        raise WrongStructure(field)


@dataclass(frozen=True)
class _Fields:
    """The fields that both structures have."""

    time_out: int
    time_out_2: int
    format_string: int
    block_string: int
    length_format: int
    sizes: int
    validation: int
    messages: int
    language: int
    indexes: tuple[int, ...]
    prologue: bytes
    data_size: int
    command: bytes

    @property
    def position(self) -> int:
        """The offset of the code in the data of the command, in bytes."""
        position = self.format_string >> _POSITION_SHIFT & _POSITION_MASK
        if self.format_string & UNITS_ARE_BYTES:
            return position
        _require(position % 8 == 0, "bmFormatString: a position within a byte")
        return position // 8

    @property
    def shortest(self) -> int:
        return self.sizes >> 8

    @property
    def longest(self) -> int:
        return self.sizes & 0xFF

    @property
    def block_size(self) -> int:
        return self.block_string & 0x0F

    @property
    def has_data(self) -> bool:
        """True if the application left room for the codes."""
        return len(self.command) > _DATA_AT

    def fit_beside(self, one: int, other: int) -> bool:
        return abs(one - other) >= max(self.block_size, self.longest)

    def check(self, options: PinpadOptions) -> None:
        _require(self.format_string & _ENCODING_MASK == ASCII, "bmFormatString: not ASCII")
        _require(not self.format_string & _JUSTIFY_RIGHT, "bmFormatString: justified to the right")
        _require(self.block_string >> 4 == 0, "bmPINBlockString: the length of the PIN in the command")
        _require(self.length_format == 0, "bmPINLengthFormat: no length is written")
        _require(1 <= self.shortest <= self.longest, "wPINMaxExtraDigit")
        _require(self.shortest >= options.min_pin_size, "wPINMaxExtraDigit: shorter than the reader has it")
        _require(self.longest <= options.max_pin_size, "wPINMaxExtraDigit: longer than the reader has it")
        _require(0 < self.validation <= _HIGHEST_VALIDATION, "bEntryValidationCondition")
        _require(not self.validation & ~options.validation, "bEntryValidationCondition: not with this reader")
        _require(self.prologue == bytes(3), "bTeoPrologue")
        _require(self.data_size == len(self.command), "ulDataLength")
        self._check_command()

    def _check_command(self) -> None:
        _require(len(self.command) >= _HEADER_SIZE, "abData: no command")
        _require(self.command[1] in _PIN_INSTRUCTIONS, "abData: INS presents or changes no code")
        if len(self.command) > _HEADER_SIZE:
            _require(self.command[_HEADER_SIZE] == len(self.command) - _DATA_AT, "abData: Lc")

    def check_place(self, offset: int) -> None:
        """The longest code fits into its block, and the block into the data; without data the reader makes it."""
        if self.has_data:
            end = _DATA_AT + offset + max(self.block_size, self.longest)
            _require(end <= len(self.command), "abData: no room for the PIN")
        else:
            _require(offset == 0, "abData: an offset and no data")
            _require(self.block_size == 0, "bmPINBlockString: a block and no data")
        _require(not self.block_size or self.longest <= self.block_size, "bmPINBlockString: shorter than the PIN")

    def questions(self, wants: tuple[str, ...]) -> tuple[Question, ...]:
        _require(self.messages in (0, len(wants), DEFAULT_MESSAGE), "bNumberMessage")
        if self.messages == 0:
            return tuple(Question(want, None) for want in wants)
        numbers = tuple(_MESSAGES[want] for want in wants)
        if self.messages != DEFAULT_MESSAGE:
            _require(self.indexes[: len(wants)] == numbers, "bMsgIndex")
        return tuple(Question(want, number) for want, number in zip(wants, numbers, strict=True))

    def request(self, wants: tuple[str, ...], offsets: dict[str, int], options: PinpadOptions) -> PinRequest:
        self.check(options)
        for offset in offsets.values():
            self.check_place(offset)
        first = self.time_out or options.default_seconds
        return PinRequest(
            questions=self.questions(wants),
            language=self.language,
            first_key_seconds=first,
            next_key_seconds=self.time_out_2 or first,
            shortest=self.shortest,
            longest=self.longest,
            validation=self.validation,
            command=self.command,
            offsets=tuple(offsets.items()),
        )


CURRENT, NEW, CONFIRM = "current", "new", "confirm"
_MESSAGES = {CURRENT: MESSAGE_CURRENT, NEW: MESSAGE_NEW, CONFIRM: MESSAGE_CONFIRM}


def parse_verify(structure: bytes, options: PinpadOptions) -> PinRequest:
    """:raises WrongStructure: with the name of the field."""
    _require(len(structure) >= VERIFY.size, "too short")
    (
        time_out, time_out_2, format_string, block_string, length_format, sizes, validation,
        messages, language, index, prologue, data_size,
    ) = VERIFY.unpack_from(structure)  # fmt: skip
    fields = _Fields(
        time_out, time_out_2, format_string, block_string, length_format, sizes, validation,
        messages, language, (index,), prologue, data_size, structure[VERIFY.size :],
    )  # fmt: skip
    return fields.request((CURRENT,), {CURRENT: fields.position}, options)


def parse_modify(structure: bytes, options: PinpadOptions) -> PinRequest:
    """:raises WrongStructure: with the name of the field."""
    _require(len(structure) >= MODIFY.size, "too short")
    (
        time_out, time_out_2, format_string, block_string, length_format, old_at, new_at, sizes, confirm,
        validation, messages, language, *indexes, prologue, data_size,
    ) = MODIFY.unpack_from(structure)  # fmt: skip
    fields = _Fields(
        time_out, time_out_2, format_string, block_string, length_format, sizes, validation,
        messages, language, tuple(indexes), prologue, data_size, structure[MODIFY.size :],
    )  # fmt: skip
    _require(confirm <= CONFIRM_NEW | ASK_CURRENT, "bConfirmPIN")
    _require(fields.position == 0, "bmFormatString: the offsets say where the codes are")
    offsets = {NEW: new_at}
    if confirm & ASK_CURRENT:
        offsets = {CURRENT: old_at, NEW: new_at}
        _require(not fields.has_data or fields.fit_beside(old_at, new_at), "bInsertionOffset: the codes overlap")
    wants = ((CURRENT,) if confirm & ASK_CURRENT else ()) + (NEW,) + ((CONFIRM,) if confirm & CONFIRM_NEW else ())
    return fields.request(wants, offsets, options)
