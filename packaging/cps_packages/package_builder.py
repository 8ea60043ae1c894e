"""Makes the packages: a .deb, an .rpm and their bill of materials.

Their bytes follow from the sources, the pinned lists, the Python of the build and the maintainer. Every date in them is
that of the last commit, or SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from cps_packages import bundle, inventory, system_files
from cps_packages.bundle import HOME, ROOT
from cps_packages.formats import DEB, RPM, Format

NAME = "cryptolib-cps"
RELEASE = "1"
DOCUMENTS = Path("/usr/share/doc", NAME)
SCRIPTS = ROOT / "packaging" / "scripts"
# Debian policy 5.6.2 demands a name and an address. This one says that no one but who built the package maintains it.
LOCAL_MAINTAINER = "Cryptolib CPS (local build) <root@localhost>"


class PackageBuilder:
    """Builds one version in one folder and leaves the packages in another."""

    def __init__(self, build_dir: Path, output_dir: Path, version: str, maintainer: str = LOCAL_MAINTAINER) -> None:
        self.tree = build_dir / "bundle"
        self.build_dir = build_dir
        self.output_dir = output_dir
        self.version = version
        self.maintainer = maintainer
        self.timestamp = _timestamp()

    def build(self) -> list[Path]:
        bundle.build(self.tree)
        self.module = system_files.module_in(self.tree).rename(self.build_dir / system_files.NAME)
        self._normalise_metadata(self.tree)
        self.output_dir.mkdir(parents=True, exist_ok=True)
        bill = self.output_dir / f"{NAME}-{self.version}.cdx.json"
        bill.write_bytes(inventory.bill_of_materials(self.timestamp))
        return [*(self._package(form) for form in (DEB, RPM)), bill]

    def _package(self, form: Format) -> Path:
        root = self.build_dir / form.packager
        shutil.rmtree(root, ignore_errors=True)
        for path, content in [*system_files.files(form.libraries, self.module), *self._documents()]:
            target = root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o755 if content.startswith(b"#!") else 0o644)
        self._normalise_metadata(root)
        settings = self.build_dir / f"{form.packager}.json"
        settings.write_text(json.dumps(self._settings(form, root), indent=2))
        package = self.output_dir / form.file_name.format(name=NAME, version=self.version, release=RELEASE)
        subprocess.run(
            ["nfpm", "package", "--config", settings, "--packager", form.packager, "--target", package],
            check=True, stdout=subprocess.DEVNULL, env=os.environ | {"SOURCE_DATE_EPOCH": str(self.timestamp)},
        )  # fmt: skip
        return package

    def _normalise_metadata(self, root: Path) -> None:
        """One date, and modes that do not depend on the umask of the build."""
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
            os.utime(path, (self.timestamp, self.timestamp))

    def _documents(self) -> list[tuple[Path, bytes]]:
        changes = gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0)
        return [
            (DOCUMENTS / "copyright", inventory.copyrights()),
            (DOCUMENTS / "changelog.gz", changes),
            (DOCUMENTS / "sbom.cdx.json", inventory.bill_of_materials(self.timestamp)),
        ]

    def _settings(self, form: Format, root: Path) -> dict[str, Any]:
        links = system_files.links(self.tree, form.libraries)
        addresses = project_addresses(metadata(NAME).get_all("Project-URL") or [])
        fields = {field: addresses[field] for field in ("Bugs", "Vcs-Git") if field in addresses}
        return {
            "name": NAME,
            "version": self.version,
            "version_schema": "none",
            "release": RELEASE,
            "arch": form.architecture,
            "platform": "linux",
            "section": "utils",
            "priority": "optional",
            "maintainer": self.maintainer,
            "homepage": addresses.get("Homepage", ""),
            "description": "PKCS#11 module for the French health professional cards CPS3 and CPS4\n"
            "It lets browsers, mail programs, OpenSSL, SSH, Java and any other software that speaks PKCS#11\n"
            "authenticate, sign and decrypt with the card. It comes with a Python of its own.",
            "license": metadata(NAME)["License-Expression"],
            "mtime": datetime.fromtimestamp(self.timestamp, UTC).isoformat(),
            "umask": 0o022,
            "depends": form.depends(self.tree),
            "contents": [
                {"src": str(self.tree), "dst": str(HOME), "type": "tree"},
                {"src": str(root), "dst": "/", "type": "tree"},
                *({"src": str(target), "dst": str(link), "type": "symlink"} for link, target in links),
            ],
            "scripts": {moment: str(SCRIPTS / moment) for moment in ("postinstall", "preremove", "postremove")},
            "deb": {"compression": "xz", "fields": fields},
            "rpm": {"compression": "xz", "buildhost": "localhost", "group": "Unspecified"},
        }


def project_addresses(lines: list[str]) -> dict[str, str]:
    """The fields of a package that follow from ``[project.urls]``; a line is ``label, URL`` (Project-URL).

    They are optional (Debian policy 5.6.23, 5.6.26): a label that is not there gives no field.
    """
    fields = {"Homepage": "Homepage", "Issues": "Bugs", "Repository": "Vcs-Git"}
    labels = dict(line.split(", ", 1) for line in lines)
    return {field: labels[label] for label, field in fields.items() if label in labels}


def _timestamp() -> int:
    """Seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    log = ["git", "log", "-1", "--format=%ct"]
    return int(given or subprocess.run(log, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
