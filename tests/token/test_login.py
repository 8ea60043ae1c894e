"""Logging in and out, changing and unblocking the code porteur: states, return values, tries."""

from collections.abc import Callable

import pytest

from cryptolib.cryptoki.constants import (
    CKF_SO_PIN_COUNT_LOW,
    CKF_SO_PIN_FINAL_TRY,
    CKF_SO_PIN_LOCKED,
    CKF_USER_PIN_COUNT_LOW,
    CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_LOCKED,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED,
    CKR_OK,
    CKR_PIN_INCORRECT,
    CKR_PIN_LEN_RANGE,
    CKR_PIN_LOCKED,
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID,
    CKU_CONTEXT_SPECIFIC,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.token import Token
from tests.support import CARDS, PIN, PUK, WRONG_PIN, VirtualConnection, labelled, opened, secret

NEW_PIN = b"4321"
LOW = CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED
SO_LOW = CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED


class Holder:
    """A token, and a holder who types codes."""

    def __init__(self, profile: str) -> None:
        self.connection, self.token = opened(profile)
        self.card = self.connection.card

    def code(self, work: Callable[[Token], object]) -> int:
        """The CK_RV that `work` comes to."""
        try:
            work(self.token)
        except CryptokiError as error:
            return error.code
        return CKR_OK

    def log_in(self, code: bytes = PIN, user: int = CKU_USER) -> int:
        return self.code(lambda token: token.log_in(user, secret(code)))

    def log_out(self) -> int:
        return self.code(lambda token: token.log_out())

    def change(self, old: bytes, new: bytes) -> int:
        return self.code(lambda token: token.change_pin(secret(old), secret(new)))

    def reset(self, new: bytes) -> int:
        return self.code(lambda token: token.reset_pin(secret(new)))

    def presented(self) -> bool:
        """Whether the card itself holds the code porteur for presented."""
        return self.card.chip.security.pin(1).verified


@pytest.fixture(params=CARDS)
def holder(request: pytest.FixtureRequest) -> Holder:
    return Holder(request.param)


class TestLogin:
    def test_login_and_logout_set_and_clear_the_user(self, holder: Holder) -> None:
        assert holder.token.user() is None
        assert holder.log_in() == CKR_OK
        assert holder.token.user() == CKU_USER
        assert holder.log_out() == CKR_OK
        assert holder.token.user() is None
        assert holder.log_out() == CKR_USER_NOT_LOGGED_IN

    def test_a_second_login_is_refused(self, holder: Holder) -> None:
        holder.log_in()
        assert holder.log_in() == CKR_USER_ALREADY_LOGGED_IN
        assert holder.log_in(WRONG_PIN) == CKR_USER_ALREADY_LOGGED_IN
        assert holder.log_in(PUK, CKU_SO) == CKR_USER_ANOTHER_ALREADY_LOGGED_IN
        holder.log_out()
        assert holder.log_in(PUK, CKU_SO) == CKR_OK
        assert holder.log_in(PUK, CKU_SO) == CKR_USER_ALREADY_LOGGED_IN
        assert holder.log_in() == CKR_USER_ANOTHER_ALREADY_LOGGED_IN
        assert holder.card.pin_tries == 3

    @pytest.mark.parametrize("code", [b"", b"1", b"123", b"12345", b"1" * 127, b"1" * 300])
    def test_a_code_of_another_length_spends_no_try(self, holder: Holder, code: bytes) -> None:
        assert holder.log_in(code) == CKR_PIN_INCORRECT
        assert holder.connection.commands == []

    @pytest.mark.parametrize("user", [CKU_CONTEXT_SPECIFIC, 3, 1 << 63])
    def test_an_unknown_user_type_is_refused(self, holder: Holder, user: int) -> None:
        assert holder.log_in(PIN, user) == CKR_USER_TYPE_INVALID
        assert holder.connection.commands == []

    def test_without_codes_no_code_is_initialised(self, holder: Holder) -> None:
        holder.token.directory.pins.clear()
        assert holder.log_in() == CKR_USER_PIN_NOT_INITIALIZED
        assert holder.log_in(PUK, CKU_SO) == CKR_USER_PIN_NOT_INITIALIZED
        assert holder.change(PIN, NEW_PIN) == CKR_USER_PIN_NOT_INITIALIZED
        assert not holder.token.flags() & (LOW | SO_LOW)

    def test_wrong_codes_until_the_card_is_blocked_and_then_unblocked(self, holder: Holder) -> None:
        name = holder.card.name
        third = CKR_PIN_INCORRECT if name == "cps3" else CKR_PIN_LOCKED
        codes = [holder.log_in(WRONG_PIN) for _ in range(4)]
        assert codes == [CKR_PIN_INCORRECT, CKR_PIN_INCORRECT, third, CKR_PIN_LOCKED]
        assert holder.log_in() == CKR_PIN_LOCKED
        assert holder.log_in(PUK, CKU_SO) == CKR_OK
        assert holder.reset(NEW_PIN) == CKR_OK
        holder.log_out()
        assert holder.log_in(NEW_PIN) == CKR_OK

    def test_nothing_asks_the_card_who_is_logged_in(self, holder: Holder) -> None:
        holder.log_in()
        holder.connection.forget()
        assert holder.token.user() == CKU_USER
        assert holder.connection.commands == []


class TestFlags:
    def test_they_follow_the_tries_of_both_codes(self, holder: Holder) -> None:
        expected = {
            3: 0,
            2: CKF_USER_PIN_COUNT_LOW,
            1: CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
            0: CKF_USER_PIN_LOCKED,
        }
        for tries, flags in expected.items():
            holder.card.state.tries["pin"] = tries
            assert holder.token.flags() & LOW == flags
        expected = {
            10: 0,
            9: CKF_SO_PIN_COUNT_LOW,
            1: CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY,
            0: CKF_SO_PIN_LOCKED,
        }
        for tries, flags in expected.items():
            holder.card.state.tries["puk"] = tries
            assert holder.token.flags() & SO_LOW == flags

    def test_asking_spends_no_try_and_ends_no_login(self, holder: Holder) -> None:
        holder.log_in()
        for _ in range(3):
            holder.token.flags()
        assert holder.token.user() == CKU_USER
        assert holder.presented()
        assert (holder.card.pin_tries, holder.card.puk_tries) == (3, 10)


class TestCodes:
    def test_the_code_is_changed_in_every_state(self, holder: Holder) -> None:
        assert holder.change(PIN, NEW_PIN) == CKR_OK
        assert holder.log_in(PIN) == CKR_PIN_INCORRECT
        assert holder.log_in(NEW_PIN) == CKR_OK
        assert holder.change(NEW_PIN, PIN) == CKR_OK
        assert holder.token.user() == CKU_USER
        holder.log_out()
        holder.log_in(PUK, CKU_SO)
        assert holder.change(PIN, NEW_PIN) == CKR_OK
        assert holder.token.user() == CKU_SO

    def test_a_wrong_old_code_costs_a_try(self, holder: Holder) -> None:
        assert holder.change(WRONG_PIN, NEW_PIN) == CKR_PIN_INCORRECT
        assert holder.card.pin_tries == 2

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (b"123", NEW_PIN, CKR_PIN_INCORRECT),
            (b"", NEW_PIN, CKR_PIN_INCORRECT),
            (PIN, b"123", CKR_PIN_LEN_RANGE),
            (PIN, b"12345", CKR_PIN_LEN_RANGE),
            (PIN, b"", CKR_PIN_LEN_RANGE),
            (PIN, b"1" * 300, CKR_PIN_LEN_RANGE),
        ],
    )
    def test_a_new_code_of_wrong_length_is_refused_without_the_card(
        self, holder: Holder, old: bytes, new: bytes, code: int
    ) -> None:
        assert holder.change(old, new) == code
        assert holder.connection.commands == []

    def test_unblocking_takes_the_code_de_deblocage(self, holder: Holder) -> None:
        assert holder.reset(NEW_PIN) == CKR_USER_NOT_LOGGED_IN
        holder.log_in()
        assert holder.reset(NEW_PIN) == CKR_USER_NOT_LOGGED_IN
        holder.log_out()
        holder.log_in(PUK, CKU_SO)
        assert holder.reset(b"123") == CKR_PIN_LEN_RANGE
        assert holder.reset(NEW_PIN) == CKR_OK
        assert holder.card.state.values["pin"] == NEW_PIN.decode()

    def test_the_code_de_deblocage_is_not_kept(self, holder: Holder) -> None:
        """After a reset of the card nothing is left to present it again."""
        holder.log_in(PUK, CKU_SO)
        holder.connection.reset_elsewhere()
        assert holder.reset(NEW_PIN) == CKR_USER_NOT_LOGGED_IN
        assert holder.card.state.values["pin"] == PIN.decode()
        assert holder.card.puk_tries == 10

    def test_a_cps3_distinguishes_a_refused_code_after_login_from_a_lost_login(self) -> None:
        """A wrong old code takes the card's authentication away: what follows says that nobody is logged in."""
        holder = Holder("cps3")
        holder.log_in()
        holder.change(WRONG_PIN, NEW_PIN)
        activity = labelled(holder.token, "CPS_ACTIVITY_01_PS")
        assert holder.code(lambda _token: activity.value(0x11)) == CKR_USER_NOT_LOGGED_IN
        assert holder.token.user() is None
        assert holder.log_in() == CKR_OK


