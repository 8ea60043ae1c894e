"""`cps status`, `show` and `code`, with the card of each family that a holder can have, CPS3 and CPS4."""

from collections.abc import Iterator

import pytest

from conformance.testbed.cards import OTHER_CARDS, PIN, PUK
from conformance.testbed.cps_command import FAILURE, OK, Answer, Cps, in_one_line
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import identity

NEW_PIN = b"4321"
FAMILIES = {"pharmacist": "CPS", "cpf": "CPF", "cpe": "CPE", "cpe-service": "CPE", "cpa": "CPA", "": "CPS"}


@pytest.fixture
def cps(rig: Rig) -> Cps:
    return Cps({**rig.env, "LC_ALL": "fr_FR.UTF-8"})


@pytest.fixture(params=OTHER_CARDS)
def name(request: pytest.FixtureRequest, rig: Rig) -> Iterator[str]:
    """Of the card in the reader, with its first codes."""
    inserted: str = request.param
    rig.insert(inserted)
    rig.new_pins()
    yield inserted
    rig.new_pins()
    rig.insert("cps4")


def given(cps: Cps, command: str, *codes: bytes) -> Answer:
    return cps("code", command, "--pin-fd", "0", typed="".join(f"{code.decode()}\n" for code in codes))


def test_the_card_and_its_holder_are_shown(cps: Cps, name: str) -> None:
    who = identity(name).holder
    (held,) = cps("show", "--json").facts["readers"]
    assert held["card"]["family"] == FAMILIES[name.partition(":")[2]]
    assert (held["card"]["national_identifier"], held["serial"]) == (who.number, who.serial)
    for command in ("show", "status"):
        answer = cps(command)
        shown = in_one_line(answer.text)
        assert answer.code == OK, answer
        assert who.number in shown and f"{who.given} {who.surname}".strip() in shown, shown


def test_the_codes_are_changed_and_set_anew(cps: Cps, name: str) -> None:
    (shown,) = cps("code", "status", "--json").facts["readers"]
    if name == "cps3cl":  # which has none
        assert (shown["code_porteur"], given(cps, "change", PIN, NEW_PIN).code) == (None, FAILURE)
        return
    assert (shown["code_porteur"]["tries"], shown["code_deblocage"]["tries"]) == ("enough", "enough")
    assert given(cps, "change", PIN, NEW_PIN).code == OK
    assert given(cps, "unblock", PUK, PIN).code == OK
    assert given(cps, "change", PIN, PIN).code == OK
