"""`cps show`, as a user types it, with the card of each family in the reader."""

import pytest

from conformance.testbed.cards import PIN, WRONG_PIN, Card
from conformance.testbed.cps_command import (
    BLOCKED,
    BUSY,
    FAILURE,
    NO_CARD,
    OK,
    REFUSED,
    USAGE,
    WRONG_CODE,
    Answer,
    Cps,
    in_one_line,
)
from conformance.testbed.pty_driver import typed
from conformance.testbed.rig import Rig


def with_code(cps: Cps, *arguments: str, code: bytes = PIN) -> Answer:
    return cps("show", *arguments, "--pin-fd", "0", typed=f"{code.decode()}\n")


def test_the_holder_and_the_card_are_shown_in_words(cps: Cps, card: Card, rig: Rig) -> None:
    answer = cps("show")
    shown = in_one_line(answer.text)
    assert answer.code == OK, answer
    assert "Profession Médecin (10)" in shown
    assert "(N° RPPS 9990000" in shown
    assert "Carte n° 289999000" in shown
    assert "carte de test" in shown
    assert "Émise le 01/01/2024 Fin de validité ✔ OK 01/01/2044" in shown
    assert "Certificat d'authentification ✔ OK valable jusqu'au 01/01/2044" in shown
    assert "Situation" not in shown
    assert not [each for each in rig.log() if each.command[1] == 0x20 and len(each.command) > 5]


@pytest.mark.parametrize(
    ("holder", "said"),
    [
        ("pharmacist", "Profession Pharmacien (21)"),
        ("cpf", "Future profession Médecin en formation (10)"),
        ("cpe", "Titulaire Madame Danièle EXEMPLE-SEPT"),
        ("cpe-service", "Titulaire carte sans nom (carte de service)"),
        ("cpa", "Personnel Autorisé"),
    ],
)
@pytest.mark.parametrize("profile", ["cps3", "cps4"])
def test_every_family_is_shown_in_words(cps: Cps, reader: Rig, profile: str, holder: str, said: str) -> None:
    reader.insert(f"{profile}:{holder}")
    answer = cps("show")
    assert answer.code == OK, answer
    assert said in in_one_line(answer.text)


def test_the_situations_are_shown_after_the_code(cps: Cps, reader: Rig) -> None:
    reader.insert("cps4")
    shown = in_one_line(with_code(cps, "--situations").text)
    assert "Situation d'exercice 1 " in shown and "Situation d'exercice 3 " in shown
    assert "Numéros libres 2" in shown
    assert "Identifiant de facturation 999999901" in shown


def test_the_code_is_typed_once_at_the_terminal(cps: Cps, card: Card, rig: Rig) -> None:
    shown = typed(["cps", "show", "--situations"], [PIN.decode()], cps.with_command_on_path(), rig.directory)
    assert "Situation d'exercice 1" in shown
    assert PIN.decode() not in shown.partition("Code porteur")[2].partition("\n")[0]


def test_programs_get_the_card_as_metier_has_it(cps: Cps, card: Card) -> None:
    (held,) = with_code(cps, "--situations", "--json").facts["readers"]
    assert (held["card"]["family"], held["card"]["test"]) == ("CPS", True)
    assert {each["number"] for each in held["card"]["practices"]} >= {1}
    assert [each["certificate"]["use"] for each in held["card"]["certificates"]] == ["signature", "authentication"]


def test_raw_has_every_object_or_the_named_one(cps: Cps, card: Card) -> None:
    assert "CPS_ID_CARD (" in cps("show", "--raw").text
    only = cps("show", "--raw", "CPS_INFO_PS").text.splitlines()
    assert only[0].startswith("CPS_INFO_PS (") and only[1] == "  ED Holder"
    assert "CPS_ACTIVITY_01_PS (" in with_code(cps, "--situations", "--raw").text
    (named,) = cps("show", "--raw", "CPS_LANG_PS", "--json").facts["objects"]
    assert named["record"]["object"] == "Unknown"
    missing = cps("show", "--raw", "CPS_ACTIVITY_01_PS")
    assert (missing.code, "--situations" in missing.text) == (FAILURE, True)


def test_wrong_codes_cost_a_try_each_and_the_last_is_kept(cps: Cps, card: Card, rig: Rig) -> None:
    answers = [with_code(cps, "--situations", code=WRONG_PIN).code for _ in range(2)]
    assert (answers, rig.pin_tries) == ([WRONG_CODE, WRONG_CODE], 1)
    kept = with_code(cps, "--situations")
    assert (kept.code, rig.pin_tries, "--force" in kept.text) == (REFUSED, 1, True)
    assert with_code(cps, "--situations", "--force", code=WRONG_PIN).code == BLOCKED
    blocked = with_code(cps, "--situations")
    assert (blocked.code, "cps code unblock" in blocked.text) == (BLOCKED, True)


def test_without_a_code_nothing_is_done(cps: Cps, card: Card, rig: Rig) -> None:
    assert cps("show", "--situations").code == REFUSED
    assert with_code(cps, "--situations", code=b"12a4").code == REFUSED
    assert rig.pin_tries == 3


def test_no_card_and_another_card_are_reported(cps: Cps, reader: Rig) -> None:
    reader.remove()
    assert cps("show").code == NO_CARD
    reader.insert("foreign")
    answer = cps("show", "--json")
    assert (answer.code, answer.facts["failure"]) == (NO_CARD, "failure.no_card")


def test_a_card_of_another_program_is_reported_as_busy(cps: Cps, reader: Rig) -> None:
    reader.insert("cps4")
    with reader.exclusive_to_another():
        answer = cps("show")
    assert (answer.code, "Un autre programme utilise la carte" in answer.text) == (BUSY, True)


def test_two_cards_are_both_shown_or_one_is_named(cps: Cps, reader: Rig) -> None:
    reader.insert("cps4")
    reader.second.insert("cps3")
    try:
        assert cps("show").text.count("Titulaire") == 2
        assert cps("show", "--reader", "00 01").text.count("Titulaire") == 1
        assert cps("show", "--reader", "nothing").code == NO_CARD
    finally:
        reader.second.remove()


def test_an_unknown_option_is_a_usage_error(cps: Cps) -> None:
    assert cps("show", "--raws").code == USAGE
