"""The official nomenclatures: their OIDs and their entries, which are read from disk when a label is first asked for.

Source and licence of the files: nomenclatures/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).with_name("nomenclatures")


@dataclass(frozen=True, slots=True)
class Table:
    """A nomenclature: its OID and its file."""

    oid: str
    file: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of a code. Codes that have ended are kept: cards are in use longer than tables."""

    label: str
    valid_from: date | None
    valid_to: date | None


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "A00": Table("1.2.250.1.213.1.1.4.6", "TRE_A00_ProducteurDocNonPS.tsv"),
        "A02": Table("1.2.250.1.213.1.1.4.5", "TRE_A02_ProfessionSavFaire_CISIS.tsv"),
        "G00": Table("1.2.250.1.71.2.10", "TRE_G00_Langue.tsv"),
        "G01": Table("1.2.250.1.71.1.2.5", "TRE_G01_CategorieProduit.tsv"),
        "G02": Table("1.2.250.1.71.1.2.2", "TRE_G02_TypeProduit.tsv"),
        "G03": Table("1.2.250.1.71.1.2.11", "TRE_G03_CiviliteCPx.tsv"),
        "G04": Table("1.2.250.1.71.1.2.12", "TRE_G04_NiveauResponsabiliteCPx.tsv"),
        "G05": Table("1.2.250.1.71.4.2.6", "TRE_G05_SousSectionTableauCNOP.tsv"),
        "G07": Table("1.2.250.1.71.1.2.14", "TRE_G07_TypeIdentifiantStructure.tsv"),
        "G08": Table("1.2.250.1.71.1.2.15", "TRE_G08_TypeIdentifiantPersonne.tsv"),
        "G09": Table("1.2.250.1.71.1.2.16", "TRE_G09_DepartementOM.tsv"),
        "G100": Table("1.2.250.1.71.1.2.38", "TRE_G100_Specialite_AM.tsv"),
        "G11": Table("1.2.250.1.71.1.2.17", "TRE_G11_NatureQualificationADELI.tsv"),
        "G12": Table("1.2.250.1.71.1.2.18", "TRE_G12_SpecialiteADELI.tsv"),
        "G13": Table("1.2.250.1.213.2.31", "TRE_G13_OrientationParticuliere.tsv"),
        "G15": Table("1.2.250.1.71.1.2.7", "TRE_G15_ProfessionSante.tsv"),
        "G16": Table("1.2.250.1.71.1.2.8", "TRE_G16_ProfessionFormation.tsv"),
        "G17": Table("1.2.250.1.71.1.2.21", "TRE_G17_ModeExerciceCPx.tsv"),
        "G18": Table("1.2.250.1.71.1.2.22", "TRE_G18_AttributionParticuliereADELI.tsv"),
        "G19": Table("1.2.250.1.71.1.2.23", "TRE_G19_SecteurActiviteADELI.tsv"),
        "G20": Table("1.2.250.1.71.1.2.24", "TRE_G20_Specialisation.tsv"),
        "R01": Table("1.2.250.1.71.4.2.5", "TRE_R01_EnsembleSavoirFaire_CISIS.tsv"),
        "R02": Table("1.2.250.1.71.4.2.4", "TRE_R02_SecteurActivite.tsv"),
        "R03": Table("1.2.250.1.71.1.2.27", "TRE_R03_AttributionParticuliere.tsv"),
        "R04": Table("1.2.250.1.213.1.6.1.16", "TRE_R04_TypeSavoirFaire.tsv"),
        "R06": Table("1.2.250.1.213.2.37", "TRE_R06_SectionTableauCNOP.tsv"),
        "R09": Table("1.2.250.1.213.1.6.1.10", "TRE_R09_CategorieProfessionnelle.tsv"),
        "R11": Table("1.2.250.1.213.1.6.1.11", "TRE_R11_CiviliteExercice.tsv"),
        "R21": Table("1.2.250.1.213.1.6.1.17", "TRE_R21_Fonction.tsv"),
        "R22": Table("1.2.250.1.213.1.6.1.19", "TRE_R22_GenreActivite.tsv"),
        "R23": Table("1.2.250.1.213.1.6.1.18", "TRE_R23_ModeExercice.tsv"),
        "R24": Table("1.2.250.1.213.1.6.1.22", "TRE_R24_TypeActiviteLiberale.tsv"),
        "R37": Table("1.2.250.1.213.1.6.1.3", "TRE_R37_TypeProfessionFonction.tsv"),
        "R38": Table("1.2.250.1.213.2.28", "TRE_R38_SpecialiteOrdinale.tsv"),
        "R39": Table("1.2.250.1.213.2.29", "TRE_R39_Competence.tsv"),
        "R40": Table("1.2.250.1.213.2.30", "TRE_R40_CompetenceExclusive.tsv"),
        "R42": Table("1.2.250.1.213.2.32", "TRE_R42_DESCnonQualifiant.tsv"),
        "R43": Table("1.2.250.1.213.2.33", "TRE_R43_CapaciteSavoirFaire.tsv"),
        "R44": Table("1.2.250.1.213.2.34", "TRE_R44_QualificationPAC.tsv"),
        "R45": Table("1.2.250.1.213.2.35", "TRE_R45_FonctionQualifiee.tsv"),
        "R81": Table("1.2.250.1.213.1.6.1.69", "TRE_R81_Civilite.tsv"),
        "R85": Table("1.2.250.1.213.1.6.1.107", "TRE_R85_RolePriseCharge.tsv"),
        "R94": Table("1.2.250.1.213.1.6.1.4", "TRE_R94_ProfessionSocial.tsv"),
        "R95": Table("1.2.250.1.213.1.6.1.109", "TRE_R95_UsagerTitre.tsv"),
    }
)


@cache
def entries(name: str) -> Mapping[str, Entry]:
    """The entries of a nomenclature by code; empty for a name that is not in TABLES."""
    if name not in TABLES:
        return MappingProxyType({})
    text = (_FOLDER / TABLES[name].file).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return MappingProxyType({code: Entry(label, _day(start), _day(end)) for code, label, start, end in rows})


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
