"""`cps code status | change | unblock`, as a user types it: what it says, what it refuses, and what each try costs."""

import pytest

from conformance.testbed.cards import PIN, PUK, WRONG_PIN, WRONG_PUK, Card
from conformance.testbed.cps_command import (
    BLOCKED,
    BUSY,
    FAILURE,
    NO_CARD,
    OK,
    REFUSED,
    USAGE,
    WARNING,
    WRONG_CODE,
    Answer,
    Cps,
    at_a_terminal,
    give_wrong_code,
    in_one_line,
)
from conformance.testbed.rig import Rig

NEW_PIN = b"4321"
CURRENT, NEW, AGAIN = "Code porteur actuel : ", "Nouveau code porteur : ", "encore une fois : "
FOREIGN_DIGITS = "\N{FULLWIDTH DIGIT ONE}".encode() * 4
UNBLOCKING = "Code de déblocage : "


def given(cps: Cps, command: str, *codes: bytes, options: tuple[str, ...] = ()) -> Answer:
    lines = "".join(f"{code.decode()}\n" for code in codes)
    return cps("code", command, "--pin-fd", "0", *options, typed=lines)


def change(cps: Cps, old: bytes, new: bytes) -> int:
    return given(cps, "change", old, new).code


def codes_presented(rig: Rig) -> int:
    """How many commands carried a code: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER with data."""
    return len([each for each in rig.log() if each.command[1] in (0x20, 0x24, 0x2C) and len(each.command) > 5])


def block(cps: Cps, rig: Rig) -> None:
    while rig.pin_tries:
        give_wrong_code(rig.env)


# --- status


def test_status_shows_both_codes_their_form_and_where_a_lost_letter_is_asked_for(cps: Cps, card: Card) -> None:
    answer = cps("code", "status")
    shown = in_one_line(answer.text)
    assert answer.code == OK
    assert "Code porteur ✔ OK" in shown and "Code de déblocage ✔ OK" in shown
    assert "code porteur : 4 chiffres ; code de déblocage : 8 chiffres" in shown
    assert "service client de l'ANS" in shown and "CPAM" in shown


def test_status_for_programs(cps: Cps, card: Card) -> None:
    (shown,) = cps("code", "status", "--json").facts["readers"]
    assert shown["code_porteur"] == {"tries": "enough", "minimum": 4, "maximum": 4}
    assert shown["code_deblocage"] == {"tries": "enough", "minimum": 8, "maximum": 8}


def test_status_says_what_to_do_as_the_tries_are_spent(cps: Cps, card: Card, rig: Rig) -> None:
    codes = []
    for _ in range(3):
        give_wrong_code(rig.env)
        answer = cps("code", "status")
        codes.append(answer.code)
    assert codes == [WARNING, WARNING, FAILURE]
    assert "« cps code unblock » permet d'en choisir un nouveau" in in_one_line(answer.text)


def test_the_card_at_the_antenna_has_no_code(cps: Cps, rig: Rig) -> None:
    rig.insert("cps3cl")
    try:
        assert "sans code" in cps("code", "status").text
        assert given(cps, "change", PIN, NEW_PIN).code == FAILURE
        assert given(cps, "unblock", PUK, NEW_PIN).code == FAILURE
    finally:
        rig.insert("cps4")


# --- change


def test_the_code_is_changed_after_the_new_one_was_typed_twice(cps: Cps, card: Card, rig: Rig) -> None:
    answers = [(CURRENT, "1234"), (NEW, "4321"), (AGAIN, "4312"), (NEW, "4321"), (AGAIN, "4321")]
    code, shown = at_a_terminal(cps, "code", "change", answers=answers)
    assert (code, "diffèrent" in shown, "Le code porteur est changé" in shown) == (OK, True, True)
    assert not [typed for _, typed in answers if typed in shown]
    assert change(cps, NEW_PIN, PIN) == OK


def test_letters_are_refused_before_the_card_hears_of_them(cps: Cps, card: Card, rig: Rig) -> None:
    code, shown = at_a_terminal(cps, "code", "change", answers=[(CURRENT, "12a4"), (CURRENT, "")])
    assert (code, "il faut 4 chiffres" in shown) == (REFUSED, True)
    for wrong in (b"12a4", b"123", b"12345", FOREIGN_DIGITS):
        assert change(cps, wrong, NEW_PIN) == REFUSED
        assert change(cps, PIN, wrong) == REFUSED
    for wrong in (b"1234567x", b"1234567", PIN):
        assert given(cps, "unblock", wrong, NEW_PIN).code == REFUSED
    assert given(cps, "unblock", PUK, b"43a1").code == REFUSED
    assert (codes_presented(rig), rig.pin_tries, rig.puk_tries) == (0, 3, 10)


