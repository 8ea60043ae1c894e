"""`cps gestion` on terminals of all kinds, and on none. One card does for that."""

import os
import signal
import time
from pathlib import Path

import pytest

from conformance.testbed.cards import PIN
from conformance.testbed.cps_command import COMMAND, OK, USAGE, Cps, at_a_terminal
from conformance.testbed.gestion_screen import opened
from conformance.testbed.rig import Rig
from conformance.testbed.screen_terminal import CTRL_Q, DOWN, ENTER, ESCAPE

AT_ONCE = 5.0


@pytest.fixture(autouse=True)
def card(rig: Rig) -> None:
    """A new one, in the reader."""
    rig.clear_faults()
    rig.insert("cps4")
    rig.new_pins()


def test_ctrl_q_leaves_even_where_a_letter_would_be_typed(rig: Rig) -> None:
    with opened(rig) as screen:
        screen.wait_for("Identification du porteur")
        screen.choose("Saisir code")
        screen.wait_for("Entrée : valider")
        screen.press("q", CTRL_Q)
        start = time.monotonic()
        assert screen.wait_for_end() == OK
        assert time.monotonic() - start < AT_ONCE


def test_another_reader_is_chosen(rig: Rig) -> None:
    rig.second.insert("cps3")
    try:
        with opened(rig) as screen:
            screen.wait_for("Dominique")
            screen.choose("Changer lecteur")
            screen.wait_for("Lecteur à utiliser")
            screen.press(DOWN, ENTER)
            screen.wait_for("Camille", "Virtual PCD 00 01 : CPS3")
    finally:
        rig.second.remove()


def test_what_a_card_at_the_antenna_cannot_do_is_reported(rig: Rig) -> None:
    rig.insert("cps3cl")
    with opened(rig) as screen:
        screen.wait_for("Identification")
        screen.choose("Saisir code")
        screen.wait_for("Cette carte, lue sans contact, n'a pas de code.")


def test_another_card_is_no_fault_of_anybody(rig: Rig) -> None:
    rig.insert("foreign")
    with opened(rig) as screen:
        screen.wait_for("carte qui n'est pas une CPS", "Aucune carte CPS.")


def test_without_colours_everything_is_still_shown(rig: Rig) -> None:
    with opened(rig, NO_COLOR="1") as screen:
        screen.wait_for("Identification du porteur", "OK aucun essai")
        assert screen.colours() == {"default"}
        assert "► Changer carte" in screen.text


def test_a_mouse_does_it_too(rig: Rig) -> None:
    with opened(rig) as screen:
        screen.wait_for("Identification du porteur", "aucun essai")
        screen.click("Données CPS")
        screen.wait_for("► Données CPS", "CPS_ID_CARD")
        screen.wait_for("CPS_ID_CARD")
        screen.turn_wheel("CPS_ID_CARD")
        screen.wait_until_gone("CPS_ID_CARD (")
        screen.click("Saisir code")
        screen.give("Code porteur", PIN)
        screen.wait_for("Le code porteur est le bon.")


@pytest.mark.parametrize(("columns", "lines"), [(40, 15), (60, 20), (132, 43)])
def test_any_size_of_terminal_will_do(rig: Rig, columns: int, lines: int) -> None:
    with opened(rig, columns=columns, lines=lines) as screen:
        screen.wait_for("Identification du porteur", "Changer code")
        screen.choose("Changer code")
        screen.wait_for("Code porteur actuel")
        screen.press(ESCAPE)
        screen.wait_for("Aucun code")
        assert screen.leave() == OK


def test_it_ends_with_its_terminal(rig: Rig) -> None:
    with opened(rig) as screen:
        screen.wait_for("Identification du porteur")
        os.kill(screen.process, signal.SIGHUP)
        screen.wait_for_end()


def test_a_polite_end_gives_the_terminal_back(rig: Rig) -> None:
    with opened(rig) as screen:
        screen.wait_for("Identification du porteur")
        os.kill(screen.process, signal.SIGTERM)
        assert screen.wait_for_end() == OK


def test_line_by_line_for_a_screen_reader(rig: Rig) -> None:
    cps = Cps({**rig.env, "LC_ALL": "fr_FR.UTF-8"})
    entry = "Numéro (rien : quitter) : "
    answers = [(entry, "5"), (entry, "0"), (entry, "4"), ("Code porteur : ", "1234"), (entry, "12"), (entry, "")]
    code, shown = at_a_terminal(cps, "gestion", "--plain", answers=answers)
    assert code == OK
    assert "EXEMPLE-QUATRE" in shown and "de 1 à 19" in shown and "Le code porteur est le bon." in shown
    assert "\x1b[" not in shown


def test_without_a_terminal_the_error_says_so(rig: Rig) -> None:
    cps = Cps({**rig.env, "LC_ALL": "fr_FR.UTF-8", "TERM": "xterm"})
    assert (cps("gestion").code, cps("gestion", "--json").code) == (USAGE, USAGE)
    assert "« cps gestion --plain »" in cps("gestion").text


def test_cps_gestion_has_its_old_name_too(rig: Rig) -> None:
    with opened(rig, command=str(Path(COMMAND).with_name("cpgeslux"))) as screen:
        screen.wait_for("Identification du porteur")
        assert screen.leave() == OK


@pytest.mark.timing
def test_the_screen_is_there_in_two_seconds(rig: Rig) -> None:
    start = time.monotonic()
    with opened(rig) as screen:
        screen.wait_for("Identification du porteur")
    assert time.monotonic() - start < AT_ONCE
