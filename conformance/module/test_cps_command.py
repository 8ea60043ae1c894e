"""`cps status`, as a user types it, with one card or another in the reader, or none."""

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.cps_command import (
    BUSY,
    FAILURE,
    NO_CARD,
    OK,
    USAGE,
    WARNING,
    Cps,
    give_wrong_code,
    in_one_line,
)
from conformance.testbed.rig import Rig


def test_the_holder_and_the_card_are_shown(cps: Cps, card: Card) -> None:
    answer = cps("status")
    assert answer.code == OK, answer
    shown = in_one_line(answer.text)
    assert f"Carte {card.label}" in shown
    assert "Profession Médecin Identifiant national 8999000000" in shown
    assert "Code porteur ✔ OK aucun essai consommé" in shown
    assert "Certificat d'Authentification CPS ✔ OK valable jusqu'au 01/01/2044" in shown


def test_json_has_the_same_facts(cps: Cps, card: Card, rig: Rig) -> None:
    facts = cps("status", "--json").facts
    (reader,) = [each for each in facts["readers"] if each["name"] == rig.reader]
    assert reader["state"] == "cps"
    assert reader["card"]["code_porteur"] == "enough"
    assert [each["validity"] for each in reader["card"]["certificates"]] == ["valid", "valid"]


def test_a_card_without_a_name_is_shown_by_its_identifier(cps: Cps, rig: Rig) -> None:
    rig.insert("cps4:cpe-service")
    shown = in_one_line(cps("status").text)
    assert "Titulaire 3990000039/SERV.001" in shown
    assert "Identifiant national 3990000039/SERV.001" in shown


@pytest.mark.parametrize("arguments", [("status", "--lang", "en"), ("--lang", "en", "status"), ("status",)])
def test_with_lang_en_the_text_is_english(rig: Rig, card: Card, arguments: tuple[str, ...]) -> None:
    answer = Cps({**rig.env, "LC_ALL": "en_GB.UTF-8" if len(arguments) == 1 else "fr_FR.UTF-8"})(*arguments)
    assert answer.code == OK
    assert "Holder" in answer.text and "all tries are left" in answer.text


def test_the_tries_that_are_left_are_shown_in_words(cps: Cps, card: Card, rig: Rig) -> None:
    shown = []
    for _ in range(3):
        give_wrong_code(rig.env)
        answer = cps("status")
        shown.append((answer.code, in_one_line(answer.text).partition("Code porteur ")[2].partition(" Code de ")[0]))
    unblock = "« cps code unblock »"
    assert shown == [
        (WARNING, "▲ ATTENTION un mauvais code a été présenté depuis le dernier bon"),
        (
            WARNING,
            f"▲ ATTENTION il ne reste qu'un essai Encore un mauvais code, et il sera bloqué. Code oublié : {unblock}.",
        ),
        (FAILURE, f"✖ ÉCHEC bloqué {unblock} permet d'en choisir un nouveau, avec le code de déblocage."),
    ]


def test_a_card_at_the_antenna_has_no_code(cps: Cps, rig: Rig) -> None:
    rig.insert("cps3cl")
    answer = cps("status")
    assert answer.code == OK
    assert "Code porteur • INFO sans code (carte sans contact)" in in_one_line(answer.text)


def test_without_a_card_the_exit_code_says_so(cps: Cps, rig: Rig) -> None:
    rig.remove()
    try:
        answer = cps("status")
        assert (answer.code, in_one_line(answer.text).count("pas de carte")) == (NO_CARD, 2)
    finally:
        rig.insert()


def test_another_card_is_named_without_a_warning(cps: Cps, rig: Rig) -> None:
    rig.insert("foreign")
    try:
        answer = cps("status")
        assert answer.code == NO_CARD
        assert "Carte • INFO autre carte, qui n'est pas une CPS" in in_one_line(answer.text)
    finally:
        rig.insert("cps4")


def test_another_card_beside_the_cps_changes_nothing(cps: Cps, rig: Rig) -> None:
    rig.insert("cps4")
    rig.new_pins()
    rig.second.insert("foreign")
    try:
        answer = cps("status")
        assert (answer.code, "autre carte" in answer.text) == (OK, True)
        assert [cps(command).code for command in ("show", "certificates")] == [OK, OK]
        assert cps("code", "status").code == OK
    finally:
        rig.second.remove()


def test_a_card_upside_down_is_reported(cps: Cps, rig: Rig) -> None:
    rig.insert_upside_down()
    try:
        answer = cps("status")
        assert (answer.code, "▲ ATTENTION la carte ne répond pas" in in_one_line(answer.text)) == (NO_CARD, True)
    finally:
        rig.insert("cps4")


def test_a_card_of_another_program_is_reported_as_busy(cps: Cps, rig: Rig) -> None:
    rig.insert("cps4")
    with rig.exclusive_to_another():
        answer = cps("status")
    assert (answer.code, "un autre programme utilise la carte" in answer.text) == (BUSY, True)


def test_blocked_codes_come_with_the_next_step(cps: Cps, card: Card, rig: Rig) -> None:
    while rig.pin_tries:
        give_wrong_code(rig.env)
    blocked = in_one_line(cps("status").text)
    assert "« cps code unblock » permet d'en choisir un nouveau" in blocked
    while rig.puk_tries:
        cps("code", "unblock", "--pin-fd", "0", "--force", typed="99999999\n4321\n")
    dead = in_one_line(cps("status").text)
    assert "cps code unblock" not in dead and "demandez une nouvelle carte" in dead


def test_without_a_service_the_command_says_so(rig: Rig, cps: Cps) -> None:
    answer = cps("status", PCSCLITE_CSOCK_NAME=str(rig.directory / "nobody.listens"))
    assert answer.code == NO_CARD
    assert "Le service des lecteurs (pcscd) n'est pas lancé." in answer.text


def test_a_wrong_command_line_is_a_usage_error(cps: Cps) -> None:
    answer = cps("statut")
    assert (answer.code, answer.text) == (USAGE, "")
    assert answer.complaint.startswith("Ligne de commande incorrecte")
