"""The fictitious holders: the same bytes on every machine, certificates as on issued cards (specification, 9)."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conformance.virtual_card.identity import HOLDERS, identity
from conformance.virtual_card.identity_generator import DATA_FILE, generate_key, render

HELD = [(card, role) for card in ("cps3", "cps4") for role in identity(card).credentials]


def certificate(card: str, role: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(identity(card).credentials[role].certificate)


def test_the_shipped_identities_come_from_the_seed() -> None:
    assert DATA_FILE.read_text(encoding="utf-8") == render()


def test_each_label_has_its_own_key() -> None:
    first = generate_key("a label")
    assert first == generate_key("a label")
    assert first.n.bit_length() == 2048
    assert first != generate_key("another label")


def test_the_two_cards_are_different_cards() -> None:
    three, four = identity("cps3"), identity("cps4")
    assert three.holder.serial != four.holder.serial
    moduli = {held.key.n for who in (three, four) for held in who.credentials.values()}
    assert len(moduli) == 5


@pytest.mark.parametrize(("card", "role"), HELD)
class TestCertificate:
    def test_belongs_to_the_key(self, card: str, role: str) -> None:
        public = certificate(card, role).public_key()
        assert isinstance(public, RSAPublicKey)
        assert public.public_numbers().n == identity(card).credentials[role].key.n

    def test_was_issued_by_the_test_authority(self, card: str, role: str) -> None:
        issued = certificate(card, role)
        authority = x509.load_der_x509_certificate(identity(card).authority)
        issued.verify_directly_issued_by(authority)
        key = authority.public_key()
        assert isinstance(key, RSAPublicKey)
        key.verify(authority.signature, authority.tbs_certificate_bytes, PKCS1v15(), certificate_hash(authority))

    def test_is_valid_for_twenty_years(self, card: str, role: str) -> None:
        issued = certificate(card, role)
        assert issued.not_valid_before_utc == datetime(2024, 1, 1, tzinfo=UTC)
        assert issued.not_valid_after_utc == datetime(2044, 1, 1, tzinfo=UTC)

    def test_names_the_holder_in_one_relative_name(self, card: str, role: str) -> None:
        *_, person = certificate(card, role).subject.rdns
        assert {attribute.oid for attribute in person} == {
            NameOID.TITLE, NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.COMMON_NAME
        }  # fmt: skip
        (number,) = person.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert isinstance(number.value, str) and len(number.value) == 12 and number.value.isdigit()

    def test_has_the_size_of_an_issued_one(self, card: str, role: str) -> None:
        assert 1200 < len(identity(card).credentials[role].certificate) < 1350


@pytest.mark.parametrize("holder", HOLDERS)
def test_another_holder_has_the_keys_of_either_generation(holder: str) -> None:
    three, four = identity(f"cps3:{holder}"), identity(f"cps4:{holder}")
    assert set(three.credentials) - set(four.credentials) == {"technical"}
    for held in three.credentials.values():
        issued = x509.load_der_x509_certificate(held.certificate)
        issued.verify_directly_issued_by(x509.load_der_x509_certificate(three.authority))
        public = issued.public_key()
        assert isinstance(public, RSAPublicKey)
        assert public.public_numbers().n == held.key.n
        (number,) = issued.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert number.value == three.holder.number


def test_no_two_holders_share_a_key_or_a_number() -> None:
    everybody = [identity("cps3"), identity("cps4"), *(identity(f"cps3:{holder}") for holder in HOLDERS)]
    moduli = [held.key.n for who in everybody for held in who.credentials.values()]
    assert len(set(moduli)) == len(moduli)
    assert len({who.holder.serial for who in everybody}) == len({who.holder.number for who in everybody}) == 7


def certificate_hash(issued: x509.Certificate) -> hashes.HashAlgorithm:
    algorithm = issued.signature_hash_algorithm
    assert algorithm is not None
    return algorithm


@pytest.mark.parametrize("card", ["cps3", "cps4"])
def test_each_certificate_has_its_use(card: str) -> None:
    authentication, signature = certificate(card, "authentication"), certificate(card, "signature")
    usage = authentication.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment, usage.content_commitment) == (True, True, False)
    purposes = authentication.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.CLIENT_AUTH in purposes
    usage = signature.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment, usage.content_commitment) == (True, False, True)
    assert authentication.subject == signature.subject


def test_certificates_are_exported_for_other_programs(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [
        sys.executable,
        "-m",
        "conformance.virtual_card.identity",
        "--card",
        "cps4",
        "--out",
        str(tmp_path / "pem"),
    ]
    written = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split()
    assert [Path(path).name for path in written] == ["ca.pem", "signature.pem", "authentication.pem"]
    loaded = x509.load_pem_x509_certificate((tmp_path / "pem" / "signature.pem").read_bytes())
    assert loaded == certificate("cps4", "signature")
