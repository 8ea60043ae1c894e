"""Files that are missing, empty or of another size than SELECT says, and cards with short READ BINARY answers."""

from pathlib import Path

import pytest

from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import (
    CKA_VALUE,
    CKM_RSA_PKCS,
    CKO_DATA,
    CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.pkcs15.cache import Cache
from cryptolib.token.objects import DataObject
from cryptolib.token.token import Token
from tests.support import AUTHENTICATION, CARDS, PIN, SIGNATURE, SMALL_CPS_DATA, inserted, labelled, opened, secret
from tests.token.test_signing import CERTIFICATES, check, data_for, sign
from tests.token.test_varied_paths import logged_in, values

SAME = [
    ["stated-size=none"],
    ["stated-size=100"],
    ["stated-size=1000"],
    ["end-of-file"],
    ["stated-size=100", "end-of-file"],
    ["stated-size=none", "end-of-file"],
    ["most-at-once=FF"],
    ["most-at-once=E7"],
    ["most-at-once=80"],
    ["most-at-once=20"],
    ["most-at-once=E7:short"],
    ["most-at-once=40:short", "stated-size=none"],
    ["most-at-once=80", "stated-size=100", "path-parts"],
    *(
        ["strict-reads=" + sw, size]
        for sw in ("6700", "6B00", "6282")
        for size in ("stated-size=none", "stated-size=50")
    ),
    ["strict-reads=6700", "stated-size=50", "most-at-once=E7"],
]


def signs(card: str, token: Token) -> None:
    data = data_for(CKM_RSA_PKCS)
    for role in (SIGNATURE, AUTHENTICATION):
        check(card, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)


@pytest.mark.parametrize("variations", SAME, ids="+".join)
@pytest.mark.parametrize("card", CARDS)
def test_every_value_is_that_of_the_card(card: str, variations: list[str]) -> None:
    token = logged_in(card, *variations)
    assert values(token) == values(logged_in(card))
    signs(card, token)


@pytest.mark.parametrize("how", ["missing", "empty"])
@pytest.mark.parametrize("card", CARDS)
class TestIncompleteCards:
    @pytest.mark.parametrize("file", ["7004", "7006"])
    def test_keys_and_certificates_stay_without_a_directory(self, card: str, file: str, how: str) -> None:
        token = logged_in(card, f"{how}={file}")
        for role in (SIGNATURE, AUTHENTICATION):
            assert labelled(token, CERTIFICATES[role]).value(CKA_VALUE)
        signs(card, token)
        data = [item.label for item in token.objects().values() if item.object_class == CKO_DATA]
        assert (data in ([], ["CPS_SIT_FACT"])) == (file == "7006")

    @pytest.mark.parametrize("file", ["7004", "7006"])
    def test_the_next_start_costs_as_little_as_with_it(self, card: str, file: str, how: str, tmp_path: Path) -> None:
        folder = tmp_path / "cache"
        folder.mkdir(mode=0o700)
        costs = []
        for _start in range(2):
            connection = inserted(card, f"{how}={file}")
            token = Token(driver_of(card)(connection), Cache(str(folder)))
            assert labelled(token, CERTIFICATES[SIGNATURE]).value(CKA_VALUE)
            costs.append(len(connection.commands))
        assert costs[1] < costs[0] / 2

    def test_other_values_stay_without_a_file(self, card: str, how: str) -> None:
        token = logged_in(card, f"{how}=D101")
        name = labelled(token, "CPS_NAME_PS")
        if how == "empty":
            assert name.value(CKA_VALUE) == b""
        else:
            with pytest.raises(CryptokiError) as caught:
                name.value(CKA_VALUE)
            assert caught.value.code == CKR_DEVICE_ERROR
        assert labelled(token, "CPS_ID_CARD").value(CKA_VALUE)
        signs(card, token)


@pytest.mark.parametrize("variation", [[], ["path-parts"], ["stated-size=none"]], ids=["issued", "part", "no size"])
@pytest.mark.parametrize("card", CARDS)
def test_too_long_a_value_is_refused_without_reading(card: str, variation: list[str]) -> None:
    """A slow card takes a millisecond per byte. A card that gives no size must be read."""
    connection, token = opened(card, SMALL_CPS_DATA, *variation)
    token.log_in(CKU_USER, secret(PIN))
    data = labelled(token, "CPS_DATA")
    assert isinstance(data, DataObject)
    connection.forget()
    with pytest.raises(CryptokiError) as caught:
        token.files.replace(data.path, bytes(257))
    assert caught.value.code == CKR_DATA_LEN_RANGE
    reads = [command for command in connection.commands if command[2:4] in ("B0", "D6")]
    assert (reads == []) == (variation != ["stated-size=none"])


@pytest.mark.parametrize("file", ["7004", "7006"])
@pytest.mark.parametrize("card", CARDS)
def test_a_refusal_that_passes_is_no_missing_directory(card: str, file: str) -> None:
    expected = values(logged_in(card))
    connection = inserted(card)
    connection.fault(f"ins=A4 command={file} do=sw sw=6A82")
    token = Token(driver_of(card)(connection))
    assert {item.label for item in token.objects().values()} == {item.split(" ", 1)[1] for item in expected} | {
        "CPS_PRIV_SIG",
        "CPS_PRIV_AUT",
    }
