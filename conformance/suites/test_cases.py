"""The acceptance plan of the original, played case by case in its order on both cards.

conformance/golden/plan.tsv holds what each case must answer; what the plan leaves unreported is only gone through.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.client import Module
from conformance.rig import Rig
from conformance.suites.cards import Card
from conformance.suites.plan import check_cases, cipher_cases, data_cases, management, sign_cases
from conformance.suites.plan.play import Play

PLAN = Path(__file__).parents[1] / "golden" / "plan.tsv"

NOT_PLAYED = {
    "121": "asks for a blocking wait to be refused; this module waits",
    "128": "the cache on disk, which this module does not have",
    "129": "the cache on disk, which this module does not have",
    "130": "the cache on disk, which this module does not have",
    "904.2": "numbers of a run without a CPS_DATA that can be written",
    "910.2": "numbers of a run without a CPS_DATA that can be written",
    "915.2": "numbers of a run without a CPS_DATA that can be written",
}


def expected(card: Card) -> dict[str, str]:
    with PLAN.open(newline="", encoding="ascii") as text:
        rows = csv.DictReader(text, delimiter="\t")
        return {row["case"]: row[card.name] for row in rows if row[card.name] != "-" and row["case"] not in NOT_PLAYED}


@pytest.fixture
def play(loaded: Module, card: Card, rig: Rig) -> Iterator[Play]:
    yield Play(loaded, card, rig)
    loaded.C_Finalize(None)
    rig.insert(card.name)


def test_the_whole_plan(play: Play, card: Card) -> None:
    management.general(play)
    management.slots(play)
    management.sessions(play)
    management.objects(play)
    cipher_cases.encryption(play)
    cipher_cases.decryption(play)
    sign_cases.signature(play)
    check_cases.verification(play)
    check_cases.digests(play)
    data_cases.trade_data(play)
    sign_cases.sha256(play)
    if card.generation == "CPS4":
        sign_cases.probabilistic(play)
    play.rig.fault("times=all do=mute")
    play.rig.insert(card.name)
    sign_cases.mute_card(play)
    played = {number: rv.name for number, rv in play.results}
    assert len(played) == len(play.results), "each case is reported once"
    assert played == expected(card)
