"""Certificate chains up to a root, and validity periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptolib.metier.certificate import Certificate

SOON = timedelta(days=60)


class Validity(StrEnum):
    """The state of a validity period."""

    VALID = "valid"
    SOON = "soon"
    """Valid, but about to end."""
    EXPIRED = "expired"
    EARLY = "early"
    """Not yet valid; often the clock is wrong."""


def validity(start: datetime, end: datetime, now: datetime, soon: timedelta = SOON) -> Validity:
    """The state at `now` of a period; `soon` is how long before its end it counts as about to end."""
    if now < start:
        return Validity.EARLY
    if now > end:
        return Validity.EXPIRED
    return Validity.SOON if end - now < soon else Validity.VALID


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate, the one of its issuer, and so on."""

    certificates: tuple[Certificate, ...]

    @property
    def complete(self) -> bool:
        """True if the last certificate is self-issued: the chain reaches a root."""
        return _issued(self.certificates[-1], self.certificates[-1])

    @property
    def ends(self) -> datetime:
        """The earliest end of all validity periods."""
        return min(each.not_after for each in self.certificates)


def chain(certificate: Certificate, authorities: Iterable[Certificate]) -> Chain:
    """The chain above `certificate` in `authorities`, by name and key identifier. Signatures are not verified."""
    found, candidates = [certificate], list(authorities)
    while not _issued(found[-1], found[-1]):
        above = next((each for each in candidates if each not in found and _issued(each, found[-1])), None)
        if above is None:
            break
        found.append(above)
    return Chain(tuple(found))


def _issued(issuer: Certificate, certificate: Certificate) -> bool:
    own, wanted = issuer.key_identifier, certificate.issuer_key_identifier
    return issuer.subject.raw == certificate.issuer.raw and (own is None or wanted is None or own == wanted)
