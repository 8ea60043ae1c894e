"""`--json` of every command: what docs/cps.schema.json says, and a failure that says why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.answer_schema import require_described
from conformance.testbed.cards import PIN, PUK, Card
from conformance.testbed.cps_command import FAILURE, NO_CARD, OK, WARNING, Cps
from conformance.testbed.rig import Rig

DIGITS, UNBLOCKING = PIN.decode(), PUK.decode()
ASKED: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("status",), ()), (("show",), ()), (("show", "--raw"), ()), (("show", "--situations"), (DIGITS,)),
    (("code", "status"), ()), (("code", "change"), (DIGITS, DIGITS)), (("code", "unblock"), (UNBLOCKING, DIGITS)),
    (("certificates", "--save", "folder"), ()), (("selftest",), (DIGITS,)), (("diag",), (DIGITS,)),
    (("data", "get"), ()), (("data", "get", "copy"), ()), (("data", "put", "mine"), (DIGITS,)),
    (("sign", "mine"), (DIGITS,)), (("vihf", "--situation", "1"), (DIGITS,)),
    (("browsers", "status"), ()), (("browsers", "install", "--only", "openssl"), ()),
    (("browsers", "remove", "--only", "openssl"), ()),
    (("report", "--show"), ()), (("report", "archive.zip", "--yes"), ()),
)  # fmt: skip
NEEDS_A_CARD = (
    ("show",), ("code", "status"), ("code", "change"), ("code", "unblock"), ("certificates",), ("data", "get"),
    ("data", "put", "mine"), ("selftest",), ("sign", "mine"), ("vihf",),
)  # fmt: skip


@pytest.fixture
def cps(rig: Rig, tmp_path: Path) -> Cps:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config")}
    return Cps({**rig.env, **home, "LC_ALL": "fr_FR.UTF-8"})


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine"
    path.write_bytes(b"mine")
    return path


@pytest.fixture
def empty(rig: Rig) -> Iterator[None]:
    rig.remove()
    yield
    rig.insert("cps4")


@pytest.mark.parametrize(("command", "codes"), ASKED, ids=lambda each: " ".join(each) or "no code")
def test_an_answer_is_described(
    cps: Cps, card: Card, mine: Path, command: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    options = ("--pin-fd", "0") if codes else ()
    answer = cps(*command, *options, "--json", typed="".join(f"{code}\n" for code in codes))
    if command[0] == "data" and "CPS_DATA" not in card.public_data:
        assert (answer.code, answer.facts["failure"]) == (FAILURE, "failure.no_data")
    else:
        assert answer.code in (OK, WARNING), answer
        assert "failure" not in answer.facts


def test_what_a_signature_is_worth_is_described(cps: Cps, card: Card, mine: Path) -> None:
    cps("sign", "mine", "--pin-fd", "0", typed=f"{DIGITS}\n")
    (signature,) = cps("verify", "mine", "--json").facts["signatures"]
    assert signature["checks"][0]["check"] == "document.holds"


@pytest.mark.parametrize("command", NEEDS_A_CARD, ids=" ".join)
def test_a_failure_is_described_too(cps: Cps, mine: Path, empty: None, command: tuple[str, ...]) -> None:
    answer = cps(*command, "--json")
    assert (answer.code, answer.facts["failure"]) == (NO_CARD, "failure.no_card")


@pytest.mark.parametrize("wrong", [{"module": 1, "readers": []}, {"readers": []}, {"module": "", "more": ""}, []])
def test_what_is_not_described_is_seen(wrong: object) -> None:
    with pytest.raises(AssertionError, match="cps status"):
        require_described(("status",), wrong)
