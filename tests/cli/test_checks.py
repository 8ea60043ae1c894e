"""Each link of the chain, and what is said of it when it is broken."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cryptolib.cli.browsers.states import TargetState
from cryptolib.cli.browsers.target import Program, State, UnreachableTarget
from cryptolib.cli.cards import Card, CertificateObject, Reader, ReaderState, Tries
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.diagnosis import checks
from cryptolib.cli.messages.language import CATALOGUES, Messages
from cryptolib.cli.pcsc_service import Service
from cryptolib.cli.severity import Severity, worst
from cryptolib.metier.card import card_certificate
from tests.support import AUTHENTICATION, certificate

FRENCH = Messages("fr")
TODAY = datetime(2026, 6, 1, tzinfo=UTC)
TOKEN: Any = SimpleNamespace()


def card(**facts: Any) -> Card:
    entry = card_certificate("Certificat d'Authentification CPS", certificate("cps4", AUTHENTICATION))
    return Card(
        **{
            "label": "CPS4", "serial": "1", "code": Tries.ENOUGH, "unblocking": Tries.ENOUGH,
            "certificates": (CertificateObject(b"\x01", entry),), "pss": True, "token": TOKEN, **facts,
        }
    )  # fmt: skip


def reader(state: ReaderState, held: Card | None = None, name: str = "R") -> Reader:
    return Reader(name, state, held, "DEVICE_ERROR")


def severities(results: list[CheckResult]) -> dict[str, Severity]:
    return {result.key: result.severity for result in results}


def test_no_day_is_before_the_module_was_made() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert checks.clock(TODAY, made, FRENCH).severity is Severity.OK
    behind = checks.clock(datetime(1970, 1, 1, tzinfo=UTC), made, FRENCH)
    assert severities([behind]) == {"clock.behind": Severity.FAILURE}
    assert "01/01/2026" in behind.line(FRENCH).text


def test_a_service_that_does_not_serve_comes_with_advice() -> None:
    for state in Service:
        result = checks.service(state)
        assert (result.severity is Severity.OK) == (state is Service.RUNNING)
        assert bool(result.line(FRENCH).advice) == (state is not Service.RUNNING)


def test_readers_are_counted() -> None:
    assert severities([checks.reader([])]) == {"reader.none": Severity.FAILURE}
    assert checks.reader([reader(ReaderState.EMPTY)]).severity is Severity.OK


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], {"card.none": Severity.FAILURE}),
        ([reader(ReaderState.EMPTY)], {"card.none": Severity.FAILURE}),
        ([reader(ReaderState.EMPTY), reader(ReaderState.CPS, card())], {"card.cps": Severity.OK}),
        ([reader(ReaderState.UNKNOWN)], {"card.unknown": Severity.FAILURE}),
        (
            [reader(ReaderState.UNKNOWN), reader(ReaderState.CPS, card())],
            {"card.other": Severity.INFO, "card.cps": Severity.OK},
        ),
        ([reader(ReaderState.MUTE)], {"card.mute": Severity.FAILURE}),
        ([reader(ReaderState.BUSY)], {"card.busy": Severity.FAILURE}),
        ([reader(ReaderState.FAULT)], {"card.fault": Severity.FAILURE}),
    ],
)
def test_each_state_of_a_reader_has_a_result(found: list[Reader], expected: dict[str, Severity]) -> None:
    assert severities(checks.cards(found)) == expected


@pytest.mark.parametrize(
    ("facts", "said", "severity"),
    [
        ({}, "tries.enough", Severity.OK),
        ({"code": Tries.LAST}, "tries.last", Severity.WARNING),
        ({"code": Tries.LOCKED}, "tries.locked", Severity.FAILURE),
        ({"code": Tries.LOCKED, "unblocking": Tries.LOCKED}, "card.unusable", Severity.FAILURE),
        ({"unblocking": Tries.LOCKED}, "unblocking.locked", Severity.WARNING),
        ({"certificates": ()}, "certificate.none", Severity.FAILURE),
        (
            {"certificates": (CertificateObject(b"", card_certificate("C", b"?")),)},
            "certificate.damaged",
            Severity.FAILURE,
        ),
        ({"pss": False}, "tls.without_pss", Severity.INFO),
    ],
)
def test_what_a_card_says_of_itself(facts: dict[str, Any], said: str, severity: Severity) -> None:
    results = checks.card(card(**facts), TODAY, FRENCH)
    assert severities(results)[said] is severity
    assert [each.key for each in results if each.severity is not Severity.OK] == ([said] if facts else [])


def test_that_a_cps3_has_no_tls_13_is_no_fault() -> None:
    results = checks.card(card(pss=False), TODAY, FRENCH)
    assert worst([each.severity for each in results]) == 0


def report(program: Program, state: State | None) -> TargetState:
    return TargetState(UnreachableTarget(program, Path("/p"), state or State.ABSENT), state)


def test_where_the_module_is_registered() -> None:
    targets = [
        report(Program.FIREFOX, State.REGISTERED),
        report(Program.FIREFOX, State.ABSENT),
        report(Program.FIREFOX, State.SANDBOXED),
        report(Program.CHROMIUM, None),
        report(Program.THUNDERBIRD, State.NOTHING),
        report(Program.OPENSSL, State.ABSENT),
    ]
    assert severities(checks.registered(targets, FRENCH)) == {
        "registered.yes": Severity.OK,
        "registered.no": Severity.WARNING,
        "registered.sandboxed": Severity.INFO,
        "registered.unreadable": Severity.WARNING,
    }
    assert severities(checks.registered(targets[4:], FRENCH)) == {"registered.nobody": Severity.INFO}


def test_every_advice_belongs_to_a_result() -> None:
    keys = CATALOGUES["fr"]
    assert [key for key in keys if key.startswith("advice.") and key.removeprefix("advice.") not in keys] == []


def test_the_exit_code_is_that_of_the_worst() -> None:
    assert worst([]) == worst([Severity.INFO]) == 0
    assert (worst([Severity.OK, Severity.WARNING]), worst(list(Severity))) == (1, 3)
