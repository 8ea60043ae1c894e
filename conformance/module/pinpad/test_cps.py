"""`cps` with a reader that has a keypad: it tells the user to type there, and never has the code itself."""

import pytest

from conformance.pinpad_reader.keypad import CANCEL, OK, TIME_OUT, Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.cps_command import BLOCKED, REFUSED, WRONG_CODE, Cps, at_a_terminal, give_wrong_code
from conformance.testbed.cps_command import OK as DONE
from conformance.testbed.gestion_screen import opened
from conformance.testbed.rig import Rig

NEW_PIN = b"4321"
TYPE_IT = "Tapez le code porteur sur le lecteur."
CHANGE_IT = "Tapez sur le lecteur le code porteur actuel, puis deux fois le nouveau."


def press(keypad: Keypad, *codes: bytes) -> None:
    """One entry with these codes."""
    keypad.press(*(key for code in codes for key in (code.decode(), OK)))


def press_change(keypad: Keypad, card: Card) -> None:
    """A CPS4 takes the old code in a command of its own, so its reader asks in two entries."""
    entries = [[PIN, NEW_PIN, NEW_PIN]] if card.name == "cps3" else [[PIN], [NEW_PIN, NEW_PIN]]
    for entry in entries:
        press(keypad, *entry)


def is_right(cps: Cps, code: bytes) -> bool:
    """True if the card accepts this code porteur."""
    return cps("show", "--situations", "--pin-fd", "0", typed=f"{code.decode()}\n").code == DONE


@pytest.mark.parametrize(
    "command", [("show", "--situations"), ("selftest",), ("diag",)], ids=["show --situations", "selftest", "diag"]
)
def test_the_code_is_typed_on_the_reader(cps: Cps, keypad: Keypad, command: tuple[str, ...]) -> None:
    press(keypad, PIN)
    answer = cps(*command)
    assert answer.complaint.count(TYPE_IT) == 1
    assert [shown.wants for shown in keypad.shown()] == ["current"]
    if command != ("diag",):
        assert answer.code == DONE, answer.text


def test_with_lang_en_the_prompt_is_english(cps: Cps, keypad: Keypad) -> None:
    press(keypad, PIN)
    answer = cps("show", "--situations", LC_ALL="en_GB.UTF-8")
    assert "Type the code porteur (PIN) on the reader." in answer.complaint
    assert answer.code == DONE


def test_a_code_given_by_a_program_is_taken(cps: Cps, keypad: Keypad) -> None:
    assert is_right(cps, PIN)
    assert not is_right(cps, WRONG_PIN)
    assert keypad.shown() == []


def test_a_program_that_listens_is_not_left_waiting_for_a_user(cps: Cps, keypad: Keypad) -> None:
    answer = cps("show", "--situations", "--json")
    assert (answer.code, answer.facts["failure"]) == (REFUSED, "failure.no_code_given")
    assert keypad.shown() == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((CANCEL,), "La saisie a été annulée sur le lecteur"),
        ((TIME_OUT,), "Le code n'a pas été tapé à temps"),
        (("12", OK), "trop court ou trop long"),
    ],
    ids=["cancelled", "too late", "too short"],
)
def test_an_entry_without_a_code_is_reported(
    cps: Cps, keypad: Keypad, rig: Rig, keys: tuple[str, ...], said: str
) -> None:
    keypad.press(*keys)
    answer = cps("show", "--situations")
    assert answer.code == REFUSED
    assert said in answer.text
    assert rig.pin_tries == 3


def test_a_wrong_code_is_reported(cps: Cps, keypad: Keypad, rig: Rig) -> None:
    press(keypad, WRONG_PIN)
    assert cps("show", "--situations").code == WRONG_CODE
    assert rig.pin_tries == 2


def test_the_code_is_changed_on_the_reader(cps: Cps, keypad: Keypad, card: Card) -> None:
    press_change(keypad, card)
    answer = cps("code", "change")
    assert answer.code == DONE, answer.text
    assert CHANGE_IT in answer.complaint
    assert is_right(cps, NEW_PIN)


def test_a_new_code_is_typed_here_where_the_reader_asks_for_none(cps: Cps, keypad: Keypad) -> None:
    keypad.become(PinpadOptions(modify=False))
    answers = [
        ("Code porteur actuel : ", PIN.decode()),
        ("Nouveau code porteur : ", NEW_PIN.decode()),
        ("encore une fois : ", NEW_PIN.decode()),
    ]
    code, shown = at_a_terminal(cps, "code", "change", answers=answers)
    assert code == DONE, shown
    assert "Ce lecteur ne sait pas demander un nouveau code" in shown
    assert is_right(cps, NEW_PIN)


def test_a_blocked_code_is_unblocked_on_the_reader(cps: Cps, keypad: Keypad, rig: Rig) -> None:
    while rig.pin_tries:
        give_wrong_code(rig.env)
    assert cps("show", "--situations").code == BLOCKED
    assert keypad.shown() == []
    press(keypad, PUK)
    press(keypad, NEW_PIN, NEW_PIN)
    answer = cps("code", "unblock")
    assert answer.code == DONE, answer.text
    assert "Tapez le code de déblocage sur le lecteur." in answer.complaint
    assert "Tapez deux fois le nouveau code porteur sur le lecteur." in answer.complaint
    assert is_right(cps, NEW_PIN)


def test_a_reader_that_takes_codes_from_its_keypad_alone(cps: Cps, keypad: Keypad, rig: Rig) -> None:
    keypad.become(PinpadOptions(firewall=True))
    answer = cps("show", "--situations", "--pin-fd", "0", typed=f"{PIN.decode()}\n")
    assert answer.code == REFUSED
    assert "Ce lecteur n'accepte un code que de son propre clavier." in answer.text
    assert rig.pin_tries == 3


def test_the_screen_says_where_to_type(rig: Rig, keypad: Keypad) -> None:
    with opened(rig) as screen:
        screen.wait_for("Identification du porteur")
        screen.choose("Saisir code")
        keypad.wait_until_asked()
        screen.wait_for(TYPE_IT)
        press(keypad, PIN)
        screen.wait_for("Le code porteur est le bon.")
        assert screen.leave() == DONE
