"""Security environment, signatures, decipherment, random. Card specification 2.4, 2.5, 2.6, 2.9, 3.3 and 3.4."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509 import load_der_x509_certificate

from conformance.virtual_card.identity import identity
from conformance.virtual_card.partial_hash import SHA1, SHA256, PartialHash
from tests.virtual_card.terminal import PIN, Terminal

APPLICATION, VERIFY = "00A4090C043F000001", "0020000104" + PIN
APPLICATION4, VERIFY4 = "01A40800020001", "0120000104" + PIN
HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}


def public_key(profile: str, role: str) -> RSAPublicKey:
    key = load_der_x509_certificate(identity(profile).credentials[role].certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def recovered(profile: str, role: str, signature: bytes) -> bytes:
    """The data under PKCS #1 type 1 padding."""
    return public_key(profile, role).recover_data_from_signature(signature, padding.PKCS1v15(), None)


def tlv(tag: int, value: bytes) -> bytes:
    return bytes((tag, len(value))) + value


def last_round(algorithm: PartialHash, message: bytes) -> bytes:
    """The data field of PSO HASH: the host hashes all but the last block, empty for an empty message only."""
    blocks = max(0, (len(message) - 1) // 64)
    head, tail = message[: 64 * blocks], message[64 * blocks :]
    if not blocks:
        return tlv(0x90, b"") + tlv(0x80, tail)
    return tlv(0x90, intermediate(algorithm, head) + (8 * len(head)).to_bytes(8, "big")) + tlv(0x80, tail)


def intermediate(algorithm: PartialHash, head: bytes) -> bytes:
    state = algorithm.initial
    for start in range(0, len(head), 64):
        state = algorithm.compress(state, head[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


class TestPartialHash:
    @pytest.mark.parametrize("algorithm", [SHA1, SHA256], ids=["SHA-1", "SHA-256"])
    @pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000])
    def test_resumed_hash_is_the_hash(self, algorithm: PartialHash, size: int) -> None:
        message = bytes(range(256)) * 4
        message = message[:size]
        blocks = max(0, (size - 1) // 64)
        start = intermediate(algorithm, message[: 64 * blocks]) if blocks else b""
        digest = algorithm.finish(start, 512 * blocks, message[64 * blocks :])
        assert digest == hashlib.new(algorithm.name, message).digest()


class TestCps3Signature:
    @pytest.mark.parametrize(("reference", "name", "size"), [("12", "sha1", 20), ("42", "sha256", 32)])
    def test_of_a_ready_digest(self, cps3: Terminal, reference: str, name: str, size: int) -> None:
        digest = hashlib.new(name, b"ordonnance").digest()
        cps3.accept(VERIFY, APPLICATION, f"002241B606 8001{reference} 840181")
        signature = cps3.collect(f"002A9E9A{size:02X}{digest.hex()}")
        public_key("cps3", "signature").verify(signature, digest, padding.PKCS1v15(), Prehashed(HASHES[name]))

    @pytest.mark.parametrize(
        ("algorithm", "hash_reference", "reference"),
        [(SHA1, "10", "12"), (SHA256, "40", "42")],
        ids=["SHA-1", "SHA-256"],
    )
    @pytest.mark.parametrize("size", [0, 1, 64, 65, 300])
    def test_with_the_last_round_on_card(
        self, cps3: Terminal, algorithm: PartialHash, hash_reference: str, reference: str, size: int
    ) -> None:
        message = b"x" * size
        data = last_round(algorithm, message)
        cps3.accept(VERIFY, APPLICATION, f"002241AA03 8001{hash_reference}")
        cps3.accept(f"002A90A0{len(data):02X}{data.hex()}", f"002241B606 8001{reference} 840181")
        signature = cps3.collect("002A9E9A00")
        public_key("cps3", "signature").verify(signature, message, padding.PKCS1v15(), HASHES[algorithm.name])

    def test_a_digest_serves_once(self, cps3: Terminal) -> None:
        cps3.accept(VERIFY, APPLICATION, "002241AA03800140", "002A90A00490008000", "002241B606800142840181")
        cps3.collect("002A9E9A00")
        assert cps3.ask("002A9E9A00") == "6985"

    def test_a_digest_of_another_algorithm_is_refused(self, cps3: Terminal) -> None:
        cps3.accept(VERIFY, APPLICATION, "002241AA03800110", "002A90A00490008000", "002241B606800142840181")
        assert cps3.ask("002A9E9A00") == "6985"

    def test_needs_the_pin(self, cps3: Terminal) -> None:
        cps3.accept(APPLICATION, "002241B606800112840181")
        assert cps3.ask("002A9E9A14" + "00" * 20) == "6982"

    def test_needs_a_security_environment_that_lasts_until_the_next_selection(self, cps3: Terminal) -> None:
        sign = "002A9E9A14" + "00" * 20
        cps3.accept(VERIFY, APPLICATION)
        assert cps3.ask(sign) == "6985"
        cps3.accept("002241B606800112840181", sign, sign, APPLICATION)
        assert cps3.ask(sign) == "6985"

    def test_a_restored_environment_is_empty(self, cps3: Terminal) -> None:
        cps3.accept(VERIFY, APPLICATION, "002241B606800112840181", "0022F303")
        assert cps3.ask("002A9E9A14" + "00" * 20) == "6985"
        assert cps3.ask("0022F302") == "6A88"

    @pytest.mark.parametrize("size", [19, 21, 32])
    def test_a_digest_of_the_wrong_length_is_refused(self, cps3: Terminal, size: int) -> None:
        cps3.accept(VERIFY, APPLICATION, "002241B606800112840181")
        assert cps3.ask(f"002A9E9A{size:02X}" + "00" * size) == "6700"

    @pytest.mark.parametrize(
        "data",
        [
            "9000",
            "8000",
            "9001FF8000",
            "9000 8041" + "00" * 65,
            "901C" + "00" * 28 + "8001FF",
            "901C" + "11" * 28 + "80",
        ],
    )
    def test_a_last_round_that_makes_no_sense_is_refused(self, cps3: Terminal, data: str) -> None:
        field = bytes.fromhex(data)
        cps3.accept(APPLICATION, "002241AA03800110")
        assert cps3.ask(f"002A90A0{len(field):02X}{field.hex()}") == "6A80"


class TestCps3Environment:
    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("002241B606 800112 840187", "6A88"),
            ("002241B606 800112 840182", "6985"),
            ("002241A406 800102 840181", "6985"),
            ("002241B606 800102 840181", "6A80"),
            ("002241B603 840181", "6A80"),
            ("002241B607 80021212 840181", "6A80"),
            ("002241B602 8001", "6A80"),
            ("002241AA03 800142", "6A80"),
            ("002241B406 800112 840181", "6A86"),
            ("002281B606 800112 840181", "6A86"),
            ("002241B6", "6700"),
            ("002A9E9B00", "6A86"),
            ("0088010001FF", "6A86"),
        ],
    )
    def test_refused(self, cps3: Terminal, command: str, sw: str) -> None:
        cps3.accept(APPLICATION)
        assert cps3.ask(command) == sw

    def test_keys_belong_to_the_application(self, cps3: Terminal) -> None:
        assert cps3.ask("002241B606 800112 840181") == "6A88"

    def test_key_objects_are_described_to_whoever_asks(self, cps3: Terminal) -> None:
        cps3.accept(APPLICATION)
        assert cps3.ask("00CB3FFF0B 4D097007BF9001037F4880") == "6A80"
        described = cps3.collect("00CB3FFF0A 4D087006BF900102A080")
        assert described == bytes.fromhex("7015BF9001 11 A00F 80020100 A1098C07FB11FFFFFFFF00")
        assert cps3.ask("00CB3FFF0A 4D087006BF900702A080") == "6A88"

    def test_security_environments_name_their_pin(self, cps3: Terminal) -> None:
        template = cps3.collect("00CB3FFF0A 4D087006BFFB01027B80")
        assert bytes.fromhex("A406 830101 950108") in template
        assert cps3.ask("00CB3FFF0A 4D087006BFFB02027B80") == "6A88"
        assert cps3.ask("00CB00FF0A 4D087006BFFB01027B80") == "6A86"


