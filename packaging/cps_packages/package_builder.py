"""Makes the packages: ``python -m cps_packages`` leaves a .deb, an .rpm and their bill of materials in dist/.

Their bytes follow from the sources, the pinned lists and the Python of the build. Every date in them is that of the
last commit, or SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cps_packages import bundle, inventory, system_files
from cps_packages.bundle import HOME, ROOT
from cps_packages.formats import DEB, RPM, Format

NAME = "cryptolib-cps"
RELEASE = "1"
DOCUMENTS = Path("/usr/share/doc", NAME)
SCRIPTS = ROOT / "packaging" / "scripts"


class Maker:
    """One version, made in a folder for passing things, left in another."""

    def __init__(self, workshop: Path, shelf: Path, number: str) -> None:
        self.tree = workshop / "bundle"
        self.workshop = workshop
        self.shelf = shelf
        self.number = number
        self.moment = _moment()

    def make(self) -> list[Path]:
        bundle.build(self.tree)
        self.module = system_files.module_in(self.tree).rename(self.workshop / system_files.NAME)
        self._settle(self.tree)
        self.shelf.mkdir(parents=True, exist_ok=True)
        bill = self.shelf / f"{NAME}-{self.number}.cdx.json"
        bill.write_bytes(inventory.bill_of_materials(self.moment))
        return [*(self._package(form) for form in (DEB, RPM)), bill]

    def _package(self, form: Format) -> Path:
        root = self.workshop / form.packager
        shutil.rmtree(root, ignore_errors=True)
        for path, content in [*system_files.files(form.libraries, self.module), *self._documents()]:
            target = root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o755 if content.startswith(b"#!") else 0o644)
        self._settle(root)
        settings = self.workshop / f"{form.packager}.json"
        settings.write_text(json.dumps(self._settings(form, root), indent=2))
        package = self.shelf / form.file_name.format(name=NAME, version=self.number, release=RELEASE)
        subprocess.run(
            ["nfpm", "package", "--config", settings, "--packager", form.packager, "--target", package],
            check=True, stdout=subprocess.DEVNULL, env=os.environ | {"SOURCE_DATE_EPOCH": str(self.moment)},
        )  # fmt: skip
        return package

    def _settle(self, root: Path) -> None:
        """One date, and no trace of the umask of whoever builds."""
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
            os.utime(path, (self.moment, self.moment))

    def _documents(self) -> list[tuple[Path, bytes]]:
        changes = gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0)
        return [
            (DOCUMENTS / "copyright", inventory.copyrights()),
            (DOCUMENTS / "changelog.gz", changes),
            (DOCUMENTS / "sbom.cdx.json", inventory.bill_of_materials(self.moment)),
        ]

    def _settings(self, form: Format, root: Path) -> dict[str, Any]:
        links = system_files.links(self.tree, form.libraries)
        return {
            "name": NAME,
            "version": self.number,
            "version_schema": "none",
            "release": RELEASE,
            "arch": form.architecture,
            "platform": "linux",
            "section": "utils",
            "priority": "optional",
            "maintainer": "Cryptolib CPS <maintainers@cryptolib-cps.invalid>",
            "description": "PKCS#11 module for the French health professional cards CPS3 and CPS4\n"
            "It lets browsers, mail programs, OpenSSL, SSH, Java and any other software that speaks PKCS#11\n"
            "authenticate, sign and decrypt with the card. It comes with a Python of its own.",
            "license": "Apache-2.0",
            "mtime": datetime.fromtimestamp(self.moment, UTC).isoformat(),
            "umask": 0o022,
            "depends": form.depends(self.tree),
            "contents": [
                {"src": str(self.tree), "dst": str(HOME), "type": "tree"},
                {"src": str(root), "dst": "/", "type": "tree"},
                *({"src": str(target), "dst": str(link), "type": "symlink"} for link, target in links),
            ],
            "scripts": {moment: str(SCRIPTS / moment) for moment in ("postinstall", "preremove", "postremove")},
            "deb": {"compression": "xz"},
            "rpm": {"compression": "xz", "buildhost": "localhost", "group": "Unspecified"},
        }


def _moment() -> int:
    """Seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    log = ["git", "log", "-1", "--format=%ct"]
    return int(given or subprocess.run(log, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m cps_packages", description=__doc__.splitlines()[0])
    parser.add_argument("--output-dir", type=Path, default=ROOT / "dist", help="where to leave the packages")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build" / "package", help="where to make them")
    parser.add_argument("--version", default=version(NAME), help="the version they claim to be")
    options = parser.parse_args()
    made = Maker(options.build_dir.resolve(), options.output_dir.resolve(), options.version).make()
    print(*(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path for path in made), sep="\n")
