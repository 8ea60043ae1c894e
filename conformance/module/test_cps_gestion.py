"""`cps gestion`: the screen of CPS Gestion, with the keyboard alone and with each card."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.cps_command import OK, give_wrong_code
from conformance.testbed.gestion_screen import ENTER_IT, GestionScreen, codes_presented, opened
from conformance.testbed.rig import Rig
from conformance.testbed.screen_terminal import DOWN, ENTER, ESCAPE, F1

NEW_PIN = b"4321"
GIVEN_NAME = {"cps3": "Camille", "cps4": "Dominique"}
CURRENT, NEW, AGAIN = "Code porteur actuel", "Nouveau code porteur", "Nouveau code porteur, encore une fois"
UNBLOCKING = "Code de déblocage"


@pytest.fixture
def screen(rig: Rig, card: Card) -> Iterator[GestionScreen]:
    """Open, with the card read."""
    with opened(rig) as shown:
        shown.wait_for("Identification du porteur", GIVEN_NAME[card.name], "aucun essai")
        yield shown


def present(screen: GestionScreen, code: bytes) -> None:
    screen.choose("Saisir code")
    screen.give("Code porteur", code)


# --- what is on the card


def test_the_holder_and_the_card_are_shown_without_any_code(screen: GestionScreen, card: Card, rig: Rig) -> None:
    screen.wait_for(GIVEN_NAME[card.name], "Identification de la carte", "carte de test", "Lecture X509")
    assert codes_presented(rig) == 0
    assert screen.leave() == OK


def test_situations_are_shown_after_the_code(screen: GestionScreen, card: Card) -> None:
    screen.choose("Lecture situations")
    screen.give("Code porteur", PIN)
    screen.wait_for("Situation d'exercice 1")
    assert "1234" not in screen.text


def test_certificates_are_shown_and_saved(screen: GestionScreen, card: Card, tmp_path: Path) -> None:
    screen.choose("Lecture X509")
    screen.wait_for("Certificat de Signature CPS")
    screen.choose("Enregistrement X509")
    screen.give("Dossier où enregistrer les certificats", str(tmp_path / "x").encode())
    screen.wait_for("Enregistré")
    assert len([*(tmp_path / "x").glob("*.pem")]) == 2


def test_the_other_entries_show_what_the_commands_say(screen: GestionScreen, card: Card) -> None:
    screen.choose("Test lecteur")
    screen.wait_for("Lecteur Virtual PCD 00 01")
    screen.choose("Données CPS")
    screen.wait_for("CPS_ID_CARD")
    screen.choose("Traces")
    screen.wait_for("CPS3_PKCS11_TRACES")
    screen.choose("Journal")
    screen.wait_until(lambda: screen.text.count("Test lecteur") > 1, 30, "the journal")
    screen.press(F1)
    screen.wait_for("q ferme la fenêtre")


def test_the_diagnosis_signs_only_with_a_code(screen: GestionScreen, card: Card, rig: Rig) -> None:
    screen.choose("Diagnostics")
    screen.wait_for("Entrée : valider", "rien : ne pas signer")
    screen.press(ENTER)
    screen.wait_until_gone(ENTER_IT)
    assert codes_presented(rig) == 0
    screen.wait_for("aucun code porteur n'a été donné")


def test_every_service_is_tried(screen: GestionScreen, card: Card) -> None:
    screen.choose("Test des services")
    screen.give("Code porteur", PIN)
    screen.wait_for("Nombres aléatoires", " ms")


def test_with_lang_en_the_screen_is_english(rig: Rig, card: Card) -> None:
    with opened(rig, "--lang", "en") as screen:
        screen.wait_for("The holder", "Change code", "q: quit")


# --- the codes


def test_the_code_is_changed_after_the_new_one_was_typed_twice(screen: GestionScreen, card: Card, rig: Rig) -> None:
    screen.choose("Changer code")
    for prompt, code in ((CURRENT, PIN), (NEW, NEW_PIN), (AGAIN, b"4312"), (NEW, NEW_PIN), (AGAIN, NEW_PIN)):
        screen.give(prompt, code)
    screen.wait_for("Le code porteur est changé.", "aucun essai consommé")
    present(screen, NEW_PIN)
    screen.wait_for("Le code porteur est le bon.")


def test_a_code_of_a_wrong_form_is_not_sent_to_the_card(screen: GestionScreen, card: Card, rig: Rig) -> None:
    screen.choose("Changer code")
    screen.give(CURRENT, b"12a4")
    screen.wait_for("il faut 4 chiffres", CURRENT)
    screen.press(ESCAPE)
    screen.wait_for("Aucun code n'a été donné")
    assert (codes_presented(rig), rig.pin_tries) == (0, 3)


def test_a_wrong_code_costs_one_try_and_the_next_step_is_shown(screen: GestionScreen, card: Card, rig: Rig) -> None:
    present(screen, WRONG_PIN)
    screen.wait_for("Mauvais code porteur", "un mauvais code a été présenté")
    assert rig.pin_tries == 2


def test_the_last_try_is_spent_only_after_a_confirmation(screen: GestionScreen, card: Card, rig: Rig) -> None:
    for _ in range(2):
        give_wrong_code(rig.env)
    screen.choose("Saisir code")
    screen.wait_for("Il ne reste qu'un essai", "Non", "Oui")
    screen.press(ENTER)
    screen.wait_for("rien n'a été fait")
    assert rig.pin_tries == 1
    screen.choose("Saisir code")
    screen.wait_for("Oui")
    screen.press(DOWN, ENTER)
    screen.give("Code porteur", PIN)
    screen.wait_for("Le code porteur est le bon.")
    assert rig.pin_tries == 3


def test_a_blocked_code_is_unblocked(screen: GestionScreen, card: Card, rig: Rig) -> None:
    while rig.pin_tries:
        give_wrong_code(rig.env)
    screen.choose("Changer code")
    screen.wait_for("Le code porteur est bloqué.", "« Débloquer code »")
    screen.choose("Débloquer code")
    for prompt, code in ((UNBLOCKING, PUK), (NEW, NEW_PIN), (AGAIN, NEW_PIN)):
        screen.give(prompt, code)
    screen.wait_for("Le code porteur est débloqué")
    present(screen, NEW_PIN)
    screen.wait_for("Le code porteur est le bon.")


def test_a_code_is_only_in_the_command_to_the_card(rig: Rig, card: Card, tmp_path: Path) -> None:
    """TEXTUAL_LOG would have every key in a file."""
    log = tmp_path / "log"
    with opened(rig, TEXTUAL_LOG=str(log)) as screen:
        screen.wait_for("Identification du porteur")
        present(screen, PIN)
        screen.wait_for("Le code porteur est le bon.")
        assert not log.exists()
        process = Path("/proc", str(screen.process))
        assert b"1234" not in (process / "cmdline").read_bytes()
        screen.choose("Journal")
        screen.wait_for("Saisir code", "Le code porteur est le bon.")
        assert "1234" not in screen.text
