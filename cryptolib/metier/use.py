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


def use(certificate: Certificate, label: str = "") -> Use:
    """By the key usages; a technical certificate is told by the label that the card has for it, and by nothing else."""
    usages = set(certificate.key_usages)
    if certificate.is_authority or "keyCertSign" in usages:
        return Use.AUTHORITY
    if "nonRepudiation" in usages:
        return Use.SIGNATURE
    if "Technique" in label:
        return Use.TECHNICAL
    if "digitalSignature" in usages or _CLIENT_AUTHENTICATION in certificate.extended_key_usages:
        return Use.AUTHENTICATION
    return Use.ENCRYPTION if usages & _ENCRYPTION else Use.UNKNOWN
