"""Whom a certificate is about, whatever the shape of its subject: a person with a name, a service, an organisation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptolib.metier.codes import PERSON_IDENTIFIER_TYPE, STRUCTURE_IDENTIFIER_TYPE, Code
from cryptolib.metier.name import Name

_PERSON = re.compile(r"[0289][0-9]+|[1-6][0-9A-Z]+/.+")
_STRUCTURE = re.compile(r"[0-9][0-9A-Z]{8,14}")


@dataclass(frozen=True, slots=True)
class Author:
    """The names that a service wants of whoever writes to it."""

    family_name: str
    given_name: str
    substituted: bool
    """Whether the card has no name of a person, and these are what stands for it."""


@dataclass(frozen=True, slots=True)
class Subject:
    common_name: str | None
    surname: str | None
    given_name: str | None
    title: str | None
    """Words: the profession, or the kind of a card without a name. For its code, see `Holder.profession`."""
    organization: str | None
    structure_identifier: str | None
    """Struct_IdNat, of a CPE, a CPA or an organisation."""
    department: str | None
    """In words, with its number."""
    pseudonym: str | None

    @property
    def national_identifier(self) -> str | None:
        """PS_IdNat; None for an organisation, whose common name is a name."""
        return self.common_name if self.common_name and _PERSON.fullmatch(self.common_name) else None

    @property
    def identifier_type(self) -> Code | None:
        identifier = self.national_identifier
        return Code(identifier[0], PERSON_IDENTIFIER_TYPE) if identifier else None

    @property
    def structure_type(self) -> Code | None:
        identifier = self.structure_identifier
        return Code(identifier[0], STRUCTURE_IDENTIFIER_TYPE) if identifier else None

    @property
    def nominative(self) -> bool:
        """Whether it names a person."""
        return self.pseudonym is None and bool(self.surname or self.given_name)

    @property
    def author(self) -> Author:
        """Family name and given name. Without a name, as PDT-INF-617 of the DMP wants it: the organisation, and the
        common name with every other character than a letter or a digit replaced by `-`.
        """
        if self.nominative:
            return Author(self.surname or "", self.given_name or "", False)
        identifier = re.sub(r"[^0-9A-Za-z]", "-", self.common_name or "")
        return Author(self.organization or "", identifier, True)


def subject(name: Name) -> Subject:
    """What the subject of a certificate says. The profession is its title; the former authority wrote it as an OU."""
    units = name.all("OU")
    structure = next((unit for unit in units if _STRUCTURE.fullmatch(unit)), None)
    words = next((unit for unit in units if unit != structure), None)
    return Subject(
        common_name=name.first("CN"),
        surname=name.first("SN"),
        given_name=name.first("GN"),
        title=name.first("title") or words,
        organization=name.first("O"),
        structure_identifier=structure,
        department=name.first("L") or name.first("ST"),
        pseudonym=name.first("pseudonym"),
    )
