"""Access control: the security condition bytes of IAS ECC and the PINs they refer to.

IAS ECC 1.0.1 access control lists; ISO/IEC 7816-4:2013 clauses 9.3.3 (access mode) and 11.6 (verification).
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.virtual_card.apdu import SW, StatusError
from conformance.virtual_card.state import CardState

ALWAYS = 0x00
HOLDER = 0x11
ISSUER_UNBLOCKING = 0x13
NEVER = 0xFF

PIN_REFERENCE = 1
PUK_REFERENCE = 2
PIN_MAXIMUM = 3
PUK_MAXIMUM = 10
_USER_AUTHENTICATION = 0x10
_ENVIRONMENT_PINS = {1: PIN_REFERENCE, 3: PUK_REFERENCE}


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Conditions to read and to update a file, over the contacts and over the antenna."""

    read: int = ALWAYS
    update: int = NEVER
    contactless_read: int = ALWAYS
    contactless_update: int = NEVER


PUBLIC = AccessRule()
PUBLIC_CONTACT_ONLY = AccessRule(contactless_read=NEVER)
PROTECTED = AccessRule(read=HOLDER, contactless_read=NEVER)
WRITABLE_BY_HOLDER = AccessRule(update=HOLDER)


class Pin:
    """One reference data: a value, its try counter, and whether it was presented since the last reset."""

    def __init__(self, state: CardState, name: str, length: int, maximum: int) -> None:
        self._state = state
        self._name = name
        self.length = length
        self.maximum = maximum
        self.verified = False

    @property
    def tries(self) -> int:
        return self._state.tries[self._name]

    @tries.setter
    def tries(self, value: int) -> None:
        self._state.tries[self._name] = value
        self._state.save()

    @property
    def uses(self) -> int | None:
        """Remaining uses, or None when they are not counted."""
        return self._state.uses.get(self._name)

    def require_usable(self) -> None:
        if self.tries == 0:
            raise StatusError(SW.AUTHENTICATION_METHOD_BLOCKED)
        if self.uses == 0:
            raise StatusError(SW.REFERENCE_DATA_NOT_USABLE)

    def compare(self, candidate: bytes) -> None:
        """If right, reset the counter; if wrong, take a try and the security status."""
        self.require_usable()
        if len(candidate) != self.length:
            raise StatusError(SW.WRONG_LENGTH)
        if candidate.decode("latin-1") != self._state.values[self._name]:
            self.verified = False
            self.tries -= 1
            raise StatusError(SW.TRIES_LEFT | self.tries)
        self.tries = self.maximum

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """The old and the new value in the data of CHANGE REFERENCE DATA."""
        if len(data) != 2 * self.length:
            raise StatusError(SW.WRONG_LENGTH)
        return data[: self.length], data[self.length :]

    def verify(self, candidate: bytes) -> None:
        self.compare(candidate)
        if self.uses is not None:
            self._state.uses[self._name] = self.uses - 1
            self._state.save()
        self.verified = True

    def set_value(self, value: bytes) -> None:
        if len(value) != self.length:
            raise StatusError(SW.WRONG_LENGTH)
        if not value.isdigit():
            raise StatusError(SW.INCORRECT_DATA)
        self._state.values[self._name] = value.decode()
        self._state.save()

    def unblock(self) -> None:
        self.tries = self.maximum


class SecurityStatus:
    """The card's security status: evaluates condition bytes against the PINs presented so far."""

    def __init__(self, pins: dict[int, Pin]) -> None:
        self.pins = pins

    def pin(self, reference: int) -> Pin:
        try:
            return self.pins[reference]
        except KeyError:
            raise StatusError(SW.REFERENCED_DATA_NOT_FOUND) from None

    def forget(self) -> None:
        for pin in self.pins.values():
            pin.verified = False

    def satisfies(self, condition: int) -> bool:
        if condition == ALWAYS:
            return True
        if condition & 0xF0 != _USER_AUTHENTICATION:
            return False
        pin = self.pins.get(_ENVIRONMENT_PINS.get(condition & 0x0F, 0))
        return pin is not None and pin.verified

    def require(self, condition: int) -> None:
        if not self.satisfies(condition):
            raise StatusError(SW.SECURITY_STATUS_NOT_SATISFIED)
