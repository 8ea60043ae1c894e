"""A whole card: its objects and certificates, and what software asks for first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from cryptolib.metier.billing import Billing, BillingRecord
from cryptolib.metier.certificate import Certificate, parse
from cryptolib.metier.codec import decode
from cryptolib.metier.codes import Code
from cryptolib.metier.family import Family
from cryptolib.metier.holder import Holder
from cryptolib.metier.identity import HolderName, IdentityCard
from cryptolib.metier.record import Record
from cryptolib.metier.situation import Situation
from cryptolib.metier.subject import Author, Subject, subject
from cryptolib.metier.update import Update
from cryptolib.metier.use import Use, use

T = TypeVar("T", bound=Record)


@dataclass(frozen=True, slots=True)
class Practice:
    """A situation d'exercice and its billing record, None if it has none."""

    number: int
    situation: Situation
    billing: BillingRecord | None


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """A certificate and its CKA_LABEL on the card; `certificate` is None if it cannot be parsed."""

    label: str
    der: bytes = field(repr=False)
    certificate: Certificate | None
    use: Use


@dataclass(frozen=True, slots=True)
class Card:
    """A whole card, as `card` makes it. `records` has every data object, unknown ones too."""

    records: tuple[Record, ...]
    certificates: tuple[CardCertificate, ...]

    @property
    def identity(self) -> IdentityCard | None:
        """The record of CPS_ID_CARD."""
        return self._record("CPS_ID_CARD", IdentityCard)

    @property
    def name(self) -> HolderName | None:
        """The record of CPS_NAME_PS."""
        return self._record("CPS_NAME_PS", HolderName)

    @property
    def holder(self) -> Holder | None:
        """The record of CPS_INFO_PS."""
        return self._record("CPS_INFO_PS", Holder)

    @property
    def billing(self) -> Billing | None:
        """The record of CPS_SIT_FACT."""
        return self._record("CPS_SIT_FACT", Billing)

    @property
    def update(self) -> Update | None:
        """The record of EF_ACTUA."""
        return self._record("EF_ACTUA", Update)

    @property
    def practices(self) -> tuple[Practice, ...]:
        """The situations d'exercice, sorted by number. They can be read after the login only, and numbers may be
        missing.
        """
        situations = [each for each in self.records if isinstance(each, Situation) and each.raw.strip(b"\0\xff")]
        return tuple(
            Practice(each.number, each, self.billing.record(each.billing_number) if self.billing else None)
            for each in sorted(situations, key=lambda situation: situation.number)
        )

    @property
    def holes(self) -> tuple[int, ...]:
        """The unused numbers below that of the last situation."""
        numbers = {practice.number for practice in self.practices}
        return tuple(number for number in range(1, max(numbers, default=0)) if number not in numbers)

    @property
    def subject(self) -> Subject | None:
        """The subject of the first certificate that can be parsed; all of a card's have the same one."""
        first = next((each.certificate for each in self.certificates if each.certificate), None)
        return subject(first.subject) if first else None

    @property
    def family(self) -> Family | None:
        """The family, from CPS_INFO_PS or else from a certificate."""
        families = [self.holder.family] if self.holder else []
        families += [each.certificate.family for each in self.certificates if each.certificate]
        return next((each for each in families if each), None)

    @property
    def test(self) -> bool | None:
        """True for a test card; None if CPS_ID_CARD does not say."""
        return self.identity.test if self.identity else None

    @property
    def number(self) -> str | None:
        """The ten decimal digits printed on the card."""
        return self.identity.number if self.identity else None

    @property
    def issued(self) -> date | None:
        """The day of issue."""
        return self.identity.issued if self.identity else None

    @property
    def expires(self) -> date | None:
        """The last day of validity."""
        return self.identity.expires if self.identity else None

    @property
    def national_identifier(self) -> str | None:
        """PS_IdNat, from CPS_INFO_PS or else from a certificate: a digit for the type, then the identifier."""
        own = self.holder.national_identifier if self.holder else None
        return own or (self.subject.national_identifier if self.subject else None)

    @property
    def identifiers_agree(self) -> bool | None:
        """True if CPS_INFO_PS and the certificates have the same PS_IdNat; None if one of them has none."""
        own = self.holder.national_identifier if self.holder else None
        certified = self.subject.national_identifier if self.subject else None
        return own == certified if own and certified else None

    @property
    def role(self) -> Code | None:
        """The profession of a CPS or the future profession of a CPF: the first role of a VIHF."""
        return self.holder.role if self.holder else None

    @property
    def savoir_faire(self) -> Code | None:
        """The savoir-faire (R01): the second role of a doctor's VIHF."""
        return self.holder.savoir_faire if self.holder else None

    @property
    def nominative(self) -> bool | None:
        """True if the card names a person; None if neither a certificate nor the card says so."""
        if self.subject:
            return self.subject.nominative
        return True if self._own_author else None

    @property
    def author(self) -> Author | None:
        """The author's names for a document; substitutes on a card that names no person."""
        if self.subject and not self.subject.nominative:
            return self.subject.author
        return self._own_author or (self.subject.author if self.subject else None)

    @property
    def _own_author(self) -> Author | None:
        """The names that CPS Gestion shows: nom d'exercice, prénom usuel."""
        family_name = self.holder.practice_name if self.holder else None
        given_name = self.name.usual_given_name if self.name else None
        return Author(family_name, given_name, False) if family_name and given_name else None

    def _record(self, label: str, kind: type[T]) -> T | None:
        return next((each for each in self.records if each.label == label and isinstance(each, kind)), None)


def card(objects: Mapping[str, bytes], certificates: Iterable[tuple[str, bytes]] = ()) -> Card:
    """Decode a card.

    :param objects: CKA_VALUE by CKA_LABEL of the data objects.
    :param certificates: pairs of CKA_LABEL and certificate in DER.
    """
    records = tuple(decode(label, value) for label, value in objects.items())
    return Card(records, tuple(card_certificate(label, der) for label, der in certificates))


def card_certificate(label: str, der: bytes) -> CardCertificate:
    """Parse a certificate in DER and determine the use of its key."""
    certificate = parse(der)
    return CardCertificate(label, der, certificate, use(certificate, label))
