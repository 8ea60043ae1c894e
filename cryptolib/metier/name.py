"""Distinguished names of certificates, in any order, with several attributes per RDN (RFC 5280, 4.1.2.4; RFC 4514)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptolib.metier import der
from cryptolib.metier.tlv import Tlv, TlvError

SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.65": "pseudonym",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: OID, text (None if it is no string), and the value in DER."""

    oid: str
    text: str | None
    encoded: bytes

    @property
    def name(self) -> str:
        """The short name (`CN` for instance), or the OID without one."""
        return SHORT_NAMES.get(self.oid, self.oid)


@dataclass(frozen=True, slots=True)
class Name:
    """A name; `parts` are its RDNs in the order of the certificate, `raw` its DER."""

    parts: tuple[tuple[Attribute, ...], ...]
    raw: bytes

    def all(self, name: str) -> tuple[str, ...]:
        """The texts of all attributes with this short name (`CN`, `OU`…) or OID."""
        attributes = (attribute for part in self.parts for attribute in part if name in (attribute.name, attribute.oid))
        return tuple(attribute.text for attribute in attributes if attribute.text is not None)

    def first(self, name: str) -> str | None:
        """The first text of `all`; None without one."""
        return next(iter(self.all(name)), None)

    def __str__(self) -> str:
        """The string of RFC 4514: the last RDN first, attributes of one RDN joined by `+`."""
        return ",".join("+".join(_written(attribute) for attribute in part) for part in reversed(self.parts))


def read(item: Tlv) -> Name:
    """Parse a name. Raises TlvError."""
    relative = [der.parts(part, der.SET) for part in der.parts(item)]
    return Name(tuple(tuple(_attribute(attribute) for attribute in part) for part in relative), item.raw)


def _attribute(item: Tlv) -> Attribute:
    pair = der.parts(item)
    if len(pair) != 2:
        raise TlvError("not a type and a value")
    kind, value = pair
    return Attribute(der.identifier(kind), der.text(value), value.raw)


def _written(attribute: Attribute) -> str:
    if attribute.text is None:
        return f"{attribute.name}=#{attribute.encoded.hex()}"
    text = re.sub(r'([",+;<>\\])', r"\\\1", attribute.text).replace("\0", r"\00")
    text = re.sub(r"^[# ]|(?<=.) $", r"\\\g<0>", text)
    return f"{attribute.name}={text}"