class TestCps3Authentication:
    @pytest.mark.parametrize("size", [1, 51, 83, 245])
    def test_data_is_padded_and_signed_as_it_is(self, cps3: Terminal, size: int) -> None:
        data = b"\x5a" * size
        cps3.accept(VERIFY, APPLICATION, "002241A406800102840182")
        signature = cps3.collect(f"00880000{size:02X}{data.hex()}")
        assert recovered("cps3", "authentication", signature) == data

    def test_too_long_or_no_data_is_refused(self, cps3: Terminal) -> None:
        cps3.accept(VERIFY, APPLICATION, "002241A406800102840182")
        assert cps3.ask("00880000F6" + "00" * 246) == "6700"
        assert cps3.ask("00880000") == "6700"

    def test_needs_the_pin_and_the_environment(self, cps3: Terminal) -> None:
        cps3.accept(APPLICATION)
        assert cps3.ask("0088000001FF") == "6985"
        cps3.accept("002241A406800102840182")
        assert cps3.ask("0088000001FF") == "6982"

    def test_the_antenna_signs_without_pin(self, antenna: Terminal) -> None:
        antenna.accept("00A4090C043F000002", "002241A406800102840183")
        answer = antenna.card.transmit(bytes.fromhex("0088000003414243 00"))
        assert answer[-2:] == b"\x90\x00"
        assert recovered("cps3", "technical", answer[:-2]) == b"ABC"

    def test_the_antenna_never_uses_the_other_keys(self, antenna: Terminal) -> None:
        antenna.accept(APPLICATION, "002241A406800102840182")
        assert antenna.ask("0088000003414243 00") == "6982"


