"""The promises of docs/integrators.md: its examples run unchanged, and its tables match the cards."""

import os
import re
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.acceptance.golden import expected
from conformance.testbed import documented_commands
from conformance.testbed.attributes import ulong
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKA, CKO
from conformance.testbed.pty_driver import typed
from conformance.testbed.rig import Rig
from conformance.virtual_card.contents import ACTIVITIES
from conformance.virtual_card.identity import identity
from conformance.virtual_card.profiles import PROFILES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "integrators.md").read_text(encoding="utf-8")
CHALLENGE = bytes(32)


def blocks(heading: str, language: str) -> list[str]:
    return documented_commands.blocks(heading, language, "docs/integrators.md")


@pytest.fixture
def shell(rig: Rig, card: Card) -> dict[str, str]:
    """The environment that the examples start with: this Python, in a clone of the repository."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**rig.env, "MODULE": module_path(), "PATH": path}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the examples need of the repository."""
    for name in ("examples", "native"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(command: list[str], env: dict[str, str], directory: Path) -> str:
    """The output of a command that asked for the code porteur once."""
    return typed(command, [PIN.decode()], env, directory)


class TestExamples:
    def test_the_python_example_runs(self, shell: dict[str, str], card: Card, clone: Path) -> None:
        (script,) = blocks("Python", "sh")
        output = run(["bash", "-euc", script], shell, clone).splitlines()
        holder = identity(card.name).holder
        assert output[0] == f"card {holder.serial}"
        assert output[2] == f"{holder.number} {holder.given} {holder.surname} - Médecin (10)"
        practices = [f"{each.number} {each.structure} - " for each in ACTIVITIES[card.name]]
        assert [line.partition("- ")[0] + "- " for line in output[3:]] == practices

    def test_the_pkcs11_tool_example_runs(self, shell: dict[str, str], tmp_path: Path) -> None:
        (script,) = blocks("pkcs11-tool", "sh")
        assert run(["bash", "-euc", script], shell, tmp_path).endswith("Resultats du laboratoire\n")

    def test_the_c_example_runs(self, shell: dict[str, str], card: Card, clone: Path) -> None:
        (script,) = blocks("C", "sh")
        signature = bytes.fromhex(run(["bash", "-euc", script], shell, clone).splitlines()[-1])
        card.public_key(card.authentication).verify(signature, CHALLENGE, PKCS1v15(), SHA256())

    def test_the_trace_example_runs(self, shell: dict[str, str], tmp_path: Path) -> None:
        (script,) = blocks("Configuration", "sh")
        assert "C_Login" in run(["bash", "-euc", script], shell, tmp_path)
        (calls,), (exchanges,) = (list((tmp_path / "traces").glob(f"{kind}_*")) for kind in ("cps3p11", "cps3opsc"))
        assert (calls.stat().st_mode | exchanges.stat().st_mode) & 0o077 == 0
        assert "Outgoing APDU" in exchanges.read_text()


@pytest.mark.parametrize("name", PROFILES)
def test_every_object_stands_in_its_table(name: str) -> None:
    for answers in expected.dump(name).objects.values():
        label, kind = answers[CKA.LABEL], answers[CKA.CLASS]
        assert isinstance(label, bytes)
        if kind != ulong(CKO.PUBLIC_KEY) or name != "cps4":
            assert f"`{re.sub(r'_[0-9]{2}_', '_nn_', label.decode())}`" in TEXT


@pytest.mark.parametrize("name", PROFILES)
def test_the_table_of_data_says_what_a_card_has_and_for_whom(name: str) -> None:
    held = {}
    for answers in expected.dump(name).objects.values():
        label, kind, private = (answers[asked] for asked in (CKA.LABEL, CKA.CLASS, CKA.PRIVATE))
        assert isinstance(label, bytes)
        if kind == ulong(CKO.DATA):
            held[re.sub(r"_[0-9]{2}_", "_nn_", label.decode())] = "protégé" if private == b"\1" else "libre"
    rows = re.findall(r"^\| `(\w+)` \| (libre|protégé)[^|]*\|(.*)\|(.*)\|(.*)\|$", TEXT, re.MULTILINE)
    column = PROFILES.index(name)
    # "where the card has one": the virtual card has none, unless a variation puts one on it.
    assert {label: access for label, access, *cards in rows if cards[column].strip() in {"yes", "read only"}} == held


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT))
def test_links_lead_somewhere(link: str) -> None:
    assert os.path.exists(ROOT / "docs" / link)
