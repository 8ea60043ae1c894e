"""Decides whether a certificate comes from a trusted authority (RFC 5280, 6): signatures and dates only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptolib.cli.signing.algorithms import issued
from cryptolib.metier.certificate import Certificate

_LONGEST = 8
"""Certificates; the cards have two above them."""


def distrust(
    certificate: Certificate, others: Sequence[Certificate], trusted: Sequence[Certificate], moment: datetime
) -> str:
    """ "" if a chain leads to a trusted certificate, else `unknown_authority`, `expired` or `early`.

    :param others: certificates from the signature: they may link a chain but are not trusted.
    :param moment: the time at which all certificates must be valid.
    """
    anchors = {each.raw for each in trusted}
    current = certificate
    for _ in range(_LONGEST):
        if moment > current.not_after:
            return "expired"
        if moment < current.not_before:
            return "early"
        if current.raw in anchors:
            return ""
        above = next((each for each in (*trusted, *others) if _is_issuer(each, current)), None)
        if above is None:
            break
        current = above
    return "unknown_authority"


def _is_issuer(candidate: Certificate, certificate: Certificate) -> bool:
    if not candidate.is_authority or candidate.subject.raw != certificate.issuer.raw:
        return False
    usages = candidate.key_usages
    return (not usages or "keyCertSign" in usages) and issued(certificate.raw, candidate.raw)
