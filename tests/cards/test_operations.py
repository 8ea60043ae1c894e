"""Private key operations: right for another library, and in how many commands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from cryptolib.cards import scheme
from cryptolib.cards.errors import CardFault, InvalidData, NotAuthenticated, NotUsable
from cryptolib.cards.partial_hash import PartialHash
from cryptolib.cards.scheme import SHA1, SHA256
from tests.support import AUTHENTICATION, CARDS, KEYS, PIN, SIGNATURE, DrivenCard, driven, opens_to, public_key, secret

if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme

HASHES: dict[str, tuple[Callable[[bytes], bytes], hashes.HashAlgorithm]] = {
    SHA1: (lambda data: hashlib.sha1(data).digest(), hashes.SHA1()),
    SHA256: (lambda data: hashlib.sha256(data).digest(), hashes.SHA256()),
}
MESSAGE = b"ordonnance"
BLOCK = b"\0\1" + b"\xff" * 243 + b"\0" + MESSAGE


def logged_in(profile: str) -> DrivenCard:
    subject = driven(profile)
    subject.run(lambda card: card.verify(1, secret(PIN)))
    subject.connection.forget()
    return subject


def schemes(profile: str, role: str) -> frozenset[Scheme]:
    return driven(profile).driver.schemes(role == SIGNATURE)


def all_schemes() -> list[tuple[str, str, Scheme]]:
    return [
        (profile, role, how)
        for profile in CARDS
        for role in KEYS[profile]
        for how in sorted(schemes(profile, role), key=repr)
    ]


def proved(profile: str, data: bytes) -> Callable[[bytes], bool]:
    return opens_to(public_key(profile, AUTHENTICATION), data)


@pytest.mark.parametrize(("profile", "role", "how"), all_schemes())
def test_each_scheme_gives_what_it_says(profile: str, role: str, how: Scheme) -> None:
    subject = logged_in(profile)
    key, operation, name = public_key(profile, role), how.operation, how.hash

    def compute(data: bytes) -> bytes:
        return subject.run(lambda card: card.compute(KEYS[profile][role], how, data, None))

    if operation == "raw":
        assert opens_to(key, BLOCK)(compute(BLOCK))
    elif operation == "pad":
        assert opens_to(key, BLOCK)(compute(MESSAGE))
    elif operation == "decipher":
        assert compute(key.encrypt(MESSAGE, padding.PKCS1v15())) == MESSAGE
    elif operation == "digest":
        digest, algorithm = HASHES[name]
        key.verify(compute(digest(MESSAGE)), MESSAGE, padding.PKCS1v15(), algorithm)
    elif operation == "pss":
        digest, algorithm = HASHES[name]
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        key.verify(compute(digest(MESSAGE)), digest(MESSAGE), pss, Prehashed(algorithm))
    else:
        partial = PartialHash(name)
        partial.update(MESSAGE)
        key.verify(compute(partial.data_field()), MESSAGE, padding.PKCS1v15(), HASHES[name][1])


@pytest.mark.parametrize("name", [SHA1, SHA256])
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 127, 128, 1000, 1 << 20])
def test_the_last_round_on_card_for_a_message_of_any_length(name: str, length: int) -> None:
    message = bytes(index * 13 & 0xFF for index in range(length))
    subject = logged_in("cps3")
    partial = PartialHash(name)
    partial.update(message)
    signature = subject.run(lambda card: card.compute(0x81, scheme.last_round(name), partial.data_field(), None))
    public_key("cps3", SIGNATURE).verify(signature, message, padding.PKCS1v15(), HASHES[name][1])


@pytest.mark.parametrize(("profile", "role", "how"), all_schemes())
def test_nothing_is_computed_before_the_code(profile: str, role: str, how: Scheme) -> None:
    data = {"raw": BLOCK, "pad": MESSAGE, "decipher": bytes(255) + b"\1", "last round": bytes.fromhex("90008000")}
    digest = hashlib.new(how.hash.replace("-", "").lower() or "sha1").digest()
    subject = driven(profile)
    with pytest.raises(NotAuthenticated):
        subject.run(lambda card: card.compute(KEYS[profile][role], how, data.get(how.operation, digest), None))
    assert subject.connection.card.rsa_operations == 0


class TestCommands:
    """Which commands an operation takes: the first, and those after it."""

    def commands(
        self, profile: str, role: str, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None = None
    ) -> tuple[list[str], list[str]]:
        subject = logged_in(profile)

        def once() -> list[str]:
            return [c[:22] for c in subject.did(lambda card: card.compute(KEYS[profile][role], how, data, proof))]

        return once(), once()

    def test_cps3_digest_sends_these_commands(self) -> None:
        first, again = self.commands("cps3", SIGNATURE, scheme.digest(SHA256), bytes(32))
        sign = ["002241B606800142840181", "002A9E9A20" + "00" * 6, "00C0000000"]
        assert first == ["00A4090C043F000001", *sign]
        assert again == sign

    def test_cps3_last_round_sends_these_commands(self) -> None:
        first, again = self.commands("cps3", SIGNATURE, scheme.last_round(SHA1), bytes.fromhex("9000 8001 61"))
        sign = ["002241AA03800110", "002A90A0059000800161", "002241B606800112840181", "002A9E9A00"]
        assert first == ["00A4090C043F000001", *sign]
        assert again == sign

    def test_cps3_padding_on_card_sends_these_commands(self) -> None:
        first, again = self.commands("cps3", AUTHENTICATION, scheme.PAD, b"abc")
        sign = ["002241A406800102840182", "0088000003616263", "00C0000000"]
        assert first == ["00A4090C043F000001", *sign]
        assert again == sign

    def test_cps3_padding_on_card_proved(self) -> None:
        """A result that can be checked needs no environment of its own: the one of before is tried."""
        _first, again = self.commands("cps3", AUTHENTICATION, scheme.PAD, MESSAGE, proved("cps3", BLOCK))
        assert again == ["008800000A" + MESSAGE.hex().upper()[:12], "00C0000000"]

    def test_cps3_decipher_sends_these_commands(self) -> None:
        cryptogram = public_key("cps3", AUTHENTICATION).encrypt(b"x", padding.PKCS1v15())
        first, again = self.commands("cps3", AUTHENTICATION, scheme.DECIPHER, cryptogram)
        head = "102A8086FF81" + cryptogram[:5].hex().upper()
        decipher = ["002241B80680011A840182", head, "002A808602" + cryptogram[-2:].hex().upper(), "00C0000001"]
        assert first == ["00A4090C043F000001", *decipher]
        assert again == decipher

    @pytest.mark.parametrize(
        ("how", "reference"),
        [(scheme.digest(SHA256), "2890"), (scheme.pss(SHA256), "2C90"), (scheme.pss(SHA1), "1590")],
    )
    def test_cps4_digest_sends_these_commands(self, how: Scheme, reference: str) -> None:
        size = 20 if how.hash == SHA1 else 32
        first, again = self.commands("cps4", SIGNATURE, how, bytes(size))
        sign = ["012281B6049102" + reference, f"012A9E9A{size:02X}" + "00" * 6]
        assert first == again == sign, "the application was selected when it was found"

    def test_cps4_raw_sends_these_commands(self) -> None:
        first, again = self.commands("cps4", AUTHENTICATION, scheme.RAW, BLOCK)
        raw = ["012241B803830120", "112A8086FF0001" + "FF" * 4, "012A808601" + f"{BLOCK[-1]:02X}00"]
        assert first == again == raw

    def test_cps4_raw_proved(self) -> None:
        _first, again = self.commands("cps4", AUTHENTICATION, scheme.RAW, BLOCK, proved("cps4", BLOCK))
        assert again == ["112A8086FF0001" + "FF" * 4, "012A808601" + f"{BLOCK[-1]:02X}00"]


class TestRefusals:
    @pytest.mark.parametrize(("ins", "count"), [(0x22, 3), (0x2A, 5)])
    def test_a_refusal_counts_once_nothing_else_can_be_done(self, ins: int, count: int) -> None:
        """First as things are, then from the selection on; the last word is the card's."""
        subject = logged_in("cps3")
        subject.run(lambda card: card.compute(0x81, scheme.digest(SHA1), bytes(20), None))
        subject.connection.refuse(ins, 0x6985)
        subject.connection.forget()
        with pytest.raises(NotUsable):
            subject.run(lambda card: card.compute(0x81, scheme.digest(SHA1), bytes(20), None))
        assert len(subject.connection.commands) == count

    def test_a_cryptogram_with_bad_padding(self) -> None:
        subject = logged_in("cps3")
        with pytest.raises(InvalidData):
            subject.run(lambda card: card.compute(0x82, scheme.DECIPHER, bytes(255) + b"\2", None))

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_result_that_is_not_the_key_s_is_not_given(self, profile: str) -> None:
        subject = logged_in(profile)
        how, data = (scheme.PAD, MESSAGE) if profile == "cps3" else (scheme.RAW, BLOCK)
        with pytest.raises(CardFault):
            subject.run(lambda card: card.compute(KEYS[profile][AUTHENTICATION], how, data, lambda _result: False))


def test_each_key_has_schemes_of_its_own() -> None:
    for profile in CARDS:
        driver = driven(profile).driver
        assert driver.schemes(True) == driver.SIGNATURE_SCHEMES
        assert driver.schemes(False) == driver.AUTHENTICATION_SCHEMES
        assert driver.SIGNATURE_SCHEMES != driver.AUTHENTICATION_SCHEMES
