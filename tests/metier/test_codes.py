"""Codes of the card in words: the official nomenclatures, and the few codes of the Assurance Maladie."""

import re
from datetime import date
from importlib.metadata import files
from pathlib import Path

import pytest

import cryptolib.metier
from cryptolib.metier import codes
from cryptolib.metier.assurance_maladie import LABELS
from cryptolib.metier.codes import PROFESSION, Code
from cryptolib.metier.tables import TABLES, entries

FOLDER = Path(str(cryptolib.metier.__file__)).with_name("nomenclatures")


def test_a_code_has_a_label_and_the_oid_of_its_nomenclature() -> None:
    doctor = Code("10", PROFESSION)
    assert (doctor.code, doctor.label, doctor.oid) == ("10", "Médecin", "1.2.250.1.71.1.2.7")
    assert str(doctor) == "Médecin (10)"


def test_an_unknown_code_stands_as_it_is() -> None:
    assert Code("77", PROFESSION).label is None
    assert str(Code("77", PROFESSION)) == "77"


@pytest.mark.parametrize("nomenclature", ["G10", "G14", "métier", "no such nomenclature"])
def test_a_lost_nomenclature_has_neither_labels_nor_an_oid(nomenclature: str) -> None:
    code = Code("01", nomenclature)
    assert (code.label, code.oid, str(code), code.with_oid) == (None, None, "01", "01")


def test_an_ended_code_keeps_its_label() -> None:
    assert str(Code("23", codes.CIVILITY)) == "Mademoiselle (23)"
    assert entries("G03")["23"].valid_to == date(2016, 9, 1)


def test_a_sector_as_the_vihf_writes_it() -> None:
    assert Code("SA07", codes.SECTOR).with_oid == "SA07^1.2.250.1.71.4.2.4"


@pytest.mark.parametrize(
    ("nomenclature", "code", "label"),
    [
        ("G101", "1", "Conventionné"),
        ("G102.1", "20", "Zone B"),
        ("G102.3", "31", "Zone A"),
        ("G102.0", "20", None),
        ("G102.9", "99", "Aucune"),
        ("G103", "1", "Plaine"),
        ("G104", "01", "D ou DDASS"),
    ],
)
def test_codes_of_the_assurance_maladie(nomenclature: str, code: str, label: str | None) -> None:
    assert Code(code, nomenclature).label == label


def test_every_nomenclature_can_be_read() -> None:
    assert sum(len(entries(name)) for name in TABLES) == 1765
    assert all(entry.label for name in TABLES for entry in entries(name).values())


def test_the_files_are_those_of_their_readme_and_of_no_other_nomenclature() -> None:
    rows = re.findall(r"^\| (TRE_\S+) \| ([\d.]+) \| (\d+) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert {(file, oid) for file, oid, _ in rows} == {(table.file, table.oid) for table in TABLES.values()}
    assert {file for file, _, _ in rows} == {path.name for path in FOLDER.glob("*.tsv")}
    counts = {table.file: len(entries(name)) for name, table in TABLES.items()}
    assert {file: int(count) for file, _, count in rows} == counts


def test_every_nomenclature_of_a_field_is_there_or_known_to_be_lost() -> None:
    named = {value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)}
    assert named - set(TABLES) - set(LABELS) == {"G10", "G14", "métier"}


def test_the_files_are_installed_with_their_licence() -> None:
    installed = {Path(str(file)).name for file in files("cryptolib-cps") or () if "nomenclatures" in file.parts}
    assert {table.file for table in TABLES.values()} | {"README.md", "LICENSE"} <= installed
