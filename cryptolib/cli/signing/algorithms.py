"""The accepted signature algorithms: SHA-2 with RSA or ECDSA."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509 import Certificate, load_der_x509_certificate

HASHES: dict[str, type[SHA256 | SHA384 | SHA512]] = {"sha256": SHA256, "sha384": SHA384, "sha512": SHA512}


def verifies(certificate: bytes, algorithm: Any, hash_name: str, message: bytes, signature: bytes) -> bool:
    """True if the key of a certificate made this signature.

    :param algorithm: SignedDigestAlgorithm of asn1crypto. :param hash_name: the hash of the document's digest.
    """
    key = load_der_x509_certificate(certificate).public_key()
    kind = algorithm.signature_algo
    try:
        if isinstance(key, RSAPublicKey) and kind == "rsassa_pkcs1v15":
            used = HASHES[algorithm.hash_algo if algorithm["algorithm"].native != "rsassa_pkcs1v15" else hash_name]()
            key.verify(signature, message, PKCS1v15(), used)
        elif isinstance(key, RSAPublicKey) and kind == "rsassa_pss":
            used = HASHES[algorithm.hash_algo]()
            salt = algorithm["parameters"]["salt_length"].native
            key.verify(signature, message, PSS(MGF1(used), salt), used)
        elif isinstance(key, EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(signature, message, ECDSA(HASHES[algorithm.hash_algo]()))
        else:
            return False
    except (InvalidSignature, KeyError):
        return False
    return True


def issued(certificate: bytes, issuer: bytes) -> bool:
    """True if the key of the issuer signed this certificate; both in DER."""
    child, key = load_der_x509_certificate(certificate), load_der_x509_certificate(issuer).public_key()
    try:
        _check(child, key)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _check(child: Certificate, key: object) -> None:
    hash_function = child.signature_hash_algorithm
    if not isinstance(hash_function, SHA256 | SHA384 | SHA512):
        raise ValueError("a hash function that is not accepted")
    if isinstance(key, RSAPublicKey):
        key.verify(child.signature, child.tbs_certificate_bytes, PKCS1v15(), hash_function)
    elif isinstance(key, EllipticCurvePublicKey):
        key.verify(child.signature, child.tbs_certificate_bytes, ECDSA(hash_function))
    else:
        raise ValueError("a key that is not accepted")
