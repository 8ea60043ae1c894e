"""Cuts the fields of an X.509 certificate that are PKCS#11 attributes out of its DER (RFC 5280, 4.1)."""

from __future__ import annotations

from cryptolib.iso7816 import tlv
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER
from cryptolib.iso7816.tlv import TlvError
from cryptolib.mechanisms.operation import PublicKey
from cryptolib.pkcs15.schema import MAX_MODULUS, MIN_MODULUS

VERSION = 0xA0
INTEGER = 0x02
# The first bytes of the OBJECT IDENTIFIERs of RSA algorithms (RFC 8017, appendix C: pkcs-1).
RSA = bytes.fromhex("2A 86 48 86 F7 0D 01 01")
UTC_TIME = 0x17
# No authority issues a key with a greater exponent, and computing with one may take hours.
MAX_EXPONENT = 64
SEQUENCE = 0x30


class Certificate:
    """One certificate. Every field is DER; `serial` is the content of its INTEGER.

    `not_before` and `not_after` are CK_DATE values: 8 ASCII digits. `rsa_key` is None for another kind of key. Raises
    TlvError when `value` is no certificate.
    """

    __slots__ = (
        "issuer", "not_after", "not_before", "public_key_der", "public_key_info", "rsa_key", "serial", "subject",
        "value",
    )  # fmt: skip

    def __init__(self, value: bytes) -> None:
        self.value = value
        fields = [item for item in _parts(tlv.first(value, SEQUENCE, SEQUENCE)) if item.tag != VERSION]
        if len(fields) < 6:
            raise TlvError("a certificate of less than six fields")
        serial, _algorithm, issuer, validity, subject, key_info = fields[:6]
        self.serial = serial.value
        self.issuer = issuer.raw
        self.subject = subject.raw
        self.not_before, self.not_after = map(_date, _pair(validity.value))
        self.public_key_info = key_info.raw
        algorithm, bits = _pair(key_info.value)
        # BIT STRING: the number of unused bits, then RSAPublicKey.
        self.public_key_der = bits.value[1:]
        # A card may have certificates of authorities with other keys than RSA.
        named = next((item.value for item in _parts(algorithm.value)), RSA)
        self.rsa_key = public_key(self.public_key_der) if named.startswith(RSA) else None

    @property
    def public_key(self) -> PublicKey:
        """Raises TlvError if the key is no RSA key."""
        if self.rsa_key is None:
            raise TlvError("not an RSA key")
        return self.rsa_key

    def key_block(self) -> bytes:
        """The modulus, or the content of a key that is no RSA key, as much as one READ BINARY gives."""
        key = self.rsa_key
        return (self.public_key_info if key is None else key.modulus.to_bytes(key.size, "big"))[:MAX_SHORT_ANSWER]


def public_key(der: bytes) -> PublicKey:
    """Parse RSAPublicKey (RFC 8017, A.1.1). Raises TlvError for other content, and for a key that no CPS has."""
    modulus, exponent = (int.from_bytes(number.value, "big") for number in _pair(tlv.first(der, SEQUENCE)))
    if not MIN_MODULUS <= modulus.bit_length() <= MAX_MODULUS or exponent.bit_length() > MAX_EXPONENT:
        raise TlvError("a public key of lengths that none has")
    if not (modulus & 1 and exponent & 1 and exponent > 1):
        raise TlvError("not the numbers of a public key")
    return PublicKey(modulus, exponent)


def rsa_public_key(content: bytes) -> bytes:
    """RSAPublicKey as it stands in `content`: alone, or in SubjectPublicKeyInfo (ISO/IEC 7816-15:2016, 8.4.3: spki)."""
    whole, _end = tlv.read(content)
    parts = _parts(whole.value)
    # The tag of the choice stands around the SEQUENCE or in its place.
    if len(parts) == 1:
        parts = _parts(parts[0].value)
    if len(parts) != 2 or parts[0].tag == INTEGER:
        return content
    return parts[1].value[1:]


def key_block(content: bytes) -> tuple[int, bytes]:
    """The offset of the modulus in a certificate or RSAPublicKey, and as much of it as one READ BINARY gives."""
    try:
        block = Certificate(content).key_block()
    except TlvError:
        key = public_key(rsa_public_key(content))
        block = key.modulus.to_bytes(key.size, "big")[:MAX_SHORT_ANSWER]
    return content.index(block), block


def _parts(content: bytes) -> list[tlv.Tlv]:
    return list(tlv.items(content))


def _pair(content: bytes) -> tuple[tlv.Tlv, tlv.Tlv]:
    parts = _parts(content)
    if len(parts) != 2:
        raise TlvError(f"{len(parts)} fields instead of two")
    return parts[0], parts[1]


def _date(item: tlv.Tlv) -> bytes:
    """UTCTime or GeneralizedTime as a CK_DATE."""
    if item.tag != UTC_TIME:
        return item.value[:8]
    century = b"19" if item.value[:2] >= b"50" else b"20"
    return century + item.value[:6]
