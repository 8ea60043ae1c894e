"""Collects the sources of the documentation site: ``python -m conformance.documentation.site FOLDER``.

They are the documents of the repository at their places, and the files that these link to: so a link that works in the
repository works in the site.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def documents() -> list[Path]:
    """The files that git has or would add, as paths in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    hidden = ".github"  # templates, no documents
    return [Path(name) for name in listed.split("\0") if name and not name.startswith(hidden)]


def linked(document: Path) -> Iterator[Path]:
    """The files in the repository that it shows or links to, documents left out."""
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)# ]+)", (ROOT / document).read_text(encoding="utf-8")):
        target = (ROOT / document.parent / link).resolve()
        if target.is_file() and target.suffix != ".md":
            yield target.relative_to(ROOT)


def collect(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pages = [page for page in documents() if (ROOT / page).is_file()]
    for path in {*pages, *(file for page in pages for file in linked(page))}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m conformance.documentation.site", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put them; whatever is there is removed")
    collect(parser.parse_args().folder)


if __name__ == "__main__":
    main()
