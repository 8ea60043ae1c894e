"""Results that a card makes wrong, by accident or on purpose: none of them is returned, and none lasts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from conformance.virtual_card.profiles import new_card
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKA_VALUE, CKM_RSA_PKCS, CKM_RSA_X_509, CKR_DEVICE_ERROR, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.table import MECHANISMS
from cryptolib.token.token import Token
from tests.support import (
    AUTHENTICATION,
    CARDS,
    PIN,
    SIGNATURE,
    VirtualConnection,
    certificate,
    labelled,
    public_key,
    secret,
)
from tests.token.test_signing import CERTIFICATES, LABELS, check, data_for, key, pss_parameter, sign

# Commands whose answer is a result or a part of one.
RESULTS = (0x2A, 0x88, 0xC0)
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "one bit": lambda data: bytes((data[0] ^ 1,)) + data[1:],
    "last bit": lambda data: data[:-1] + bytes((data[-1] ^ 1,)),
    "shorter": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "much longer": lambda data: data + bytes(5000),
    "zeros": lambda data: bytes(len(data)),
    "nothing": lambda _data: b"",
    "FF": lambda data: b"\xff" * len(data),
}


class DishonestConnection(VirtualConnection):
    """Damages the data of every long answer to a command that gives results, as long as `damage` is set."""

    damage: Callable[[bytes], bytes] | None = None
    times = 1 << 30

    def transmit(self, command: bytes) -> bytes:
        answer = super().transmit(command)
        if self.damage is None or command[1] not in RESULTS or len(answer) < 200 or not self.times:
            return answer
        self.times -= 1
        return self.damage(answer[:-2]) + answer[-2:]


def logged_in(profile: str) -> tuple[DishonestConnection, Token]:
    card = new_card(profile)
    card.power_on()
    connection = DishonestConnection(card)
    token = Token(driver_of(profile)(connection))
    token.log_in(CKU_USER, secret(PIN))
    token.objects()
    return connection, token


def able(token: Token, role: str) -> list[int]:
    return [number for number, mechanism in MECHANISMS.items() if mechanism.signs(key(token, role).schemes)]


@pytest.mark.parametrize("certificate_read", [False, True], ids=["unseen", "seen"])
@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("role", LABELS)
@pytest.mark.parametrize("profile", CARDS)
def test_no_wrong_signature_is_handed_over(profile: str, role: str, damage: str, certificate_read: bool) -> None:
    connection, token = logged_in(profile)
    if certificate_read:
        labelled(token, CERTIFICATES[role]).value(CKA_VALUE)
    for mechanism in able(token, role):
        connection.damage = DAMAGE[damage]
        with pytest.raises(CryptokiError) as caught:
            sign(token, role, mechanism, data_for(mechanism))
        assert caught.value.code == CKR_DEVICE_ERROR
        connection.damage = None
        check(profile, role, mechanism, sign(token, role, mechanism, data_for(mechanism)), data_for(mechanism))


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("profile", CARDS)
def test_one_wrong_answer_is_asked_for_again(profile: str, damage: str) -> None:
    connection, token = logged_in(profile)
    connection.damage, connection.times = DAMAGE[damage], 1
    for role in LABELS:
        data = data_for(CKM_RSA_PKCS)
        check(profile, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)
        connection.times = 1


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_raw_decryption_is_proved(damage: str) -> None:
    connection, token = logged_in("cps4")
    numbers = public_key("cps4", AUTHENTICATION).public_numbers()
    cryptogram = pow(7, numbers.e, numbers.n).to_bytes(256, "big")

    def decrypt() -> bytes:
        operation = MECHANISMS[CKM_RSA_X_509].decryptor(key(token, AUTHENTICATION), pss_parameter(CKM_RSA_X_509))
        operation.update(cryptogram)
        return operation.finish()

    connection.damage = DAMAGE[damage]
    with pytest.raises(CryptokiError) as caught:
        decrypt()
    assert caught.value.code == CKR_DEVICE_ERROR
    connection.damage = None
    assert int.from_bytes(decrypt(), "big") == 7


@pytest.mark.parametrize("length", [246, 256, 257])
def test_a_message_that_no_padding_can_have_held_is_not_handed_over(length: int) -> None:
    connection, token = logged_in("cps3")
    operation = MECHANISMS[CKM_RSA_PKCS].decryptor(key(token, AUTHENTICATION), pss_parameter(CKM_RSA_PKCS))
    operation.update(public_key("cps3", AUTHENTICATION).encrypt(bytes(245), PKCS1v15()))
    connection.damage = lambda _data: b"x" * length
    with pytest.raises(CryptokiError) as caught:
        operation.finish()
    assert caught.value.code == CKR_DEVICE_ERROR


@pytest.mark.parametrize("role", LABELS)
@pytest.mark.parametrize("profile", CARDS)
def test_a_certificate_that_was_read_wrong_is_read_again(profile: str, role: str) -> None:
    """It was another one for a moment; the signature that it does not verify shows it, and it goes."""
    connection, token = logged_in(profile)
    file = connection.card.file(f"3F00/0001/{'A001' if role == SIGNATURE else 'A002'}")
    right = file.content
    file.content = certificate("cps3" if profile == "cps4" else "cps4", role)
    wrong = labelled(token, CERTIFICATES[role]).value(CKA_VALUE)
    file.content = right
    data = data_for(CKM_RSA_PKCS)
    check(profile, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)
    assert labelled(token, CERTIFICATES[role]).value(CKA_VALUE) == right != wrong


@pytest.mark.parametrize("profile", CARDS)
def test_a_key_whose_number_was_read_wrong_is_found_again(profile: str) -> None:
    connection, token = logged_in(profile)
    file = connection.card.file("3F00/0001/7002")
    right = file.content
    file.content = right.replace(b"\x02\x02\x00\x81", b"\x02\x02\x00\x85").replace(b"\x02\x01\x10", b"\x02\x01\x15")
    assert file.content != right
    token = Token(driver_of(profile)(connection))
    token.log_in(CKU_USER, secret(PIN))
    item = key(token, SIGNATURE)
    file.content = right
    operation = MECHANISMS[CKM_RSA_PKCS].signer(item, pss_parameter(CKM_RSA_PKCS))
    operation.update(data_for(CKM_RSA_PKCS))
    check(profile, SIGNATURE, CKM_RSA_PKCS, operation.finish(), data_for(CKM_RSA_PKCS))


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("bits", [512, 1024, 4096])
def test_a_directory_that_lies_about_a_key_s_length_does_not_matter(profile: str, bits: int) -> None:
    connection, _token = logged_in(profile)
    file = connection.card.file("3F00/0001/7002")
    file.content = file.content.replace(b"\x02\x02\x08\x00", b"\x02\x02" + bits.to_bytes(2, "big"))
    token = Token(driver_of(profile)(connection))
    token.log_in(CKU_USER, secret(PIN))
    for role in LABELS:
        assert key(token, role).size == bits // 8
        data = data_for(CKM_RSA_PKCS)
        check(profile, role, CKM_RSA_PKCS, sign(token, role, CKM_RSA_PKCS, data), data)
        assert key(token, role).size == 256


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("role", LABELS)
def test_a_tool_that_only_signs_pays_for_its_key_once(profile: str, role: str) -> None:
    connection, token = logged_in(profile)
    counts = []
    for _ in range(3):
        connection.forget()
        sign(token, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        counts.append(len(connection.commands))
    assert counts[1] == counts[2] < counts[0] <= counts[1] + 10
