"""Each link of the chain, and what is said of it when it is broken."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cryptolib.cli.browsers.command import Report
from cryptolib.cli.browsers.place import OutOfReach, Program, State
from cryptolib.cli.cards import Card, CardCertificate, Presence, Reader, Tries
from cryptolib.cli.diagnosis import checks
from cryptolib.cli.diagnosis.finding import Finding
from cryptolib.cli.diagnosis.service import Service
from cryptolib.cli.verdict import Verdict, worst
from cryptolib.cli.words.language import CATALOGUES, Words
from tests.support import AUTHENTICATION, certificate

FRENCH = Words("fr")
TODAY = datetime(2026, 6, 1, tzinfo=UTC)
TOKEN: Any = SimpleNamespace()


def card(**facts: Any) -> Card:
    entry = CardCertificate("Certificat d'Authentification CPS", b"\x01", certificate("cps4", AUTHENTICATION))
    return Card(
        **{
            "label": "CPS4", "serial": "1", "code": Tries.ENOUGH, "unblocking": Tries.ENOUGH,
            "certificates": (entry,), "pss": True, "token": TOKEN, **facts,
        }
    )  # fmt: skip


def reader(presence: Presence, held: Card | None = None, name: str = "R") -> Reader:
    return Reader(name, presence, held, "DEVICE_ERROR")


def told(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.key: finding.verdict for finding in findings}


def test_no_day_is_before_the_module_was_made() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert checks.clock(TODAY, made, FRENCH).verdict is Verdict.OK
    behind = checks.clock(datetime(1970, 1, 1, tzinfo=UTC), made, FRENCH)
    assert told([behind]) == {"clock.behind": Verdict.FAILURE}
    assert "01/01/2026" in behind.line(FRENCH).text


def test_a_service_that_does_not_serve_comes_with_advice() -> None:
    for state in Service:
        finding = checks.service(state)
        assert (finding.verdict is Verdict.OK) == (state is Service.RUNNING)
        assert bool(finding.line(FRENCH).advice) == (state is not Service.RUNNING)


def test_readers() -> None:
    assert told([checks.reader([])]) == {"reader.none": Verdict.FAILURE}
    assert checks.reader([reader(Presence.EMPTY)]).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], {"card.none": Verdict.FAILURE}),
        ([reader(Presence.EMPTY)], {"card.none": Verdict.FAILURE}),
        ([reader(Presence.EMPTY), reader(Presence.CPS, card())], {"card.cps": Verdict.OK}),
        ([reader(Presence.UNKNOWN)], {"card.unknown": Verdict.FAILURE}),
        (
            [reader(Presence.UNKNOWN), reader(Presence.CPS, card())],
            {"card.other": Verdict.INFO, "card.cps": Verdict.OK},
        ),
        ([reader(Presence.MUTE)], {"card.mute": Verdict.FAILURE}),
        ([reader(Presence.BUSY)], {"card.busy": Verdict.FAILURE}),
        ([reader(Presence.FAULT)], {"card.fault": Verdict.FAILURE}),
    ],
)
def test_what_is_in_the_readers(found: list[Reader], expected: dict[str, Verdict]) -> None:
    assert told(checks.cards(found)) == expected


@pytest.mark.parametrize(
    ("facts", "said", "verdict"),
    [
        ({}, "tries.enough", Verdict.OK),
        ({"code": Tries.LAST}, "tries.last", Verdict.WARNING),
        ({"code": Tries.LOCKED}, "tries.locked", Verdict.FAILURE),
        ({"code": Tries.LOCKED, "unblocking": Tries.LOCKED}, "card.unusable", Verdict.FAILURE),
        ({"unblocking": Tries.LOCKED}, "unblocking.locked", Verdict.WARNING),
        ({"certificates": ()}, "certificate.none", Verdict.FAILURE),
        ({"certificates": (CardCertificate("C", b"", b"?"),)}, "certificate.damaged", Verdict.FAILURE),
        ({"pss": False}, "tls.without_pss", Verdict.INFO),
    ],
)
def test_what_a_card_says_of_itself(facts: dict[str, Any], said: str, verdict: Verdict) -> None:
    findings = checks.card(card(**facts), TODAY, FRENCH)
    assert told(findings)[said] is verdict
    assert [each.key for each in findings if each.verdict is not Verdict.OK] == ([said] if facts else [])


def test_that_a_cps3_has_no_tls_13_is_no_fault() -> None:
    findings = checks.card(card(pss=False), TODAY, FRENCH)
    assert worst([each.verdict for each in findings]) == 0


def report(program: Program, state: State | None) -> Report:
    return Report(OutOfReach(program, Path("/p"), state or State.ABSENT), state)


def test_where_the_module_is_registered() -> None:
    places = [
        report(Program.FIREFOX, State.REGISTERED),
        report(Program.FIREFOX, State.ABSENT),
        report(Program.FIREFOX, State.SANDBOXED),
        report(Program.CHROMIUM, None),
        report(Program.THUNDERBIRD, State.NOTHING),
        report(Program.OPENSSL, State.ABSENT),
    ]
    assert told(checks.registered(places, FRENCH)) == {
        "registered.yes": Verdict.OK,
        "registered.no": Verdict.WARNING,
        "registered.sandboxed": Verdict.INFO,
        "registered.unreadable": Verdict.WARNING,
    }
    assert told(checks.registered(places[4:], FRENCH)) == {"registered.nobody": Verdict.INFO}


def test_every_advice_belongs_to_a_finding() -> None:
    keys = CATALOGUES["fr"]
    assert [key for key in keys if key.startswith("advice.") and key.removeprefix("advice.") not in keys] == []


def test_the_exit_code_is_that_of_the_worst() -> None:
    assert [worst(each) for each in ([], [Verdict.INFO], [Verdict.OK, Verdict.WARNING], list(Verdict))] == [0, 0, 1, 3]
