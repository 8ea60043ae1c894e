"""Makes the packages: a .deb, an .rpm and their bill of materials.

Their bytes follow from the sources, the pinned lists, the Python of the build and the maintainer. Every date in them is
SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from cps_packages import bundle, debian_files, inventory, system_files
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
        self.timestamp = int(os.environ["SOURCE_DATE_EPOCH"])

    def build(self) -> list[Path]:
        bundle.build(self.tree)
        self.module = system_files.module_in(self.tree).rename(self.build_dir / system_files.NAME)
        self._normalise_modes(self.tree)
        self.output_dir.mkdir(parents=True, exist_ok=True)
        bill = self.output_dir / f"{NAME}-{self.version}.cdx.json"
        bill.write_bytes(inventory.bill_of_materials(self.timestamp))
        return [*(self._package(form) for form in (DEB, RPM)), bill]

    def _package(self, form: Format) -> Path:
        root = self.build_dir / form.packager
        shutil.rmtree(root, ignore_errors=True)
        # A tree owns its folders, so that they go with it; a file of a kind of its own does not.
        tree = root / "tree"
        contents = [{"src": str(tree), "dst": "/", "type": "tree"}]
        if form is RPM:
            contents.append({"dst": str(DOCUMENTS), "type": "dir"})
        for path, content in self._files(form):
            kind = _kind(path, form)
            target = (root / kind if kind else tree) / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o755 if content.startswith(b"#!") else 0o644)
            if kind:
                contents.append({"src": str(target), "dst": str(path), "type": kind})
        for library in (tree / form.libraries.relative_to("/") / system_files.NAME, *bundle.libraries(self.tree)):
            library.chmod(form.library_mode)
        self._normalise_dates(self.tree)
        self._normalise_dates(root)
        settings = self.build_dir / f"{form.packager}.json"
        settings.write_text(json.dumps(self._settings(form, contents), indent=2))
        package = self.output_dir / form.file_name.format(
            name=NAME, version=self.version, release=RELEASE, architecture=form.architecture
        )
        subprocess.run(
            ["nfpm", "package", "--config", settings, "--packager", form.packager, "--target", package],
            check=True, stdout=subprocess.DEVNULL, env=os.environ | {"SOURCE_DATE_EPOCH": str(self.timestamp)},
        )  # fmt: skip
        return package

    def _normalise_modes(self, root: Path) -> None:
        """They do not depend on the umask of the build."""
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)

    def _normalise_dates(self, root: Path) -> None:
        for path in [root, *root.rglob("*")]:
            os.utime(path, (self.timestamp, self.timestamp))

    def _files(self, form: Format) -> Iterator[tuple[Path, bytes]]:
        yield from system_files.files(form.libraries, self.module)
        yield DOCUMENTS / "copyright", inventory.copyrights(form.licences)
        yield DOCUMENTS / "changelog.gz", gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0)
        yield DOCUMENTS / "sbom.cdx.json", inventory.bill_of_materials(self.timestamp)
        if form is DEB:
            yield from debian_files.files(NAME)

    def _changelog(self) -> Path:
        """The changelog of the package in the format of nfpm."""
        entry = {
            "semver": f"{self.version}-{RELEASE}",
            "date": datetime.fromtimestamp(self.timestamp, UTC).isoformat(),
            "packager": self.maintainer,
            "changes": [{"note": f"Version {self.version}; changelog.gz says what changed."}],
            "deb": {"urgency": "medium", "distributions": ["unstable"]},
        }
        path = self.build_dir / "changelog.json"
        path.write_text(json.dumps([entry]))
        return path

    def _settings(self, form: Format, contents: list[dict[str, str]]) -> dict[str, Any]:
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
            "It lets browsers, mail programs, OpenSSL, SSH, Java and any other\n"
            "software that speaks PKCS#11 authenticate, sign and decrypt with the\n"
            "card. It comes with a Python of its own.",
            "license": metadata(NAME)["License-Expression"],
            "mtime": datetime.fromtimestamp(self.timestamp, UTC).isoformat(),
            "umask": 0o022,
            "changelog": str(self._changelog()),
            "depends": form.depends(self.tree),
            "contents": [
                {"src": str(self.tree), "dst": str(HOME), "type": "tree"},
                *contents,
                *({"src": str(target), "dst": str(link), "type": "symlink"} for link, target in links),
            ],
            "scripts": {moment: str(SCRIPTS / moment) for moment in ("postinstall", "preremove")},
            "deb": {"compression": "xz", "fields": fields},
            "rpm": {"compression": "xz", "buildhost": "localhost", "group": "Unspecified"},
        }


def _kind(path: Path, form: Format) -> str:
    """The type for nfpm: dpkg knows configuration files, rpm knows documentation."""
    if path.is_relative_to("/etc"):
        return "config"
    documents = (Path("/usr/share/doc"), Path("/usr/share/man"))
    return "doc" if form is RPM and any(path.is_relative_to(place) for place in documents) else ""


def project_addresses(lines: list[str]) -> dict[str, str]:
    """The fields of a package that follow from ``[project.urls]``; a line is ``label, URL`` (Project-URL).

    They are optional (Debian policy 5.6.23, 5.6.26): a label that is not there gives no field.
    """
    fields = {"Homepage": "Homepage", "Issues": "Bugs", "Repository": "Vcs-Git"}
    labels = dict(line.split(", ", 1) for line in lines)
    return {field: labels[label] for label, field in fields.items() if label in labels}
