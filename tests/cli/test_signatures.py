"""Detached signatures that are made and read without a card, and the chain from a signer to an authority."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import new, sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import BasicConstraints, CertificateBuilder, KeyUsage, Name, NameAttribute
from cryptography.x509.oid import NameOID

from cryptolib.cli.failure import Failure
from cryptolib.cli.signing import cms, pdf
from cryptolib.cli.signing.trust import distrust
from cryptolib.metier.certificate import Certificate, parse

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DOCUMENT = b"un document"
KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def name(text: str) -> Name:
    return Name([NameAttribute(NameOID.COMMON_NAME, text)])


def issued(
    subject: str, key: rsa.RSAPrivateKey, issuer: str, signing: rsa.RSAPrivateKey, *, authority: bool = False,
    days: tuple[int, int] = (-10, 10),
) -> bytes:  # fmt: skip
    start, end = (NOW + timedelta(days=day) for day in days)
    usage = KeyUsage(
        digital_signature=True, content_commitment=not authority, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        CertificateBuilder(name(issuer), name(subject), key.public_key(), 7, start, end)
        .add_extension(BasicConstraints(authority, None), critical=True)
        .add_extension(usage, critical=True)
        .sign(signing, SHA256())
    )
    return made.public_bytes(Encoding.DER)


SIGNER = issued("holder", KEY, "authority", OTHER_KEY)
AUTHORITY = issued("authority", OTHER_KEY, "authority", OTHER_KEY, authority=True)


def sign(message: bytes) -> bytes:
    return KEY.sign(message, PKCS1v15(), SHA256())


def digest(content: bytes = DOCUMENT) -> Callable[[str], bytes]:
    return lambda kind: new(kind, content).digest()


SIGNATURE = cms.detached(sha256(DOCUMENT).digest(), SIGNER, NOW, sign)


def test_a_signature_holds_and_says_who_and_when() -> None:
    (read,) = cms.signatures(SIGNATURE, digest())
    assert (read.problem, read.signer, read.moment, read.others) == ("", SIGNER, NOW, ())


@pytest.mark.parametrize(
    ("data", "content", "problem"),
    [
        (SIGNATURE, b"another document", "content"),
        (SIGNATURE.replace(SIGNATURE[-8:], bytes(8)), DOCUMENT, "wrong"),
        (cms.detached(sha256(DOCUMENT).digest(), AUTHORITY, NOW, sign), DOCUMENT, "wrong"),
        (SIGNATURE.replace(sha256(SIGNER).digest(), bytes(32)), DOCUMENT, "certificate"),
        (SIGNATURE.replace(sha256(DOCUMENT).digest(), sha256(b"x").digest()), b"x", "wrong"),
    ],
    ids=["document", "signature", "another key", "another certificate", "digest"],
)
def test_what_was_changed_is_named(data: bytes, content: bytes, problem: str) -> None:
    assert [read.problem for read in cms.signatures(data, digest(content))] == [problem]


@pytest.mark.parametrize("data", [b"", b"x", SIGNATURE[:-1], SIGNATURE + b"x", bytes(99), SIGNER])
def test_what_is_no_signature_is_an_error(data: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        cms.signatures(data, digest())


def test_no_byte_of_a_signature_changes_unnoticed() -> None:
    """But those of the certificate, which another part stands for: its hash is signed."""
    for at in range(0, len(SIGNATURE), 3):
        changed = SIGNATURE[:at] + bytes((SIGNATURE[at] ^ 0x01,)) + SIGNATURE[at + 1 :]
        try:
            held = [not read.problem for read in cms.signatures(changed, digest())]
        except (ValueError, TypeError):
            continue
        assert True not in held or cms.signatures(changed, digest())[0].signer == SIGNER


def parsed(der: bytes) -> Certificate:
    certificate = parse(der)
    assert certificate
    return certificate


def test_a_chain_leads_to_a_trusted_authority() -> None:
    holder, authority = parsed(SIGNER), parsed(AUTHORITY)
    assert distrust(holder, [], [authority], NOW) == ""
    assert distrust(holder, [], [holder], NOW) == ""
    assert distrust(holder, [authority], [], NOW) == "unknown_authority"
    assert distrust(holder, [], [authority], NOW + timedelta(days=11)) == "expired"
    assert distrust(holder, [], [authority], NOW - timedelta(days=11)) == "early"


def test_an_authority_of_the_same_name_with_another_key_is_none() -> None:
    forged = parsed(issued("authority", KEY, "authority", KEY, authority=True))
    assert distrust(parsed(SIGNER), [], [forged], NOW) == "unknown_authority"


def test_a_holder_is_no_authority() -> None:
    below = parsed(issued("below", OTHER_KEY, "holder", KEY))
    assert distrust(below, [parsed(SIGNER)], [parsed(AUTHORITY)], NOW) == "unknown_authority"


def test_an_authority_that_came_with_the_signature_links() -> None:
    middle = parsed(issued("middle", KEY, "authority", OTHER_KEY, authority=True))
    below = parsed(issued("below", OTHER_KEY, "middle", KEY))
    assert distrust(below, [middle], [parsed(AUTHORITY)], NOW) == ""
    late = parsed(issued("middle", KEY, "authority", OTHER_KEY, authority=True, days=(-30, -20)))
    assert distrust(below, [late], [parsed(AUTHORITY)], NOW) == "expired"


def test_a_circle_of_issuers_ends() -> None:
    one = parsed(issued("one", KEY, "two", OTHER_KEY, authority=True))
    two = parsed(issued("two", OTHER_KEY, "one", KEY, authority=True))
    assert distrust(one, [one, two], [], NOW) == "unknown_authority"


@pytest.mark.parametrize(
    ("pip", "key"), [(object(), "failure.no_pyhanko"), (None, "failure.no_pyhanko_in_package")], ids=["pip", "package"]
)
def test_without_pyhanko_the_next_step_is_one_that_can_be_done(
    monkeypatch: pytest.MonkeyPatch, pip: object, key: str
) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    monkeypatch.setattr(pdf, "find_spec", lambda name: pip)
    with pytest.raises(Failure, match=key.replace(".", r"\.") + "$"):
        pdf.require()
