"""From a certificate up to its root, and until when all of them are valid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptolib.metier.certificate import Certificate

SOON = timedelta(days=60)


class Validity(StrEnum):
    VALID = "valid"
    SOON = "soon"
    """Valid, and for a short time only."""
    EXPIRED = "expired"
    EARLY = "early"
    """Not yet valid: as likely as not, the clock is behind."""


def validity(start: datetime, end: datetime, now: datetime, soon: timedelta = SOON) -> Validity:
    if now < start:
        return Validity.EARLY
    if now > end:
        return Validity.EXPIRED
    return Validity.SOON if end - now < soon else Validity.VALID


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate, that of its issuer, and so on."""

    certificates: tuple[Certificate, ...]

    @property
    def complete(self) -> bool:
        """Whether it ends with a certificate that is its own issuer."""
        return _issued(self.certificates[-1], self.certificates[-1])

    @property
    def ends(self) -> datetime:
        """When the first of them ends."""
        return min(each.not_after for each in self.certificates)


def chain(certificate: Certificate, authorities: Iterable[Certificate]) -> Chain:
    """The certificates above one, as far as they are among `authorities`, by name and key identifier: no signature."""
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
