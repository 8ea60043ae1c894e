"""The whole card: its objects and certificates together, and what software wants to know of them."""

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
    """A situation d'exercice, and the record that it bills under, if there is one."""

    number: int
    situation: Situation
    billing: BillingRecord | None


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """A certificate and its label on the card; `certificate` is None when it is damaged."""

    label: str
    der: bytes = field(repr=False)
    certificate: Certificate | None
    use: Use


@dataclass(frozen=True, slots=True)
class Card:
    """`records` has every object, those that are not understood included."""

    records: tuple[Record, ...]
    certificates: tuple[CardCertificate, ...]

    @property
    def identity(self) -> IdentityCard | None:
        return self._record("CPS_ID_CARD", IdentityCard)

    @property
    def name(self) -> HolderName | None:
        return self._record("CPS_NAME_PS", HolderName)

    @property
    def holder(self) -> Holder | None:
        return self._record("CPS_INFO_PS", Holder)

    @property
    def billing(self) -> Billing | None:
        return self._record("CPS_SIT_FACT", Billing)

    @property
    def update(self) -> Update | None:
        return self._record("EF_ACTUA", Update)

    @property
    def practices(self) -> tuple[Practice, ...]:
        """The situations d'exercice by their numbers, with holes. They can be read after the code porteur only."""
        situations = [each for each in self.records if isinstance(each, Situation) and each.raw.strip(b"\0\xff")]
        return tuple(
            Practice(each.number, each, self.billing.record(each.billing_number) if self.billing else None)
            for each in sorted(situations, key=lambda situation: situation.number)
        )

    @property
    def holes(self) -> tuple[int, ...]:
        """The numbers below the last situation that none has."""
        numbers = {practice.number for practice in self.practices}
        return tuple(number for number in range(1, max(numbers, default=0)) if number not in numbers)

    @property
    def subject(self) -> Subject | None:
        """Of the first certificate that can be read: all of a card have the same one."""
        first = next((each.certificate for each in self.certificates if each.certificate), None)
        return subject(first.subject) if first else None

    @property
    def family(self) -> Family | None:
        families = [self.holder.family] if self.holder else []
        families += [each.certificate.family for each in self.certificates if each.certificate]
        return next((each for each in families if each), None)

    @property
    def test(self) -> bool | None:
        """Whether it is a test card; None when it does not say."""
        return self.identity.test if self.identity else None

    @property
    def number(self) -> str | None:
        return self.identity.number if self.identity else None

    @property
    def issued(self) -> date | None:
        return self.identity.issued if self.identity else None

    @property
    def expires(self) -> date | None:
        return self.identity.expires if self.identity else None

    @property
    def national_identifier(self) -> str | None:
        """PS_IdNat, from CPS_INFO_PS or else from a certificate."""
        own = self.holder.national_identifier if self.holder else None
        return own or (self.subject.national_identifier if self.subject else None)

    @property
    def identifiers_agree(self) -> bool | None:
        """Whether CPS_INFO_PS and the certificates name the same person; None when one of them names nobody."""
        own = self.holder.national_identifier if self.holder else None
        certified = self.subject.national_identifier if self.subject else None
        return own == certified if own and certified else None

    @property
    def role(self) -> Code | None:
        """The profession, or the future one: the first role of a VIHF."""
        return self.holder.role if self.holder else None

    @property
    def savoir_faire(self) -> Code | None:
        """The second role of a doctor's VIHF."""
        return self.holder.savoir_faire if self.holder else None

    @property
    def nominative(self) -> bool | None:
        """Whether the card has the name of a person; None when neither a certificate nor the card says so."""
        if self.subject:
            return self.subject.nominative
        return True if self._own_author else None

    @property
    def author(self) -> Author | None:
        """The names for whoever writes with this card; those that stand for them on a card without a name."""
        if self.subject and not self.subject.nominative:
            return self.subject.author
        return self._own_author or (self.subject.author if self.subject else None)

    @property
    def _own_author(self) -> Author | None:
        """As CPS Gestion shows the holder: nom d'exercice, prénom usuel."""
        family_name = self.holder.practice_name if self.holder else None
        given_name = self.name.usual_given_name if self.name else None
        return Author(family_name, given_name, False) if family_name and given_name else None

    def _record(self, label: str, kind: type[T]) -> T | None:
        return next((each for each in self.records if each.label == label and isinstance(each, kind)), None)


def card(objects: Mapping[str, bytes], certificates: Iterable[tuple[str, bytes]] = ()) -> Card:
    """A card from the values of its data objects, and its certificates in DER, both with their labels."""
    records = tuple(decode(label, value) for label, value in objects.items())
    return Card(records, tuple(card_certificate(label, der) for label, der in certificates))


def card_certificate(label: str, der: bytes) -> CardCertificate:
    """A certificate in DER, parsed, with what its key is for."""
    certificate = parse(der)
    return CardCertificate(label, der, certificate, use(certificate, label))
