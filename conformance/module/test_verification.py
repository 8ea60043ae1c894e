"""docs/verification.md is written by the commands that measure: each its own section, the others untouched."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.documentation import verification

ROOT = Path(__file__).parents[2]
SECTIONS = ["Tests", "Fault matrix", "Soak", "Stress", "Fork", "Fuzz", "Sanitizers"]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    written = tmp_path / "verification.md"
    written.write_text("# What is verified\n\nIntroduction.\n\n## Soak\n\nold\n\n## Stress\n\nkept\n")
    return written


def test_the_page_has_a_section_for_each_kind_of_proof() -> None:
    headings = [line[3:] for line in verification.PAGE.read_text().splitlines() if line.startswith("## ")]
    assert headings[headings.index(SECTIONS[0]) :] == SECTIONS


def test_a_section_is_replaced_and_the_others_stay(page: Path) -> None:
    verification.write_section("Soak", "make soak", "| a |\n| - |", page)
    text = page.read_text()
    assert "old" not in text and "Introduction." in text and "## Stress\n\nkept\n" in text
    assert "`make soak`, 20" in text and "| a |\n| - |" in text
    verification.write_section("Stress", "make soak", r"a\1 backslash", page)
    assert page.read_text().endswith("a\\1 backslash\n") and page.read_text().count("## ") == 2


def test_a_section_that_is_not_there_is_reported(page: Path) -> None:
    with pytest.raises(ValueError, match="no section 'Weather'"):
        verification.write_section("Weather", "make weather", "", page)


def test_the_machine_is_named() -> None:
    assert re.search(r", \d+ cores, .+, pcscd \d[\d.]*, Python 3", verification.machine())


def test_the_summary_lines_of_a_command_become_a_section(page: Path) -> None:
    lines = "; ".join(
        f"print({line!r})"
        for line in (
            "noise",
            "cps3: seed 7 calls 408 ok 38",
            "\x1b[32m12 passed\x1b[0m in 3 s",
            "Contracts: 10 kept, 0 broken.",
        )
    )
    code = f"""
import sys
from pathlib import Path
from conformance.documentation import verification
sys.argv = ["verification", "Soak", sys.executable, "-c", {lines!r}]
sys.exit(verification.main(Path({str(page)!r})))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "noise" in done.stdout
    assert "* cps3: seed 7 calls 408 ok 38\n* 12 passed in 3 s\n* Contracts: 10 kept, 0 broken.\n" in page.read_text()
