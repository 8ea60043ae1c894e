"""The addresses in a package come from ``[project.urls]``, and the code that makes it hides no other package."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from cps_packages.bundle import ROOT
from cps_packages.package_builder import LOCAL_MAINTAINER, project_addresses


def test_labels_of_the_project_become_fields_of_a_package() -> None:
    lines = [
        "Homepage, https://www.example.org/",
        "Issues, https://www.example.org/issues",
        "Repository, https://www.example.org/git",
        "Changelog, https://www.example.org/changes",
    ]
    assert project_addresses(lines) == {
        "Homepage": "https://www.example.org/",
        "Bugs": "https://www.example.org/issues",
        "Vcs-Git": "https://www.example.org/git",
    }


def test_a_project_without_addresses_has_no_such_fields() -> None:
    assert project_addresses([]) == {}


def test_the_default_maintainer_has_a_name_and_an_address() -> None:
    """Debian policy 5.6.2."""
    assert re.fullmatch(r"[^<>]+ <[^@ ]+@[^@ ]+>", LOCAL_MAINTAINER)


def test_the_folder_does_not_hide_the_package_of_pypi() -> None:
    """pytest, meson-python and our bundle import `packaging` of PyPI; Python prefers a package to a bare folder."""
    command = [sys.executable, "-c", "import packaging; print(packaging.__file__)"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    assert Path(found).is_relative_to(sysconfig.get_path("purelib"))
