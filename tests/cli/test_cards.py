"""The tries that the flags of a token announce, and the certificate that a card identifies its holder with."""

from unittest.mock import Mock

import pytest
from pkcs11 import Token, TokenFlag

from cryptolib.cli.cards import Card, CertificateObject, Tries, tries
from cryptolib.metier.card import card_certificate
from tests.support import AUTHENTICATION, SIGNATURE, certificate

CODES = TokenFlag.USER_PIN_INITIALIZED


@pytest.mark.parametrize(
    ("flags", "code", "unblocking"),
    [
        (CODES, Tries.ENOUGH, Tries.ENOUGH),
        (CODES | TokenFlag.USER_PIN_COUNT_LOW, Tries.LOW, Tries.ENOUGH),
        (CODES | TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY, Tries.LAST, Tries.ENOUGH),
        (CODES | TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_COUNT_LOW, Tries.LOCKED, Tries.ENOUGH),
        (CODES | TokenFlag.SO_PIN_LOCKED, Tries.ENOUGH, Tries.LOCKED),
        (TokenFlag.RNG, Tries.NONE, Tries.NONE),
    ],
)
def test_tries_left(flags: TokenFlag, code: Tries, unblocking: Tries) -> None:
    assert tries(flags) == (code, unblocking)


def holding(*certificates: CertificateObject) -> Card:
    return Card("CPS", "99990004", Tries.ENOUGH, Tries.ENOUGH, certificates, True, token=Mock(spec=Token))


def shown(label: str, der: bytes) -> CertificateObject:
    return CertificateObject(b"\1", card_certificate(label, der))


def test_a_card_proves_itself_with_the_certificate_for_authentication_whatever_its_label() -> None:
    for label in ("Certificat d'Authentification CPS", "Something else"):
        signing = shown("Certificat de Signature CPS", certificate("cps4", SIGNATURE))
        authenticating = shown(label, certificate("cps4", AUTHENTICATION))
        assert holding(signing, authenticating).authentication_certificate is authenticating
        assert holding(signing, authenticating).signature_certificate is signing
        assert holding(signing).authentication_certificate is None


def test_a_damaged_certificate_is_for_what_its_label_says() -> None:
    signing, authenticating = (
        shown("Certificat de Signature CPS", b"?"),
        shown("Certificat d'Authentification CPS", b"?"),
    )
    assert holding(signing, authenticating).authentication_certificate is authenticating