class TestDecipher:
    def test_cps3_removes_the_padding(self, cps3: Terminal) -> None:
        encrypted = public_key("cps3", "authentication").encrypt(b"cle de session", padding.PKCS1v15())
        cps3.accept(VERIFY, APPLICATION, "002241B80680011A840182")
        cps3.accept(f"102A8086FF81{encrypted[:254].hex()}")
        assert cps3.collect(f"002A808602{encrypted[254:].hex()}") == b"cle de session"

    def test_cps4_gives_the_block_as_it_is(self, cps4: Terminal) -> None:
        encrypted = public_key("cps4", "authentication").encrypt(b"cle de session", padding.PKCS1v15())
        cps4.accept(VERIFY4, APPLICATION4, "012241B803830120", f"112A8086FF{encrypted[:255].hex()}")
        block = bytes.fromhex(cps4.ask(f"012A808601{encrypted[255:].hex()}00"))[:-2]
        assert block.startswith(b"\x00\x02") and block.endswith(b"\x00cle de session")

    @pytest.mark.parametrize(
        ("first", "sw"),
        [("82" + "00" * 254, "6A80"), ("81" + "FF" * 254, "6A80"), ("81" + "00" * 253, "6700")],
        ids=["padding indicator", "not below the modulus", "too short"],
    )
    def test_cps3_refuses(self, cps3: Terminal, first: str, sw: str) -> None:
        cps3.accept(VERIFY, APPLICATION, "002241B80680011A840182", f"102A8086{len(first) // 2:02X}{first}")
        assert cps3.ask("002A8086020000") == sw

    @pytest.mark.parametrize(
        ("first", "sw"), [("FF" * 255, "6A80"), ("00" * 254, "6700")], ids=["not below the modulus", "too short"]
    )
    def test_cps4_refuses(self, cps4: Terminal, first: str, sw: str) -> None:
        cps4.accept(VERIFY4, APPLICATION4, "012241B803830120", f"112A8086{len(first) // 2:02X}{first}")
        assert cps4.ask("012A8086010000") == sw

    def test_both_need_the_pin(self, cps3: Terminal, cps4: Terminal) -> None:
        cps3.accept(APPLICATION, "002241B80680011A840182")
        assert cps3.ask("002A8086028100") == "6982"
        cps4.accept(APPLICATION4, "012241B803830120")
        assert cps4.ask("012A8086010000") == "6982"


