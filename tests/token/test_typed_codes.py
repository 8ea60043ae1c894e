"""Codes that the holder types on the reader: what each card is sent, what each end of an entry comes to."""

from collections.abc import Callable

import pytest

from cryptolib.cryptoki.constants import (
    CKF_PROTECTED_AUTHENTICATION_PATH,
    CKR_ARGUMENTS_BAD,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED,
    CKR_FUNCTION_CANCELED,
    CKR_FUNCTION_FAILED,
    CKR_OK,
    CKR_PIN_INCORRECT,
    CKR_PIN_INVALID,
    CKR_PIN_LEN_RANGE,
    CKR_PIN_LOCKED,
    CKR_USER_ALREADY_LOGGED_IN,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816 import budget
from cryptolib.iso7816.connection import CardRemoved, Keypad
from cryptolib.iso7816.typed_code import TypedCode
from cryptolib.token.token import Token
from tests.keypad import KeypadConnection, at_keypad
from tests.support import CARDS, PIN, PUK, WRONG_PIN, opened, secret

NEW_PIN = b"4321"
# The entries of a change and of a new code: a CPS4 presents the old code in a command of its own.
CHANGE: dict[str, list[list[bytes] | int]] = {"cps3": [[PIN, NEW_PIN, NEW_PIN]], "cps4": [[PIN], [NEW_PIN, NEW_PIN]]}


class Holder:
    """A token in a reader with a keypad."""

    def __init__(self, profile: str, *variations: str) -> None:
        self.connection, self.token = at_keypad(profile, *variations)
        self.card = self.connection.card

    def code(self, work: Callable[[Token], object]) -> int:
        try:
            work(self.token)
        except CryptokiError as error:
            return error.code
        return CKR_OK

    def types(self, *entries: list[bytes] | int) -> None:
        self.connection.typed = list(entries)

    def log_in(self, user: int = CKU_USER) -> int:
        return self.code(lambda token: token.log_in(user, None))

    def change(self) -> int:
        return self.code(lambda token: token.change_pin(None, None))

    def reset(self) -> int:
        return self.code(lambda token: token.reset_pin(None))

    def presented(self) -> bool:
        return self.card.chip.security.pin(1).verified


@pytest.fixture(params=CARDS)
def holder(request: pytest.FixtureRequest) -> Holder:
    return Holder(request.param)


def test_the_flag_is_that_of_the_reader(holder: Holder) -> None:
    assert holder.token.flags() & CKF_PROTECTED_AUTHENTICATION_PATH
    holder.connection.pad = Keypad(changes=False)
    assert holder.token.flags() & CKF_PROTECTED_AUTHENTICATION_PATH
    holder.connection.pad = Keypad(True, minimum=5)
    assert not holder.token.flags() & CKF_PROTECTED_AUTHENTICATION_PATH
    holder.connection.pad = None
    assert not holder.token.flags() & CKF_PROTECTED_AUTHENTICATION_PATH


def test_a_card_without_codes_has_no_flag() -> None:
    _connection, token = at_keypad("cps3cl")
    assert not token.flags() & CKF_PROTECTED_AUTHENTICATION_PATH


@pytest.mark.parametrize("profile", CARDS)
def test_the_flag_costs_no_command(profile: str) -> None:
    (plain, without), (connection, token) = opened(profile), at_keypad(profile)
    for each in (without, token):
        each.flags()
    assert connection.commands == plain.commands


class TestLogin:
    def test_holder_and_security_officer_log_in_with_typed_codes(self, holder: Holder) -> None:
        holder.types([PIN])
        assert holder.log_in() == CKR_OK
        assert (holder.token.user(), holder.presented()) == (CKU_USER, True)
        assert holder.log_in() == CKR_USER_ALREADY_LOGGED_IN
        holder.token.log_out()
        holder.types([PUK])
        assert holder.log_in(CKU_SO) == CKR_OK
        assert holder.token.user() == CKU_SO

    def test_no_code_is_in_what_the_module_sends(self, holder: Holder) -> None:
        holder.types([PIN])
        holder.log_in()
        assert holder.connection.secrets == []
        assert all(PIN.hex() not in structure for structure in holder.connection.structures)

    def test_wrong_codes_until_the_card_is_blocked(self, holder: Holder) -> None:
        third = CKR_PIN_INCORRECT if holder.card.name == "cps3" else CKR_PIN_LOCKED
        holder.types([WRONG_PIN], [WRONG_PIN], [WRONG_PIN])
        assert [holder.log_in() for _ in range(3)] == [CKR_PIN_INCORRECT, CKR_PIN_INCORRECT, third]
        # Nobody is asked for a code that is blocked.
        assert holder.log_in() == CKR_PIN_LOCKED
        assert len(holder.connection.structures) == 3

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (0x6400, CKR_FUNCTION_FAILED),
            (0x6401, CKR_FUNCTION_CANCELED),
            (0x6402, CKR_PIN_INVALID),
            (0x6403, CKR_PIN_LEN_RANGE),
            (0x6B80, CKR_DEVICE_ERROR),
            (0x6F00, CKR_DEVICE_ERROR),
        ],
    )
    def test_an_entry_that_ends_without_a_code(self, holder: Holder, answer: int, code: int) -> None:
        holder.types(answer, [PIN])
        assert holder.log_in() == code
        assert (holder.token.user(), holder.card.pin_tries) == (None, 3)
        assert holder.log_in() == CKR_OK

    def test_a_card_that_is_taken_out_meanwhile(self, holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
        def pulled(_command: bytes, _codes: object) -> bytes:
            raise CardRemoved("SCardControl")

        monkeypatch.setattr(holder.connection, "transmit_typed", pulled)
        assert holder.log_in() == CKR_DEVICE_REMOVED
        assert holder.token.user() is None

    def test_the_application_may_still_give_the_code(self, holder: Holder) -> None:
        assert holder.code(lambda token: token.log_in(CKU_USER, secret(PIN))) == CKR_OK
        assert holder.connection.structures == []

    def test_another_applet_was_selected_meanwhile(self, holder: Holder) -> None:
        """The question for the tries brings the application back: nobody has to type a code twice."""
        holder.types([PIN])
        name = "80250000 01FF0002" if holder.card.name == "cps3" else "A0000001510000"
        aid = bytes.fromhex(name)
        holder.connection.elsewhere(f"00A40400{len(aid):02X}{aid.hex()}")
        assert holder.log_in() == CKR_OK
        assert len(holder.connection.structures) == 1

    def test_a_reader_without_keypad_takes_none(self, holder: Holder) -> None:
        holder.connection.pad = None
        assert holder.log_in() == CKR_ARGUMENTS_BAD
        assert holder.connection.commands == []

    def test_the_time_of_the_holder_is_not_that_of_the_card(
        self, holder: Holder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A change takes several entries, and commands after them."""
        slow = holder.connection.transmit_typed
        now = [0.0]
        monkeypatch.setattr(budget, "monotonic", lambda: now[0])
        monkeypatch.setattr("cryptolib.cards.presenting.monotonic", lambda: now[0])

        def typed(command: bytes, codes: list[TypedCode]) -> bytes:
            now[0] += budget.SECONDS + 1
            return slow(command, codes)

        monkeypatch.setattr(holder.connection, "transmit_typed", typed)
        holder.types(*CHANGE[holder.card.name])
        budget.begin_call()
        assert holder.change() == CKR_OK
        assert holder.code(lambda token: token.random(8)) == CKR_OK


class TestChange:
    def test_the_code_is_changed_with_the_old_one(self, holder: Holder) -> None:
        holder.types(*CHANGE[holder.card.name])
        assert holder.change() == CKR_OK
        assert holder.card.state.values["pin"] == "4321"
        assert (holder.token.user(), holder.presented()) == (None, False)

    def test_a_wrong_old_code_costs_one_try(self, holder: Holder) -> None:
        holder.types([WRONG_PIN, NEW_PIN, NEW_PIN] if holder.card.name == "cps3" else [WRONG_PIN])
        assert holder.change() == CKR_PIN_INCORRECT
        assert (holder.card.state.values["pin"], holder.card.pin_tries) == ("1234", 2)

    @pytest.mark.parametrize(
        ("answer", "code"),
        [(0x6400, CKR_FUNCTION_FAILED), (0x6401, CKR_FUNCTION_CANCELED), (0x6402, CKR_PIN_INVALID)],
    )
    def test_a_change_that_is_given_up_leaves_the_code_as_it_was(self, holder: Holder, answer: int, code: int) -> None:
        holder.types(*CHANGE[holder.card.name][:-1], answer)
        assert holder.change() == code
        assert (holder.card.state.values["pin"], holder.presented()) == ("1234", False)

    def test_a_reader_that_only_verifies_changes_no_code(self, holder: Holder) -> None:
        holder.connection.pad = Keypad(changes=False)
        holder.types([PIN])
        assert holder.change() == CKR_ARGUMENTS_BAD
        assert holder.code(lambda token: token.change_pin(secret(PIN), secret(NEW_PIN))) == CKR_OK
        assert holder.connection.structures == []


class TestUnblocking:
    def test_the_security_officer_sets_a_typed_code(self, holder: Holder) -> None:
        holder.types([WRONG_PIN], [WRONG_PIN], [WRONG_PIN], [PUK], [NEW_PIN, NEW_PIN])
        for _try in range(3):
            holder.log_in()
        assert holder.log_in(CKU_SO) == CKR_OK
        assert holder.reset() == CKR_OK
        assert (holder.card.state.values["pin"], holder.card.pin_tries) == ("4321", 3)

    def test_a_given_puk_allows_a_typed_new_code(self, holder: Holder) -> None:
        holder.types([NEW_PIN, NEW_PIN])
        holder.token.log_in(CKU_SO, secret(PUK))
        assert holder.reset() == CKR_OK
        assert holder.card.state.values["pin"] == "4321"

    def test_a_cancelled_entry_leaves_the_code_as_it_was(self, holder: Holder) -> None:
        holder.types([PUK], 0x6401)
        holder.log_in(CKU_SO)
        assert holder.reset() == CKR_FUNCTION_CANCELED
        assert holder.card.state.values["pin"] == "1234"


class TestFirewall:
    """A reader that lets the application give no code: the card is well, and not one try is spent."""

    @pytest.mark.parametrize("answer", [0, 0x6900, 0x6982, 0x6984, 0x6985, 0x6986])
    def test_a_given_code_is_a_bad_argument_and_costs_no_try(self, holder: Holder, answer: int) -> None:
        holder.connection.refuses_given = answer
        assert holder.code(lambda token: token.log_in(CKU_USER, secret(PIN))) == CKR_ARGUMENTS_BAD
        assert holder.code(lambda token: token.change_pin(secret(PIN), secret(NEW_PIN))) == CKR_ARGUMENTS_BAD
        assert (holder.token.user(), holder.card.pin_tries) == (None, 3)
        holder.types([PIN])
        assert holder.log_in() == CKR_OK

    def test_a_code_that_is_blocked_is_the_cards_own_refusal(self, holder: Holder) -> None:
        holder.types([WRONG_PIN], [WRONG_PIN], [WRONG_PIN])
        for _try in range(3):
            holder.log_in()
        assert holder.code(lambda token: token.log_in(CKU_USER, secret(PIN))) == CKR_PIN_LOCKED

    def test_without_a_keypad_it_is_the_cards_own_refusal(self, holder: Holder) -> None:
        holder.connection.pad, holder.connection.refuses_given = None, 0x6985
        assert holder.code(lambda token: token.log_in(CKU_USER, secret(PIN))) == CKR_PIN_LOCKED
        holder.connection.refuses_given = 0
        assert holder.code(lambda token: token.log_in(CKU_USER, secret(PIN))) == CKR_DEVICE_ERROR


def logged_in(connection: KeypadConnection, token: Token, code: bytes) -> None:
    connection.typed = [[code]]
    token.log_in(CKU_USER, None)


@pytest.mark.parametrize(
    ("profile", "variations", "template"),
    [
        ("cps3", ["pin-padding=FF"], "0020000108" + "FF" * 8),
        ("cps4", ["pin-padding=00"], "0120000108" + "00" * 8),
        ("cps3", ["pin-padding=FF:12"], "002000010C" + "FF" * 12),
        ("cps4", ["pin-digits=4-8"], "0120000100"),
        ("cps3", ["pin-digits=4-8", "pin-padding=FF"], "0020000108" + "FF" * 8),
        ("cps3", [], "0020000104FFFFFFFF"),
        ("cps4", [], "0120000104FFFFFFFF"),
    ],
)
def test_the_command_has_the_form_in_which_the_card_keeps_its_code(
    profile: str, variations: list[str], template: str
) -> None:
    connection, token = at_keypad(profile, *variations)
    logged_in(connection, token, PIN)
    assert connection.structures[0].upper().endswith(template)
    assert token.user() == CKU_USER


@pytest.mark.parametrize("variations", [["pin-digits=4-8"], ["pin-digits=4-8", "pin-padding=FF"]])
@pytest.mark.parametrize("profile", CARDS)
def test_a_code_may_have_four_to_eight_digits(profile: str, variations: list[str]) -> None:
    connection, token = at_keypad(profile, *variations)
    last = PIN
    for code in (b"12345", b"87654321", b"4321"):
        connection.typed = [[last, code, code]] if profile == "cps3" else [[last], [code, code]]
        token.change_pin(None, None)
        assert connection.card.state.values["pin"] == code.decode()
        last = code
    logged_in(connection, token, last)


@pytest.mark.parametrize("profile", CARDS)
def test_a_field_that_the_structures_cannot_say_is_not_typed(profile: str) -> None:
    connection, token = at_keypad(profile, "pin-padding=FF:16")
    assert not token.flags() & CKF_PROTECTED_AUTHENTICATION_PATH
    with pytest.raises(CryptokiError) as refused:
        logged_in(connection, token, PIN)
    assert refused.value.code == CKR_ARGUMENTS_BAD
    token.log_in(CKU_USER, secret(PIN))