class TestStatusWords:
    """Every answer to VERIFY has one meaning; whoever is refused is not logged in."""

    @pytest.mark.parametrize(
        ("sw", "code"),
        [
            (0x6300, None),
            (0x63C0, None),
            (0x63C1, CKR_PIN_INCORRECT),
            (0x6983, CKR_PIN_LOCKED),
            (0x6984, CKR_PIN_LOCKED),
            (0x6985, CKR_PIN_LOCKED),
            (0x6982, CKR_USER_NOT_LOGGED_IN),
            (0x6700, CKR_DATA_LEN_RANGE),
            (0x6A80, CKR_DATA_INVALID),
            (0x6F00, CKR_DEVICE_ERROR),
            (0x6200, CKR_DEVICE_ERROR),
            (0x9100, CKR_DEVICE_ERROR),
        ],
    )
    def test_a_refused_login_has_the_code_of_its_status_word(self, holder: Holder, sw: int, code: int | None) -> None:
        if code is None:
            code = CKR_PIN_INCORRECT if holder.card.name == "cps3" else CKR_PIN_LOCKED
        holder.connection.refuse(0x20, sw)
        assert holder.log_in() == code
        assert holder.token.user() is None
        holder.connection.obey()
        assert holder.log_in() == CKR_OK


class TestResets:
    """A reset by another process ends the login; a new one works at once and spends no try."""

    def test_a_reset_ends_the_login(self, holder: Holder) -> None:
        holder.log_in()
        holder.connection.reset_elsewhere()
        assert holder.token.user() is None
        assert holder.log_out() == CKR_USER_NOT_LOGGED_IN
        assert holder.log_in() == CKR_OK
        assert holder.card.pin_tries == 3

    def test_a_login_right_after_a_reset_works(self, holder: Holder) -> None:
        holder.log_in()
        holder.connection.reset_elsewhere()
        assert holder.log_in() == CKR_OK
        assert holder.presented()

    @pytest.mark.parametrize("times", [2, 8])
    def test_eight_resets_in_a_row_are_survived(self, holder: Holder, times: int) -> None:
        """Other programs log out, one after the other: each of them has the right to."""
        holder.log_in()
        holder.connection.reset_elsewhere(times)
        assert holder.code(lambda token: token.random(8)) == CKR_OK
        assert holder.token.user() is None
        assert holder.log_in() == CKR_OK

    def test_endless_resets_are_a_device_error(self, holder: Holder) -> None:
        holder.log_in()
        holder.connection.reset_elsewhere(times=100)
        assert holder.code(lambda token: token.random(8)) == CKR_DEVICE_ERROR
        assert holder.token.user() is None

    def test_a_mute_card_ends_the_login(self, holder: Holder) -> None:
        holder.log_in()
        holder.connection.fault("ins=84 do=mute")
        assert holder.code(lambda token: token.random(8)) == CKR_DEVICE_ERROR
        assert holder.token.user() is None
        assert holder.log_in() == CKR_OK

    def test_a_removed_card_is_device_removed(self, holder: Holder) -> None:
        holder.log_in()
        holder.connection.fault("ins=84 do=remove")
        assert holder.code(lambda token: token.random(8)) == CKR_DEVICE_REMOVED
        assert holder.log_in() == CKR_DEVICE_REMOVED


def chain(error: BaseException) -> str:
    """All that an exception and its causes say."""
    said = ""
    seen: BaseException | None = error
    while seen is not None:
        said += repr(seen) + str(seen) + repr(seen.args)
        seen = seen.__cause__ or seen.__context__
    return said


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("sw", ["63C1", "6983", "6982", "6700", "6F00", "6A86"])
def test_no_exception_and_no_repr_shows_a_code(profile: str, sw: str) -> None:
    holder = Holder(profile)
    code = secret(b"7391")
    connection: VirtualConnection = holder.connection
    connection.refuse(0x20, int(sw, 16))
    connection.refuse(0x24, int(sw, 16))
    attempts: list[Callable[[Token], None]] = [
        lambda token: token.log_in(CKU_USER, code),
        lambda token: token.change_pin(code, code),
        lambda token: token.log_in(CKU_USER, secret(b"73915")),
    ]
    for attempt in attempts:
        with pytest.raises(CryptokiError) as caught:
            attempt(holder.token)
        assert not [said for said in ("7391", "37333931") if said in chain(caught.value) + repr(code)]
