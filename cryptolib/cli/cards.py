"""Readers and cards, through PKCS#11 (python-pkcs11) only: what any application sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag
from pkcs11.exceptions import DeviceRemoved, FunctionFailed, PKCS11Error, TokenNotPresent, TokenNotRecognised

from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.metier.card import CardCertificate, card_certificate
from cryptolib.metier.use import Use

if TYPE_CHECKING:
    from pkcs11 import _pkcs11

_UPDATE_FAILED = f"{0x80000001:#x}"
"""CKR_VENDOR_DEFINED + 1: python-pkcs11 has no exception for it, so it is found in the text of PKCS11Error."""
_AUTHENTICATION = {Use.AUTHENTICATION, Use.TECHNICAL}


class ReaderState(StrEnum):
    EMPTY = "empty"
    UNKNOWN = "unknown"
    """A card that is not a CPS card."""
    MUTE = "mute"
    """A card that does not answer at all."""
    BUSY = "busy"
    """Another program is using the card."""
    UPDATE_FAILED = "update_failed"
    """A card whose last update was interrupted, by its EF_ACTUA: no session can be opened."""
    SILENT = "silent"
    """The PC/SC service runs but does not answer."""
    FAULT = "fault"
    CPS = "cps"


class Tries(StrEnum):
    """The tries left of a code, as far as PKCS#11 gives them."""

    ENOUGH = "enough"
    LOW = "low"
    LAST = "last"
    LOCKED = "locked"
    NONE = "none"
    """There is no code."""


@dataclass(frozen=True, slots=True)
class CertificateObject:
    """A certificate on the card, with the CKA_ID that its keys share."""

    id: bytes
    entry: CardCertificate


@dataclass(frozen=True, slots=True)
class Card:
    label: str
    serial: str
    code: Tries
    unblocking: Tries
    certificates: tuple[CertificateObject, ...]
    pss: bool
    """Whether it signs as TLS 1.3 wants it."""
    token: pkcs11.Token = field(repr=False, compare=False)
    keypad: bool = False
    """Whether its code is typed on the reader."""

    @property
    def unusable(self) -> bool:
        """True if nothing can unblock the code porteur any more."""
        return self.code is Tries.LOCKED and self.unblocking is Tries.LOCKED

    @property
    def authentication_certificate(self) -> CertificateObject | None:
        """The certificate that authenticates the holder, to browsers for instance."""
        return next((each for each in self.certificates if each.entry.use in _AUTHENTICATION), None)

    @property
    def signature_certificate(self) -> CertificateObject | None:
        """The certificate for signatures that commit the holder."""
        return next((each for each in self.certificates if each.entry.use is Use.SIGNATURE), None)


@dataclass(frozen=True, slots=True)
class Reader:
    name: str
    state: ReaderState
    card: Card | None = None
    fault: str = ""


class ModuleFailed(Exception):
    """The module cannot be loaded or initialised; the text is the reason."""


def load(module: Path) -> _pkcs11.lib:
    try:
        return pkcs11.lib(str(module))
    except PKCS11Error as error:
        raise ModuleFailed(fault_name(error)) from error


def readers(library: _pkcs11.lib) -> list[Reader]:
    return [_with_exact_state(each) for each in [_reader(slot) for slot in library.get_slots()]]


def _with_exact_state(found: Reader) -> Reader:
    """Distinguish what PKCS#11 cannot: a mute card from another kind of card, a faulty card from a hanging service."""
    if found.state not in (ReaderState.UNKNOWN, ReaderState.FAULT):
        return found
    from cryptolib.cli.pcsc_service import Service, readers_with_mute_card, service

    if found.state is ReaderState.UNKNOWN:
        return replace(found, state=ReaderState.MUTE) if found.name in readers_with_mute_card() else found
    return replace(found, state=ReaderState.SILENT, fault="") if service() is Service.SILENT else found


@contextmanager
def card_in_use() -> Iterator[None]:
    """Turn a PKCS#11 error in this block into a Failure with a message."""
    try:
        yield
    except FunctionFailed as error:
        raise Failure("failure.busy", Exit.BUSY) from error
    except (TokenNotPresent, DeviceRemoved) as error:
        raise Failure("failure.removed", Exit.NO_CARD) from error
    except PKCS11Error as error:
        if _UPDATE_FAILED in fault_name(error):
            raise Failure("failure.update_failed") from error
        raise Failure("failure.card", detail=fault_name(error)) from error


def fault_name(error: PKCS11Error) -> str:
    return str(error) or type(error).__name__


def _reader(slot: pkcs11.Slot) -> Reader:
    name = slot.slot_description
    try:
        return Reader(name, ReaderState.CPS, _card(slot.get_token()))
    except TokenNotPresent:
        return Reader(name, ReaderState.EMPTY)
    except TokenNotRecognised:
        return Reader(name, ReaderState.UNKNOWN)
    except FunctionFailed:  # as docs/bounds.md says
        return Reader(name, ReaderState.BUSY)
    except PKCS11Error as error:
        if _UPDATE_FAILED in fault_name(error):
            return Reader(name, ReaderState.UPDATE_FAILED)
        return Reader(name, ReaderState.FAULT, fault=fault_name(error))


def _card(token: pkcs11.Token) -> Card:
    code, unblocking = tries(token.flags)
    with token.open() as session:
        found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
        certificates = tuple(
            CertificateObject(each[Attribute.ID], card_certificate(each[Attribute.LABEL], each[Attribute.VALUE]))
            for each in found
        )
    keypad = TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags
    pss = Mechanism.RSA_PKCS_PSS in token.slot.get_mechanisms()
    return Card(
        token.label, token.serial.decode("ascii", "replace"), code, unblocking, certificates, pss, token, keypad
    )


def tries(flags: TokenFlag) -> tuple[Tries, Tries]:
    """The tries of the code porteur and of the code de déblocage."""
    if TokenFlag.USER_PIN_INITIALIZED not in flags:
        return Tries.NONE, Tries.NONE
    user = (TokenFlag.USER_PIN_LOCKED, TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_COUNT_LOW)
    officer = (TokenFlag.SO_PIN_LOCKED, TokenFlag.SO_PIN_FINAL_TRY, TokenFlag.SO_PIN_COUNT_LOW)
    return _tries(flags, *user), _tries(flags, *officer)


def _tries(flags: TokenFlag, locked: TokenFlag, last: TokenFlag, low: TokenFlag) -> Tries:
    if locked in flags:
        return Tries.LOCKED
    if last in flags:
        return Tries.LAST
    return Tries.LOW if low in flags else Tries.ENOUGH
