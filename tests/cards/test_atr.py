"""Cards are recognised by their answer to reset alone, without a command."""

import pytest

from conformance.virtual_card.profiles import ATR, FOREIGN
from cryptolib.abi import loading
from cryptolib.cards.atr import ATRS, card_of
from cryptolib.cards.catalog import DRIVERS, driver_of

CPS3 = "3BAC00402A001225006480000310009000"
CONTACTLESS = "3B8F80010031B86404B0ECC1739401808290000E"
CPS4 = "3B9B188001001225006480040100009044"


@pytest.mark.parametrize(
    ("atr", "card"),
    [
        (CPS3, "cps3"),
        ("3BAC00402A001225006480112233009000", "cps3"),  # bytes 12 to 14 vary
        ("3BFFFFFFFF001225006480000310009000", "cps3"),  # so do the interface bytes
        (CONTACTLESS, "cps3cl"),
        ("3B8F80010031B864AABBECFF7394018082900095", "cps3cl"),  # card services vary, and the check byte with them
        (CPS4, "cps4"),
        ("3B9B188001001225006480000401009044", "cps4"),
        ("3BDC18FF00001225006480000401009000", "cps4"),
    ],
)
def test_each_known_atr_has_its_driver(atr: str, card: str) -> None:
    assert card_of(bytes.fromhex(atr)) == card


@pytest.mark.parametrize(("atr", "card"), [(CPS3, "cps3"), (CONTACTLESS, "cps3cl"), (CPS4, "cps4")])
def test_an_atr_is_recognised_in_the_buffer_that_pcscd_gives_during_a_reset(atr: str, card: str) -> None:
    buffer = bytes.fromhex(atr).ljust(33, b"\0")
    assert card_of(buffer) == card
    assert card_of(buffer[:-1]) is None
    assert card_of(buffer[:-1] + b"\1") is None


@pytest.mark.parametrize(
    "atr",
    [
        "",
        "3B",
        CPS3[:-2],
        CPS3 + "00",
        "3F" + CPS3[2:],
        CPS3.replace("1225", "1226"),
        CPS3[:-4] + "6283",
        CPS4[:-2] + "45",
        "3B" + "00" * 16,
        ATR[FOREIGN].hex(),
        "3B8F8001804F0CA000000306030001000000006A",  # a storage card
        CONTACTLESS.replace("C173", "8173"),
        CONTACTLESS.replace("8082", "8081"),
    ],
)
def test_other_atrs_have_no_driver(atr: str) -> None:
    assert card_of(bytes.fromhex(atr)) is None


def test_each_card_that_can_be_recognised_has_a_driver() -> None:
    assert {pattern.card for pattern in ATRS} == set(DRIVERS)
    assert all(card == driver_of(card).KIND for card in DRIVERS)
    assert {card.upper() for card in DRIVERS} == set(loading.DRIVERS)


@pytest.mark.parametrize("profile", DRIVERS)
def test_the_virtual_cards_are_recognised(profile: str) -> None:
    assert card_of(ATR[profile]) == profile