class TestCps4Signature:
    @pytest.mark.parametrize(("key", "role"), [("90", "signature"), ("A0", "authentication")])
    @pytest.mark.parametrize(("reference", "name"), [("0A", "sha1"), ("28", "sha256")])
    def test_pkcs1(self, cps4: Terminal, key: str, role: str, reference: str, name: str) -> None:
        digest = hashlib.new(name, b"ordonnance").digest()
        cps4.accept(VERIFY4, APPLICATION4, f"012281B604 9102{reference}{key}")
        signature = bytes.fromhex(cps4.ask(f"012A9E9A{len(digest):02X}{digest.hex()}00"))[:-2]
        public_key("cps4", role).verify(signature, digest, padding.PKCS1v15(), Prehashed(HASHES[name]))

    @pytest.mark.parametrize(("key", "role"), [("90", "signature"), ("A0", "authentication")])
    @pytest.mark.parametrize(("reference", "name"), [("15", "sha1"), ("2C", "sha256")])
    def test_pss(self, cps4: Terminal, key: str, role: str, reference: str, name: str) -> None:
        digest = hashlib.new(name, b"ordonnance").digest()
        cps4.accept(VERIFY4, APPLICATION4, f"012281B604 9102{reference}{key}")
        signature = bytes.fromhex(cps4.ask(f"012A9E9A{len(digest):02X}{digest.hex()}00"))[:-2]
        scheme = padding.PSS(padding.MGF1(HASHES[name]), salt_length=len(digest))
        public_key("cps4", role).verify(signature, digest, scheme, Prehashed(HASHES[name]))
        with pytest.raises(InvalidSignature):
            public_key("cps4", role).verify(signature, digest[::-1], scheme, Prehashed(HASHES[name]))

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("012281B604 91020A91", "6A88"),
            ("012281B604 91020A10", "6A80"),
            ("012281B604 91024290", "6A80"),
            ("012281B603 91010A", "6A80"),
            ("012281B602 9102", "6A80"),
            ("012281B606 800112840190", "6A80"),
            ("012241B604 91020A90", "6A86"),
            ("012241B803 830110", "6985"),
            ("012241B803 830130", "6A88"),
            ("012241B803 840120", "6A80"),
            ("012281B6", "6700"),
            ("012A90A000", "6A86"),
        ],
    )
    def test_refused(self, cps4: Terminal, command: str, sw: str) -> None:
        cps4.accept(APPLICATION4)
        assert cps4.ask(command) == sw

    def test_needs_the_environment_the_pin_and_a_digest_of_the_right_length(self, cps4: Terminal) -> None:
        sign = "012A9E9A14" + "00" * 20 + "00"
        cps4.accept(APPLICATION4)
        assert cps4.ask(sign) == "6985"
        cps4.accept("012281B60491020A90")
        assert cps4.ask(sign) == "6982"
        cps4.accept(VERIFY4)
        assert cps4.ask("012A9E9A00") == "6985"
        assert cps4.ask("012A9E9A13" + "00" * 19 + "00") == "6700"
        assert cps4.ask(sign).endswith("9000")


class TestRandom:
    def test_eight_bytes_at_a_time(self, cps3: Terminal, cps4: Terminal) -> None:
        assert cps3.ask("0084000008") != cps3.ask("0084000008")
        assert cps3.ask("0084000010") == "6C08"
        assert cps3.ask("0084000108") == "6A86"
        assert cps3.ask("00840000") == "6700"
        assert len(cps4.ask("0184000008")) == 2 * (8 + 2)


def test_the_card_counts_its_private_key_operations(cps3: Terminal) -> None:
    cps3.accept(VERIFY, APPLICATION, "002241A406800102840182")
    assert cps3.card.rsa_operations == 0
    cps3.collect("0088000003414243")
    assert cps3.card.rsa_operations == 1
