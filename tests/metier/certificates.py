"""Certificates of fictitious holders in the shapes that cards have, signed with a key that nobody keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

START, END = datetime(2024, 1, 15, tzinfo=UTC), datetime(2027, 1, 31, 22, 59, 59, tzinfo=UTC)
SIGNATURE, AUTHENTICATION, TECHNICAL, ENCRYPTION = (
    ("digital_signature", "content_commitment"),
    ("digital_signature", "key_encipherment"),
    ("digital_signature",),
    ("key_encipherment",),
)
AUTHORITY = ("key_cert_sign", "crl_sign")
CARD_TYPE = ObjectIdentifier("1.2.250.1.71.1.2.2")

_OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "title": NameOID.TITLE,
    "pseudonym": NameOID.PSEUDONYM,
    "CN": NameOID.COMMON_NAME,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
}
_USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
           "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip

Parts = Sequence[Sequence[tuple[str, str]]]

ISSUER: Parts = [[("C", "FR")], [("CN", "AC D'ESSAI")]]
PROFESSIONAL: Parts = [
    [("C", "FR")],
    [("title", "Médecin")],
    [("CN", "899900000017"), ("SN", "EXEMPLE"), ("GN", "JEANNE")],
]
FORMER_PROFESSIONAL: Parts = [
    [("C", "FR")],
    [("O", "ORGANISME D'ESSAI (TEST)")],
    [("OU", "Médecin")],
    [("GN", "JEANNE"), ("CN", "899900000017"), ("SN", "EXEMPLE")],
]
EMPLOYEE: Parts = [
    [("C", "FR")],
    [("O", "CENTRE HOSPITALIER FICTIF")],
    [("L", "Département fictif (99)")],
    [("OU", "1990000047")],
    [("CN", "3990000047/EMP0042"), ("SN", "EXEMPLE"), ("GN", "CLAUDE")],
]
SERVICE: Parts = [
    [("C", "FR")],
    [("ST", "Département fictif (99)")],
    [("O", "CENTRE HOSPITALIER FICTIF")],
    [("OU", "1990000047")],
    [("title", "Carte de service")],
    [("pseudonym", "ACCUEIL 1")],
    [("CN", "3990000047/SERV.001")],
]
ORGANISATION: Parts = [
    [("C", "FR")],
    [("ST", "Département fictif (99)")],
    [("O", "CENTRE HOSPITALIER FICTIF")],
    [("OU", "1990000047")],
    [("CN", "messagerie.essai.invalid")],
]


def name(parts: Parts) -> x509.Name:
    return x509.Name(
        [
            x509.RelativeDistinguishedName([x509.NameAttribute(_OIDS[kind], text) for kind, text in part])
            for part in parts
        ]
    )


@cache
def _key(label: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def issue(
    parts: Parts,
    usages: tuple[str, ...],
    *,
    issuer: Parts = ISSUER,
    issuer_key: str = "issuer",
    key: str = "holder",
    end: datetime = END,
    extensions: Sequence[tuple[ObjectIdentifier, bytes]] = (),
) -> bytes:
    """A certificate in DER."""
    public = _key(key).public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(parts))
        .issuer_name(name(issuer))
        .public_key(public)
        .serial_number(0x1234)
        .not_valid_before(START)
        .not_valid_after(end)
        .add_extension(x509.KeyUsage(**{usage: usage in usages for usage in _USAGES}), critical=True)
        .add_extension(x509.BasicConstraints(ca=usages == AUTHORITY, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(_key(issuer_key).public_key()), critical=False
        )
    )
    if usages == AUTHENTICATION:
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON]
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for oid, value in extensions:
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
    return builder.sign(_key(issuer_key), hashes.SHA256()).public_bytes(serialization.Encoding.DER)
