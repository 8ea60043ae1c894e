"""Cards that answer a command in another way allowed by the standards."""

import pytest

from cryptolib.cryptoki.constants import CKA_VALUE, CKR_DEVICE_ERROR, CKU_SO, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import DataObject
from tests.support import CARDS, PIN, PUK, SMALL_CPS_DATA, WRONG_PIN, labelled, opened, secret


@pytest.mark.parametrize("size", [4, 16, 32])
@pytest.mark.parametrize("card", CARDS)
def test_challenges_may_have_another_length(card: str, size: int) -> None:
    _connection, token = opened(card, f"challenge={size}")
    assert len(token.random(20)) == 20
    assert token.random(20) != token.random(20)


@pytest.mark.parametrize("card", CARDS)
def test_random_bytes_of_another_length_are_refused(card: str) -> None:
    connection, token = opened(card, "challenge=16")
    connection.fault("ins=84 after=1 do=half")
    with pytest.raises(CryptokiError) as caught:
        token.random(8)
    assert caught.value.code == CKR_DEVICE_ERROR


def written(card: str, *variations: str) -> DataObject:
    _connection, token = opened(card, SMALL_CPS_DATA, *variations)
    token.log_in(CKU_USER, secret(PIN))
    item = labelled(token, "CPS_DATA")
    assert isinstance(item, DataObject)
    token.files.replace(item.path, b"ordonnance")
    return item


@pytest.mark.parametrize("card", CARDS)
def test_a_chip_may_write_after_more_than_one_attempt(card: str) -> None:
    assert written(card, "written-at-last").value(CKA_VALUE).startswith(b"ordonnance\0")


@pytest.mark.parametrize("most", ["FE", "E0", "7F", "40"])
@pytest.mark.parametrize("card", CARDS)
def test_a_card_may_take_less_at_once(card: str, most: str) -> None:
    """With any old and new value: a value that is half written would be lost."""
    connection, token = opened(card, "cps-data=600", f"most-written={most}")
    token.log_in(CKU_USER, secret(PIN))
    item = labelled(token, "CPS_DATA")
    assert isinstance(item, DataObject)
    for value in (bytes(range(250)) * 2, b"short", bytes(range(200)), b"", bytes(reversed(range(250)))):
        token.files.replace(item.path, value)
        assert item.value(CKA_VALUE) == value.ljust(600, b"\0")
    connection.refuse(0xD6, 0x6700)
    with pytest.raises(CryptokiError) as caught:
        token.files.replace(item.path, b"ordonnance" * 60)
    assert caught.value.code == CKR_DEVICE_ERROR
    connection.obey()
    assert item.value(CKA_VALUE) == bytes(reversed(range(250))).ljust(600, b"\0")


@pytest.mark.parametrize("card", CARDS)
def test_a_write_that_did_not_happen_is_an_error(card: str) -> None:
    connection, token = opened(card, SMALL_CPS_DATA)
    token.log_in(CKU_USER, secret(PIN))
    item = labelled(token, "CPS_DATA")
    assert isinstance(item, DataObject)
    connection.refuse(0xD6, 0x63C1)
    with pytest.raises(CryptokiError) as caught:
        token.files.replace(item.path, b"ordonnance")
    assert caught.value.code == CKR_DEVICE_ERROR


@pytest.mark.parametrize("card", CARDS)
def test_codes_may_belong_to_the_application(card: str) -> None:
    connection, token = opened(card, "code-path")
    connection.elsewhere("00A4040C088025000001FF0100" if card == "cps3" else "01A4040C088025000001FF0100")
    token.log_in(CKU_USER, secret(PIN))
    token.log_out()
    token.change_pin(secret(PIN), secret(b"4321"))
    with pytest.raises(CryptokiError):
        token.log_in(CKU_USER, secret(WRONG_PIN))
    assert connection.card.pin_tries == 2
    token.log_in(CKU_SO, secret(PUK))
    token.reset_pin(secret(PIN))
    token.log_out()
    token.log_in(CKU_USER, secret(PIN))
    assert (connection.card.pin_tries, connection.card.puk_tries) == (3, 10)


def test_the_applets_that_lead_to_that_of_a_cps4_may_be_missing() -> None:
    _connection, token = opened("cps4", "applet-refused-once")
    token.log_in(CKU_USER, secret(PIN))
