"""Codes on the card, with label and OID, and the nomenclature of each field."""

from __future__ import annotations

from dataclasses import dataclass

from cryptolib.metier.assurance_maladie import LABELS
from cryptolib.metier.tables import TABLES, entries

# The nomenclature of the codes of each field; no other module says so.
CARD_CATEGORY = "G01"
CARD_TYPE = "G02"
CIVILITY = "G03"
PHARMACY_SECTION = "G05"
STRUCTURE_IDENTIFIER_TYPE = "G07"
PERSON_IDENTIFIER_TYPE = "G08"
PRACTICE_STATUS = "G10"  # no longer published: no label, no OID
QUALIFICATION_NATURE = "G11"
ADELI_SPECIALITY = "G12"
ORIENTATION = "G13"
FORMER_UNKNOWN = "G14"  # lost: no label, no OID
PROFESSION = "G15"
FUTURE_PROFESSION = "G16"
PRACTICE_MODE = "G17"
ATTRIBUTION = "G18"
ADELI_SECTOR = "G19"
SPECIALISATION = "G20"
BILLING_SPECIALITY = "G100"
CONVENTION = "G101"
TRAVEL_ALLOWANCE = "G103"
APPROVAL = "G104"
SAVOIR_FAIRE = "R01"
SECTOR = "R02"
TRADE = "métier"  # of a CPA: no nomenclature found


@dataclass(frozen=True, slots=True)
class Code:
    """A code and the name of its nomenclature (`G15`, for instance). An unknown code has no label."""

    code: str
    nomenclature: str

    @property
    def label(self) -> str | None:
        """The French label; None for a code that the nomenclature does not have."""
        if self.nomenclature in LABELS:
            return LABELS[self.nomenclature].get(self.code)
        entry = entries(self.nomenclature).get(self.code)
        return entry.label if entry else None

    @property
    def oid(self) -> str | None:
        """The OID of the nomenclature; None if it is not published."""
        table = TABLES.get(self.nomenclature)
        return table.oid if table else None

    @property
    def with_oid(self) -> str:
        """`SA07^1.2.250.1.71.4.2.4`, the form of a VIHF; the code alone without an OID."""
        return f"{self.code}^{self.oid}" if self.oid else self.code

    def __str__(self) -> str:
        return f"{self.label} ({self.code})" if self.label else self.code
