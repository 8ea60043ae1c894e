"""What the key of a certificate is for."""

from __future__ import annotations

from enum import StrEnum

from cryptolib.metier.certificate import Certificate

_CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
_ENCRYPTION = {"keyEncipherment", "dataEncipherment", "keyAgreement"}


class Use(StrEnum):
    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"
    """It commits the holder: what a service accepts for a signed document, or for a VIHF."""
    TECHNICAL = "technical"
    """It authenticates the card over its antenna, without a code."""
    ENCRYPTION = "encryption"
    AUTHORITY = "authority"
    UNKNOWN = "unknown"


# Of the labels that cards have for their certificates.
_BY_LABEL = {"Signature": Use.SIGNATURE, "Authentification": Use.AUTHENTICATION, "Technique": Use.TECHNICAL}


def use(certificate: Certificate | None, label: str = "") -> Use:
    """By the key usages. Only its label on the card says whether a certificate for authentication is a technical one,
    and what one is for that is damaged, or has no key usages.
    """
    by_label = next((each for word, each in _BY_LABEL.items() if word in label), Use.UNKNOWN)
    usages = set(certificate.key_usages) if certificate else set()
    if certificate is None or not (usages or certificate.is_authority):
        return by_label
    if certificate.is_authority or "keyCertSign" in usages:
        return Use.AUTHORITY
    if "nonRepudiation" in usages:
        return Use.SIGNATURE
    if by_label is Use.TECHNICAL:
        return Use.TECHNICAL
    if "digitalSignature" in usages or _CLIENT_AUTHENTICATION in certificate.extended_key_usages:
        return Use.AUTHENTICATION
    return Use.ENCRYPTION if usages & _ENCRYPTION else Use.UNKNOWN
