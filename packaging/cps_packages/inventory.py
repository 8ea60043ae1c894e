"""The contents of a package and their licences: the bill of materials (CycloneDX 1.5) and the copyright file."""

from __future__ import annotations

import json
import platform
import sys
import sysconfig
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cps_packages.bundle import packages

PYTHON: dict[str, Any] = {
    "type": "library",
    "name": "cpython",
    "version": platform.python_version(),
    "description": "interpreter and standard library",
    "licenses": [{"expression": "PSF-2.0"}],
    "purl": f"pkg:generic/cpython@{platform.python_version()}",
}

NOMENCLATURES: dict[str, Any] = {
    "type": "data",
    "name": "IG-terminologie-de-sante",
    "version": "9706657",
    "description": "nomenclatures of the card's codes (NOS), Agence du Numérique en Santé",
    "licenses": [{"expression": "MIT"}],
    "purl": "pkg:github/m-priour/ig-terminologie-de-sante@9706657",
}


def bill_of_materials(moment: int) -> bytes:
    """The module, its Python, the Python packages, what they say was built into them, and the nomenclatures."""
    module, components = None, [PYTHON, NOMENCLATURES]
    for package in packages():
        component = _component(package)
        if package.name == "cryptolib-cps":
            module = component
        else:
            components.append(component)
        components.extend(_built_into(package))
    components.extend(_component_of_source(part) for part in _parts_of_python())
    components.sort(key=lambda component: str(component["purl"]))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(moment, UTC).isoformat(),
            "component": module,
        },
        "components": components,
    }
    name = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(bill, sort_keys=True))
    return json.dumps(bill | {"serialNumber": f"urn:uuid:{name}"}, indent=2).encode() + b"\n"


def copyrights(common: Path | None = None) -> bytes:
    """Every text of a licence that comes with a part, but for one that each system has in the folder `common`."""
    parts = [_title("CPython", platform.python_version(), "PSF-2.0") + _text(_python_licence())]
    for part in _parts_of_python():
        version, licence = ((part / fact).read_text().strip() for fact in ("version", "licence"))
        parts.append(_title(part.name, version, licence) + _text(part / "copyright"))
    for package in packages():
        texts = "\n".join(_without_common(_text(path), common) for path in _licence_files(package))
        parts.insert(0 if package.name == "cryptolib-cps" else len(parts), _title_of(package) + texts)
    return "\n".join(parts).encode()


def _parts_of_python() -> list[Path]:
    """The list of packaging/build-root/prepare: Debian source packages with code in this Python."""
    return sorted(Path(sys.base_prefix, "share", "parts").glob("*"))


def _component_of_source(part: Path) -> dict[str, Any]:
    version, licence = ((part / fact).read_text().strip() for fact in ("version", "licence"))
    return {
        "type": "library",
        "name": part.name,
        "version": version,
        "description": "source package of Debian, in the interpreter and its standard library",
        "licenses": [{"expression": licence}],
        "purl": f"pkg:deb/debian/{part.name}@{quote(version)}?arch=source",
    }


def _component(package: Distribution) -> dict[str, Any]:
    expression, names = _licence(package)
    return {
        "type": "library",
        "name": package.name,
        "version": package.version,
        "description": package.metadata["Summary"],
        "licenses": [{"expression": expression}] if expression else [{"license": {"name": name}} for name in names],
        "purl": f"pkg:pypi/{package.name.lower().replace('_', '-')}@{package.version}",
    }


def _built_into(package: Distribution) -> Iterator[dict[str, Any]]:
    """The components that bills of materials inside the package name (PEP 770)."""
    for file in sorted(package.files or (), key=str):
        if file.parent.name == "sboms":
            for component in json.loads(file.read_text())["components"]:
                # Copy only these fields: others name folders of the build machine.
                kept = ("type", "name", "version", "description", "licenses", "purl", "hashes")
                yield {key: component[key] for key in kept if key in component}


def _licence(package: Distribution) -> tuple[str | None, list[str]]:
    """The SPDX expression; for a package without one, the names of its licences."""
    classifiers = package.metadata.get_all("Classifier") or []
    names = [words.split(" :: ")[-1] for words in classifiers if words.startswith("License ::")]
    # A missing field is allowed, but Python 3.13 warns if it is read.
    expression, name = (
        next(iter(package.metadata.get_all(field) or ()), None) for field in ("License-Expression", "License")
    )
    return expression, names or [name or "see its text"]


def _licence_files(package: Distribution) -> list[Path]:
    return sorted(
        Path(str(package.locate_file(file)))
        for file in package.files or ()
        if ".dist-info" in str(file) and ("licenses" in file.parts or file.name.startswith(("LICENSE", "COPYING")))
    )


def _without_common(text: str, common: Path | None) -> str:
    """Debian policy 12.5 wants the place of the text instead."""
    if common and "Apache License" in text and "END OF TERMS AND CONDITIONS" in text:
        return f"Apache License, version 2.0: {common / 'Apache-2.0'}\n"
    return text


def _python_licence() -> Path:
    return Path(sysconfig.get_path("stdlib"), "LICENSE.txt")


def _title_of(package: Distribution) -> str:
    expression, names = _licence(package)
    return _title(package.name, package.version, expression or ", ".join(names))


def _title(name: str, version: str, licence: str) -> str:
    line = f"{name} {version}: {licence}"
    return f"{line}\n{'=' * len(line)}\n\n"


def _text(path: Path) -> str:
    return path.read_text(errors="replace").rstrip() + "\n"