def test_a_wrong_current_code_costs_one_try_and_the_next_step_is_shown(cps: Cps, card: Card, rig: Rig) -> None:
    answers = [given(cps, "change", WRONG_PIN, NEW_PIN) for _ in range(2)]
    assert [each.code for each in answers] == [WRONG_CODE, WRONG_CODE]
    assert "Il ne reste qu'un essai" in answers[1].text
    assert rig.pin_tries == 1
    kept = given(cps, "change", PIN, NEW_PIN)
    assert (kept.code, rig.pin_tries) == (REFUSED, 1)
    spent = given(cps, "change", WRONG_PIN, NEW_PIN, options=("--force", "--json"))
    assert (spent.code, spent.facts["failure"]) == (BLOCKED, "failure.now_locked")
    assert "cps code unblock" in spent.facts["advice"]
    assert change(cps, PIN, NEW_PIN) == BLOCKED


@pytest.mark.parametrize(("said", "code", "tries"), [("oui", OK, 3), ("non", REFUSED, 1)])
def test_the_last_try_is_used_after_a_confirmation_only(
    cps: Cps, card: Card, rig: Rig, said: str, code: int, tries: int
) -> None:
    for _ in range(2):
        give_wrong_code(rig.env)
    typed = [(CURRENT, "1234"), (NEW, "4321"), (AGAIN, "4321")] if said == "oui" else []
    answered, shown = at_a_terminal(cps, "code", "change", answers=[("(oui/non) : ", said), *typed])
    assert (answered, rig.pin_tries, "Il ne reste qu'un essai" in shown) == (code, tries, True)


def test_no_code_no_card_no_terminal(cps: Cps, card: Card, rig: Rig) -> None:
    assert given(cps, "change").code == REFUSED
    assert cps("code", "change").code == REFUSED
    assert cps("code", "change", "1234").code == USAGE
    rig.remove()
    try:
        assert (change(cps, PIN, NEW_PIN), cps("code", "status").code) == (NO_CARD, NO_CARD)
    finally:
        rig.insert()


# --- unblock


def test_a_blocked_code_is_set_anew(cps: Cps, card: Card, rig: Rig) -> None:
    block(cps, rig)
    answers = [(UNBLOCKING, PUK.decode()), (NEW, "4321"), (AGAIN, "4321")]
    code, shown = at_a_terminal(cps, "code", "unblock", answers=answers)
    assert (code, rig.pin_tries, PUK.decode() in shown) == (OK, 3, False)
    assert change(cps, NEW_PIN, PIN) == OK


def test_a_forgotten_code_is_set_anew(cps: Cps, card: Card, rig: Rig) -> None:
    assert given(cps, "unblock", PUK, NEW_PIN).code == OK
    assert change(cps, NEW_PIN, PIN) == OK


def test_wrong_codes_de_deblocage_are_spent_with_care(cps: Cps, card: Card, rig: Rig) -> None:
    block(cps, rig)
    while rig.puk_tries > 1:
        assert given(cps, "unblock", WRONG_PUK, NEW_PIN).code == WRONG_CODE
    assert given(cps, "unblock", PUK, NEW_PIN).code == REFUSED
    last = given(cps, "unblock", WRONG_PUK, NEW_PIN, options=("--force",))
    assert (last.code, rig.puk_tries) == (BLOCKED, 0)
    dead = given(cps, "unblock", PUK, NEW_PIN)
    assert (dead.code, "nouvelle carte" in dead.text) == (BLOCKED, True)
    assert "nouvelle carte" in in_one_line(cps("code", "status").text)


# --- other programs, other cards


def test_another_program_has_the_card(cps: Cps, rig: Rig) -> None:
    rig.insert("cps4")
    with rig.exclusive_to_another():
        answer = given(cps, "change", PIN, NEW_PIN)
    assert (answer.code, "Un autre programme utilise la carte" in answer.text) == (BUSY, True)


def test_of_two_cards_one_has_to_be_named(cps: Cps, rig: Rig) -> None:
    rig.insert("cps4")
    rig.second.insert("cps3")
    try:
        assert change(cps, PIN, NEW_PIN) == USAGE
        assert given(cps, "change", WRONG_PIN, NEW_PIN, options=("--reader", "00 01")).code == WRONG_CODE
        assert (rig.pin_tries, rig.second.pin_tries) == (3, 2)
    finally:
        rig.second.new_pins()
        rig.second.remove()


def test_a_card_that_was_swapped_while_the_code_was_typed_is_left_alone(cps: Cps, rig: Rig) -> None:
    rig.insert("cps4")

    class Swap(str):
        """The answer to a question, typed once the card was swapped."""

        def encode(self, *how: str) -> bytes:
            rig.insert("cps3")
            return str.encode(str(self), *how)

    try:
        answers = [(CURRENT, Swap("1234")), (NEW, "4321"), (AGAIN, "4321")]
        code, shown = at_a_terminal(cps, "code", "change", answers=answers)
        assert (code, rig.pin_tries) == (REFUSED, 3), shown
        assert change(cps, PIN, NEW_PIN) == OK
        assert change(cps, NEW_PIN, PIN) == OK
    finally:
        rig.insert("cps4")


def test_with_lang_en_the_text_is_english(rig: Rig, card: Card) -> None:
    answer = Cps(rig.env)("code", "status", "--lang", "en")
    assert "code porteur: 4 digits" in in_one_line(answer.text)
