"""`cps gestion` while the card works, goes or is swapped, and while services fail. One card does for that."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic

import pytest

from conformance.testbed.cards import PIN
from conformance.testbed.cps_command import OK, give_wrong_code
from conformance.testbed.gestion_screen import ENTER_IT, GestionScreen, codes_presented, opened
from conformance.testbed.helper import RigError
from conformance.testbed.rig import Rig
from conformance.testbed.screen_terminal import F1, PAGE_UP

GIVEN_NAME = "Dominique"
AT_ONCE = 5.0


@pytest.fixture(autouse=True)
def new_card(rig: Rig) -> None:
    """In the reader."""
    rig.clear_faults()
    rig.insert("cps4")
    rig.new_pins()
    rig.clear_log()


@pytest.fixture
def screen(rig: Rig) -> Iterator[GestionScreen]:
    """Open, with the card read."""
    with opened(rig) as shown:
        shown.wait_for("Identification du porteur", GIVEN_NAME, "aucun essai")
        yield shown


def test_a_card_that_goes_and_comes_is_seen_at_once(screen: GestionScreen, rig: Rig) -> None:
    rig.remove()
    screen.wait_for("Aucune carte CPS.", "Virtual PCD 00 00 : pas de carte", seconds=AT_ONCE)
    rig.insert()
    screen.wait_for("Identification du porteur", GIVEN_NAME, seconds=AT_ONCE)


def test_a_code_that_another_program_blocks_is_seen_at_once(screen: GestionScreen, rig: Rig) -> None:
    """Without a key, in the line at the bottom and in the text; looking costs no try."""
    for line, text in (
        ("▲ Code porteur : un essai de moins", "un mauvais code a été présenté"),
        ("▲ Code porteur : dernier essai", "il ne reste qu'un essai"),
        ("✖ Code porteur bloqué", "« Débloquer code »"),
    ):
        give_wrong_code(rig.env)
        screen.wait_for(line, text, seconds=AT_ONCE)
    assert codes_presented(rig) == 3
    rig.new_pins()
    screen.wait_until_gone("Code porteur bloqué")
    screen.wait_for("aucun essai consommé", seconds=AT_ONCE)


def test_the_data_stay_when_another_program_spends_a_try(screen: GestionScreen, rig: Rig) -> None:
    """The first screen alone is read again: nobody loses his place in another text."""
    screen.choose("Lecture X509")
    screen.wait_for("Certificat de Signature CPS")
    give_wrong_code(rig.env)
    screen.wait_for("▲ Code porteur : un essai de moins", "Certificat de Signature CPS", seconds=AT_ONCE)
    screen.choose("Journal")
    screen.wait_for("Virtual PCD 00 00 Code porteur : un essai de moins")


def test_reading_again_does_not_disturb_another_program(screen: GestionScreen, rig: Rig) -> None:
    """It is told, nothing reaches the card meanwhile, and the end of it is seen."""
    with exclusive_soon(rig):
        rig.clear_log()
        screen.wait_for("carte qu'un autre programme utilise", GIVEN_NAME, seconds=AT_ONCE)
        assert rig.log() == []
    screen.wait_for("Virtual PCD 00 00 : CPS4", GIVEN_NAME, seconds=AT_ONCE)


def test_a_code_is_not_presented_to_a_card_that_was_swapped(screen: GestionScreen, rig: Rig) -> None:
    screen.choose("Saisir code")
    screen.wait_for(ENTER_IT)
    screen.press("1", "2")
    rig.insert("cps3")
    screen.wait_for("Camille", seconds=AT_ONCE)
    assert ENTER_IT not in screen.text
    assert codes_presented(rig) == 0


def test_the_card_can_be_changed_when_the_menu_asks_for_it(screen: GestionScreen, rig: Rig) -> None:
    screen.choose("Changer carte")
    screen.wait_for("Retirez la carte, puis insérez l'autre.")
    rig.remove()
    rig.insert()
    screen.wait_until_gone("Retirez la carte")
    screen.wait_for("Identification du porteur")


def test_a_card_pulled_while_it_works_is_reported(screen: GestionScreen, rig: Rig) -> None:
    screen.choose("Test des services")
    rig.latency("rsa=3000")
    try:
        screen.give("Code porteur", PIN)
        screen.wait_for("Essai de la carte…")
        rig.remove()
        screen.wait_for("Aucune carte CPS.")
    finally:
        rig.latency("none")
        rig.insert()
    screen.wait_for("Identification du porteur")


def test_the_screen_goes_on_while_the_card_works(screen: GestionScreen, rig: Rig) -> None:
    """It says for how long; keys are answered; q waits for the card."""
    screen.choose("Test des services")
    rig.latency("rsa=2000")
    try:
        screen.give("Code porteur", PIN)
        screen.wait_for("Essai de la carte… 1 s")
        screen.press(F1)
        screen.wait_for("q ferme la fenêtre", seconds=1)
        screen.press("q")
        screen.wait_for("La carte travaille encore")
        assert screen.wait_for_end() == OK
    finally:
        rig.latency("none")


def test_the_service_of_the_readers_may_stop_and_come_back(screen: GestionScreen, rig: Rig) -> None:
    rig.stop_pcscd()
    try:
        screen.wait_for("Le service des lecteurs (pcscd) n'est pas lancé.", "sudo systemctl enable --now pcscd.socket")
        screen.choose("Diagnostics")
        screen.wait_for("commencez par le premier ÉCHEC")
        screen.press(PAGE_UP)
        screen.wait_for("ÉCHEC pcscd n'est pas lancé")
    finally:
        rig.start_pcscd()
    screen.wait_for("Identification du porteur", GIVEN_NAME)


def test_a_service_that_does_not_answer_holds_nobody_up(screen: GestionScreen, rig: Rig) -> None:
    rig.freeze_pcscd()
    try:
        screen.choose("Lecture données")
        screen.press(F1)
        screen.wait_for("q ferme la fenêtre", seconds=2)
        screen.press("q", "q")
        assert screen.wait_for_end() == OK
    finally:
        rig.thaw_pcscd()


def test_a_card_that_another_program_keeps_is_reported_and_read_once_it_is_free(rig: Rig) -> None:
    with ExitStack() as busy:
        busy.enter_context(rig.exclusive_to_another())
        with opened(rig) as screen:
            screen.wait_for("Un autre programme utilise la carte.")
            busy.close()
            screen.wait_for("Identification du porteur", GIVEN_NAME)


@contextmanager
def exclusive_soon(rig: Rig) -> Iterator[None]:
    """The card belongs to another program, which tries again while the screen has it."""
    with ExitStack() as held:
        deadline = monotonic() + AT_ONCE
        while True:
            try:
                held.enter_context(rig.exclusive_to_another())
                break
            except RigError:
                assert monotonic() < deadline
        yield
