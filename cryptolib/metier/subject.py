"""The subject of a certificate, in any of its forms: a person, a service or an organisation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptolib.metier.codes import PERSON_IDENTIFIER_TYPE, STRUCTURE_IDENTIFIER_TYPE, Code
from cryptolib.metier.name import Name

_PERSON = re.compile(r"[0289][0-9]+|[1-6][0-9A-Z]+/.+")
_STRUCTURE = re.compile(r"[0-9][0-9A-Z]{8,14}")


@dataclass(frozen=True, slots=True)
class Author:
    """The names of a document's author, for a service."""

    family_name: str
    given_name: str
    substituted: bool
    """True if the card names no person: the organisation and the common name are substitutes."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The parts of a subject that IGC-Santé certificates have; each is None if it is missing."""

    common_name: str | None
    surname: str | None
    given_name: str | None
    title: str | None
    """Words, not a code: the profession, or the kind of a card without a name. `Holder.profession` has the code."""
    organization: str | None
    structure_identifier: str | None
    """Struct_IdNat, of a CPE, a CPA or an organisation."""
    department: str | None
    """Name and number."""
    pseudonym: str | None

    @property
    def national_identifier(self) -> str | None:
        """PS_IdNat; None if the common name is not one, as of an organisation."""
        return self.common_name if self.common_name and _PERSON.fullmatch(self.common_name) else None

    @property
    def identifier_type(self) -> Code | None:
        """The type of the national identifier (G08), its first character."""
        identifier = self.national_identifier
        return Code(identifier[0], PERSON_IDENTIFIER_TYPE) if identifier else None

    @property
    def structure_type(self) -> Code | None:
        """The type of the structure's identifier (G07), its first character."""
        identifier = self.structure_identifier
        return Code(identifier[0], STRUCTURE_IDENTIFIER_TYPE) if identifier else None

    @property
    def nominative(self) -> bool:
        """True if the subject names a person."""
        return self.pseudonym is None and bool(self.surname or self.given_name)

    @property
    def author(self) -> Author:
        """Family name and given name. Without them the substitutes of the DMP (PDT-INF-617): the organisation, and
        the common name with `-` in place of every character other than letters and digits.
        """
        if self.nominative:
            return Author(self.surname or "", self.given_name or "", False)
        identifier = re.sub(r"[^0-9A-Za-z]", "-", self.common_name or "")
        return Author(self.organization or "", identifier, True)


def subject(name: Name) -> Subject:
    """The parts of a subject. The profession is its title, or an OU in certificates of the former authority."""
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
