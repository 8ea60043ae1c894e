"""Situations d'exercice: a card has none to sixteen, with holes, and exactly those are shown, to their holder alone."""

from __future__ import annotations

import pytest

from conformance.virtual_card import contents
from conformance.virtual_card.contents import Activity
from cryptolib.cryptoki.constants import CKA_VALUE, CKU_USER
from tests.support import CARDS, PIN, labelled, opened, secret
from tests.token.library import Library

NUMBERS = [(), (1,), (16,), (2, 3, 9, 10, 16), tuple(range(1, 17, 2)), tuple(range(1, 17))]


@pytest.fixture(params=CARDS)
def profile(request: pytest.FixtureRequest) -> str:
    card: str = request.param
    return card


@pytest.fixture(params=NUMBERS, ids=str)
def situations(request: pytest.FixtureRequest, profile: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Activity, ...]:
    """The situations that cards of this profile are issued with."""
    issued = tuple(Activity(number, f"STRUCTURE {number}", f"99990000{number:07}", "SA07") for number in request.param)
    monkeypatch.setitem(contents.ACTIVITIES, profile, issued)
    return issued


def protected(situations: tuple[Activity, ...]) -> dict[str, bytes]:
    """Label and value of each protected object, in the order of their handles."""
    return {
        **{f"CPS_ACTIVITY_{item.number:02}_PS": contents.activity(item) for item in situations},
        "CPS_SIT_FACT": contents.billing_situation(situations),
        **{f"CPS2TER_ACTIVITY_{item.number:02}_PS": contents.volet_activity(item) for item in situations},
    }


def test_the_login_shows_exactly_the_protected_objects(profile: str, situations: tuple[Activity, ...]) -> None:
    library = Library(profile)
    session = library.session()
    before = library.labels(session)
    assert not [label for label in before if "ACTIVITY" in label or "SIT_FACT" in label]
    library.log_in(session)
    shown = [label for label in library.labels(session) if label not in before]
    assert shown == ["CPS_PRIV_SIG", "CPS_PRIV_AUT", *protected(situations)]


def test_each_protected_object_has_its_value(profile: str, situations: tuple[Activity, ...]) -> None:
    token = opened(profile)[1]
    token.log_in(CKU_USER, secret(PIN))
    expected = protected(situations)
    assert {label: labelled(token, label).value(CKA_VALUE) for label in expected} == expected
