"""The promises of docs/metier.md: its example runs unchanged, and its tables match the decoder."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from conformance.testbed import documented_commands
from cryptolib.metier.billing import Billing, BillingRecord
from cryptolib.metier.cps2ter import FormerHolder, FormerQualifications, FormerSituation
from cryptolib.metier.holder import Holder
from cryptolib.metier.identity import HolderName, IdentityCard
from cryptolib.metier.record import Fields, Record
from cryptolib.metier.situation import Situation
from cryptolib.metier.update import Update

DOCUMENT = "docs/metier.md"
TEXT = (Path(__file__).parents[2] / DOCUMENT).read_text(encoding="utf-8")
KINDS: list[type[Fields]] = [
    IdentityCard,
    HolderName,
    Holder,
    Situation,
    Billing,
    BillingRecord,
    Update,
    FormerHolder,
    FormerQualifications,
    FormerSituation,
]


def test_the_example_prints_what_stands_below_it() -> None:
    ((program,), (printed,)) = (
        documented_commands.blocks("Example", language, DOCUMENT) for language in ("python", "text")
    )
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(program, DOCUMENT, "exec"), {})
    assert output.getvalue() == printed


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_of_an_object_has_its_fields(kind: type[Fields]) -> None:
    section = re.search(rf"^### {kind.__name__}\n(.*?)(?=^###|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert section
    rows = re.findall(r"^\| `(\w\w)` \| (.*?) \| (.*?) \| (.*?) ?\|$", section[1], re.MULTILINE)
    said = [(int(tag, 16), tuple(re.findall(r"`(\w+)`", names)), "*inferred*" in what) for tag, names, _, what in rows]
    assert said == [(field.tag, field.names, field.inferred) for field in kind.layout]
    if issubclass(kind, Record):
        assert f"container `{kind.container:02X}`" in section[1]


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))
def test_links_lead_somewhere(link: str) -> None:
    assert (Path(__file__).parents[2] / "docs" / link).exists()
