"""The use of a certificate's key."""

from __future__ import annotations

from enum import StrEnum

from cryptolib.metier.certificate import Certificate

_CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
_ENCRYPTION = {"keyEncipherment", "dataEncipherment", "keyAgreement"}


class Use(StrEnum):
    """What a key is for."""

    AUTHENTICATION = "authentication"
    SIGNATURE = "signature"
    """The signature commits the holder; services want this key for documents and for a VIHF."""
    TECHNICAL = "technical"
    """It authenticates a contactless card, without a code."""
    ENCRYPTION = "encryption"
    AUTHORITY = "authority"
    UNKNOWN = "unknown"


# In the labels of certificates on cards.
_BY_LABEL = {"Signature": Use.SIGNATURE, "Authentification": Use.AUTHENTICATION, "Technique": Use.TECHNICAL}


def use(certificate: Certificate | None, label: str = "") -> Use:
    """The use, by the key usages. The label tells a technical certificate from one for authentication, and decides
    for a certificate that is damaged or has no key usages.
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
