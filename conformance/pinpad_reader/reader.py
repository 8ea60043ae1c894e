"""The reader: it answers control codes, asks for codes at its keypad, and may refuse those of an application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from conformance.pinpad_reader import features
from conformance.pinpad_reader.entry import CardGone, Entry, EntryEnded, Keys
from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.structures import (
    PinRequest,
    Question,
    WrongStructure,
    parse_modify,
    parse_verify,
)

WRONG_STRUCTURE = 0x6B80

COMMUNICATION_ERROR, NO_CARD = 612, 616
"""Of ifdhandler.h."""


class CannotAnswer(Exception):
    """An error of IFDHControl."""

    def __init__(self, number: int) -> None:
        super().__init__(f"IFDHControl: {number}")
        self.number = number


class CardSide(Protocol):
    """The driver's side of a call."""

    def transmit(self, command: bytes) -> bytes | None:
        """The answer of the card; None without one."""

    def present(self) -> bool:
        """True if there is a card in the slot."""


@dataclass(frozen=True)
class Prompt:
    """One text on the display."""

    slot: int
    wants: str
    message: int | None
    language: int


@dataclass
class Reader:
    """The reader, shared by the calls of the driver and by the test that presses keys."""

    options: PinpadOptions = field(default_factory=PinpadOptions)
    keys: Keys = field(default_factory=Keys)
    _shown: list[Prompt] = field(default_factory=list)
    _complaints: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def control(self, slot: int, code: int, data: bytes, card: CardSide) -> bytes | None:
        """The answer to the application; None for a control code that is not the keypad's.

        :raises CannotAnswer: the application gets an error of PC/SC.
        """
        options = self.options
        if code == features.GET_FEATURE_REQUEST:
            if options.features_error:
                raise CannotAnswer(options.features_error)
            return features.feature_list(options)
        feature = next((each for each in features.offered(options) if code == features.code_of(each)), None)
        if feature == features.IFD_PIN_PROPERTIES:
            return features.pin_properties(options)
        if feature == features.GET_TLV_PROPERTIES:
            return features.tlv_properties(options)
        if feature == features.VERIFY_PIN_DIRECT:
            return self._enter(slot, parse_verify, data, card)
        if feature == features.MODIFY_PIN_DIRECT:
            return self._enter(slot, parse_modify, data, card)
        return None

    def firewall(self) -> bytes | None:
        """The answer to a command of the application that brings a code; None to let it pass.

        :raises CannotAnswer: the application gets an error of PC/SC.
        """
        if not self.options.firewall:
            return None
        if not self.options.firewall_answer:
            raise CannotAnswer(COMMUNICATION_ERROR)
        return bytes.fromhex(self.options.firewall_answer)

    def shown(self) -> list[Prompt]:
        with self._lock:
            return list(self._shown)

    def complaints(self) -> list[str]:
        """The errors in structures of applications."""
        with self._lock:
            return list(self._complaints)

    def forget(self) -> None:
        """Forget texts, errors, and unused keys."""
        with self._lock:
            self._shown.clear()
            self._complaints.clear()
        self.keys.forget()

    def _enter(
        self, slot: int, parse: Callable[[bytes, PinpadOptions], PinRequest], data: bytes, card: CardSide
    ) -> bytes:
        try:
            request = parse(data, self.options)
        except WrongStructure as wrong:
            with self._lock:
                self._complaints.append(str(wrong))
            return WRONG_STRUCTURE.to_bytes(2, "big")
        if not self.keys.begin():
            raise CannotAnswer(COMMUNICATION_ERROR)
        try:
            command = request.apdu(self._codes(slot, request, card))
        except EntryEnded as end:
            return end.status.to_bytes(2, "big")
        except CardGone:
            raise CannotAnswer(NO_CARD) from None
        finally:
            self.keys.end()
        answer = card.transmit(command)
        if answer is None:
            raise CannotAnswer(COMMUNICATION_ERROR)
        return answer

    def _codes(self, slot: int, request: PinRequest, card: CardSide) -> dict[str, str]:
        def show(question: Question) -> None:
            with self._lock:
                self._shown.append(Prompt(slot, question.wants, question.message, request.language))

        return Entry(request, self.keys, show, card.present).codes()
