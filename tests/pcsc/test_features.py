"""The answer to GET_FEATURE_REQUEST, and the properties of a keypad (PC/SC part 10, 2.2 and 2.6.14)."""

import pytest

from cryptolib.pcsc.features import (
    MODIFY_PIN_DIRECT,
    TLV_PROPERTIES,
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


def test_a_reader_that_verifies_nothing_has_no_keypad() -> None:
    assert keypad({}, b"") is None
    assert keypad({MODIFY_PIN_DIRECT: 1, TLV_PROPERTIES: 2}, b"") is None


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
    assert found is not None
    assert (found.changes, found.minimum, found.maximum) == (False, *limits)
    both = keypad({VERIFY_PIN_DIRECT: 1, MODIFY_PIN_DIRECT: 2}, b"")
    assert both is not None
    assert both.changes
