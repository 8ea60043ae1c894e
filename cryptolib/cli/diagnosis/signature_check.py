"""The proof that a card works: it signs something new, and its certificate verifies that (RFC 8017, 8.2)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.x509 import load_der_x509_certificate
from pkcs11 import Mechanism, ObjectClass, SignMixin
from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error

from cryptolib.cli.cards import Card, CardCertificate, Tries, fault_name, tries
from cryptolib.cli.codes.entry import ask
from cryptolib.cli.context import Context
from cryptolib.cli.diagnosis.check_result import CheckResult
from cryptolib.cli.options import DiagnosisOptions
from cryptolib.cli.severity import Severity

if TYPE_CHECKING:
    from pkcs11 import Session

# DigestInfo of SHA-256 up to the digest (RFC 8017, 9.2 note 1): the key behind the antenna hashes nothing itself.
_SHA256 = bytes.fromhex("30 31 30 0D 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20")


def run(context: Context, options: DiagnosisOptions, cards: list[Card]) -> list[CheckResult]:
    """With each card that can prove something; the code is asked for here and nowhere else."""
    results = []
    for card in cards:
        if card.authentication_certificate is None or card.code is Tries.LOCKED:
            continue
        if card.code is Tries.NONE:
            results.append(prove(card, card.authentication_certificate, None))
        elif card.code is Tries.LAST and not options.force:
            results.append(CheckResult("signature.last_try", Severity.WARNING))
        else:
            given = ask(context, context.text("signature.prompt", label=card.label), options.pin_fd)
            results.append(
                prove(card, card.authentication_certificate, given)
                if given
                else CheckResult("signature.not_asked", Severity.INFO)
            )
    return results


def prove(card: Card, entry: CardCertificate, given: str | None) -> CheckResult:
    """One signature with the key of this certificate; `given` is None for a key that needs no code."""
    message = os.urandom(64)
    try:
        with card.token.open(user_pin=given) as session:
            signature = sign(session, entry, message)
    except (PinIncorrect, PinLocked):
        return CheckResult("signature.locked" if _locked(card) else "signature.refused", Severity.FAILURE)
    except PKCS11Error as error:
        return CheckResult("signature.failed", Severity.FAILURE, {"detail": fault_name(error)})
    return check_signature(entry.der, message, signature)


def sign(session: Session, entry: CardCertificate, message: bytes) -> bytes:
    """With the private key of this certificate."""
    key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=entry.id)
    assert isinstance(key, SignMixin)
    return bytes(key.sign(digest_info(message), mechanism=Mechanism.RSA_PKCS))


def digest_info(message: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(message)
    return _SHA256 + digest.finalize()


def _locked(card: Card) -> bool:
    """Asked of the card: a CPS3 calls the third wrong code incorrect like the ones before."""
    return tries(card.token.slot.get_token().flags)[0] is Tries.LOCKED


def check_signature(certificate: bytes, message: bytes, signature: bytes) -> CheckResult:
    try:
        key = load_der_x509_certificate(certificate).public_key()
        if not isinstance(key, RSAPublicKey):
            return CheckResult("signature.wrong", Severity.FAILURE)
        key.verify(signature, message, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        return CheckResult("signature.wrong", Severity.FAILURE)
    return CheckResult("signature.verified", Severity.OK)
