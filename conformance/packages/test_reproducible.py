"""Two builds of the same sources make the same packages, byte for byte."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

from conformance.packages.conftest import make_packages
from conformance.packages.system import ROOT

SOURCES = ("python3.11", "openssl", "libffi")
"""Source packages of Debian whose code is in the Python of the packages."""


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def test_made_again_elsewhere_they_are_the_same(tmp_path: Path) -> None:
    environment = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7", "HOME": str(tmp_path)}
    again = digests(make_packages(tmp_path / "again", env=environment))
    assert len(again) == 3
    made = digests(ROOT / "dist")
    assert {name: made[name] for name in again} == again


def test_the_bill_of_materials_names_every_pinned_package(tmp_path: Path) -> None:
    (bill,) = (ROOT / "dist").glob("*.cdx.json")
    content = json.loads(bill.read_text())
    named = {component["purl"] for component in content["components"]}
    pinned = [line.split()[0] for line in (ROOT / "requirements/runtime.txt").read_text().splitlines() if "==" in line]
    assert {f"pkg:pypi/{name.lower().replace('==', '@')}" for name in pinned} <= named
    # And what is inside of them: OpenSSL comes with cryptography, and another one with Python.
    inside = {"pkg:generic/cpython", "pkg:generic/openssl", *(f"pkg:deb/debian/{name}" for name in SOURCES)}
    assert {name.split("@")[0] for name in named} >= inside
    assert all(component["licenses"] for component in content["components"] if "pypi" in component["purl"])


def test_every_part_comes_with_its_licence(deb: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "--extract", deb, tmp_path], check=True)
    text = (tmp_path / "usr/share/doc/cryptolib-cps/copyright").read_text()
    for words in ("Apache License", "PYTHON SOFTWARE FOUNDATION LICENSE", "GNU LESSER GENERAL PUBLIC LICENSE"):
        assert words in text
    titles = {title.lower().replace("-", "_") for title in re.findall(r"^(\S+ \S+): ", text, re.MULTILINE)}
    parts = {path.stem.lower().replace("-", " ") for path in tmp_path.rglob("*.dist-info")}
    assert len(parts) > 4
    assert parts <= titles
