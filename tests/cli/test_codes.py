"""What a code may look like, and who says so."""

import pytest

from cryptolib.cli.codes.rules import UNBLOCKING, Lengths, possible

FOUR = Lengths(4, 4)


@pytest.mark.parametrize("code", ["", "123", "12345", "12a4", "12 4", "\uff11" * 4, "²" * 4, "-123", "1234\n"])
def test_what_is_no_code_never_reaches_the_card(code: str) -> None:
    assert not possible(code, FOUR)


def test_the_lengths_are_those_of_the_token() -> None:
    assert possible("1234", FOUR) and possible("0000", FOUR)
    assert [possible("1" * length, Lengths(4, 8)) for length in range(3, 10)] == [False, *[True] * 5, False]
    assert possible("12345678", UNBLOCKING) and not possible("1234", UNBLOCKING)


def test_lengths_are_told_as_users_say_them() -> None:
    assert (str(FOUR), str(Lengths(4, 8))) == ("4", "4-8")
