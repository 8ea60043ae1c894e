"""Codes of the Assurance Maladie that are in no open nomenclature. The labels are ours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CONVENTIONS = {
    "0": "Non conventionné",
    "1": "Conventionné",
    "2": "Conventionné avec droit permanent à dépassement",
    "3": "Conventionné à honoraires libres (secteur 2)",
    "9": "Établissement ou centre de santé",
}
TRAVEL_ALLOWANCES = {
    "0": "Aucune",
    "1": "Plaine",
    "2": "Montagne",
    "3": "Spéciales",
    "9": "Non définies",
}
APPROVALS = {
    "00": "Aucun",
    "01": "D ou DDASS",
    "02": "A, B, C, E, F",
    "03": "G, H, J",
    "04": "K",
    "05": "L",
    "06": "M",
    "99": "Non défini",
}

# The meaning of a zone depends on the convention.
_ZONES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "0": {"A": ("40",), "B": ("50",), "C": ("60",), "D": ("70",)},
    "1": {"A": ("10", "11"), "B": ("20", "22", "23", "24", "25"), "C": ("30",)},
    "2": {"A": ("10", "81"), "B": ("20", "80", "82", "83", "84", "85")},
    "3": {"A": ("31",), "B": ("30", "32", "33", "34", "35")},
}
_NO_ZONE = {"99": "Aucune"}


def zone_nomenclature(convention: str) -> str:
    """The name of the zone nomenclature of a convention."""
    return f"G102.{convention}"


def _zones(convention: str) -> dict[str, str]:
    letters = _ZONES.get(convention, {})
    return {code: f"Zone {letter}" for letter, codes in letters.items() for code in codes} | _NO_ZONE


LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"G101": CONVENTIONS, "G103": TRAVEL_ALLOWANCES, "G104": APPROVALS}
    | {zone_nomenclature(convention): _zones(convention) for convention in CONVENTIONS}
)
"""Labels by nomenclature and code."""
