"""The answer to GET_FEATURE_REQUEST, and the properties of a keypad (PC/SC part 10, 2.2 and 2.6.14)."""

import pytest

from cryptolib.iso7816.connection import Keypad
from cryptolib.pcsc.features import (
    MODIFY_PIN_DIRECT,
    VERIFY_PIN_DIRECT,
    control_codes,
    keypad,
)

# As libccid answers for a reader with a keypad and a display.
LIBCCID = "06 04 42330006 07 04 42330007 0A 04 4233000A 12 04 42330012 13 04 42000001"


def test_each_feature_has_a_control_code() -> None:
    found = control_codes(bytes.fromhex(LIBCCID))
    assert found == {0x06: 0x42330006, 0x07: 0x42330007, 0x0A: 0x4233000A, 0x12: 0x42330012, 0x13: 0x42000001}


@pytest.mark.parametrize(
    ("answer", "features"),
    [
        ("", set()),
        ("06", set()),
        ("0604", set()),
        ("0604423300", set()),
        ("0602 4233 0704 42330007", {0x07}),
        ("0604 42330006 0704 4233", {0x06}),
        ("0604 42330006 0604 42330016", {0x06}),
        ("FF" * 64, set()),
    ],
)
def test_a_damaged_answer_names_the_features_that_are_whole(answer: str, features: set[int]) -> None:
    found = control_codes(bytes.fromhex(answer))
    assert set(found) == features
    assert found.get(0x06, 0x42330006) == 0x42330006


@pytest.mark.parametrize(
    ("properties", "limits"),
    [
        ("", (0, 0)),
        ("0601 04 0701 08", (4, 8)),
        ("0302 0000 0701 06 0901 00 0B04 E6080000", (0, 6)),
        ("0601", (0, 0)),
    ],
)
def test_what_a_reader_says_of_its_keypad(properties: str, limits: tuple[int, int]) -> None:
    found = keypad({VERIFY_PIN_DIRECT: 1}, bytes.fromhex(properties))
    assert (found.changes, found.minimum, found.maximum) == (False, *limits)
    both = keypad({VERIFY_PIN_DIRECT: 1, MODIFY_PIN_DIRECT: 2}, b"")
    assert both.changes


@pytest.mark.parametrize(
    ("limits", "digits", "field", "taken"),
    [
        ((0, 0), (4, 4), 4, True),
        ((4, 8), (4, 8), 0, True),
        ((5, 8), (4, 8), 0, False),
        ((4, 6), (4, 8), 0, False),
        ((4, 6), (4, 4), 4, True),
        ((0, 0), (4, 4), 15, True),
        ((0, 0), (4, 4), 16, False),
        ((0, 0), (4, 8), 6, False),
        ((0, 0), (4, 16), 0, False),
    ],
)
def test_a_keypad_takes_what_the_structures_can_say_and_its_reader_types(
    limits: tuple[int, int], digits: tuple[int, int], field: int, taken: bool
) -> None:
    assert Keypad(True, *limits).takes(*digits, field) is taken
