"""Signs with a key of the card, and verifies with the certificate alone (RFC 8017, 8.2)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pkcs11 import Mechanism, ObjectClass, SignMixin

from cryptolib.cli.cards import Card, CertificateObject
from cryptolib.cli.failure import Failure

if TYPE_CHECKING:
    from pkcs11 import Session

# DigestInfo of SHA-256 before the digest (RFC 8017, 9.2 note 1): the contactless key does not hash.
_SHA256 = bytes.fromhex("30 31 30 0D 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20")


def signature_certificate(card: Card) -> CertificateObject:
    """The certificate of the key that commits the holder. Services refuse signatures of the authentication key.
    Raises Failure for a card without such a key.
    """
    certificate = card.signature_certificate
    if certificate is None or certificate.entry.certificate is None:
        raise Failure("failure.no_signature_key")
    return certificate


def sign(session: Session, certificate: CertificateObject, message: bytes) -> bytes:
    """An RSA signature with SHA-256 by the private key of this certificate."""
    key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=certificate.id)
    assert isinstance(key, SignMixin)
    return bytes(key.sign(digest_info(message), mechanism=Mechanism.RSA_PKCS))


def digest_info(message: bytes) -> bytes:
    return _SHA256 + sha256(message).digest()


def holds(certificate: bytes, message: bytes, signature: bytes) -> bool:
    """True if the key of this certificate (DER) made the signature; does not use the module."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509 import load_der_x509_certificate

    try:
        key = load_der_x509_certificate(certificate).public_key()
        if not isinstance(key, RSAPublicKey):
            return False
        key.verify(signature, message, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True
