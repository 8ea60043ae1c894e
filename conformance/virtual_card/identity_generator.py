"""Makes the test identities of the virtual cards from a seed; every run gives the same bytes.

``python -m conformance.virtual_card.identity_generator`` rewrites identities.json. Certificates: RFC 5280. Keys: FIPS
186-5 appendix A.1 in outline (probable primes), drawn from a counter-mode hash instead of a random generator.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from conformance.virtual_card.rsa import PrivateKey

SEED = "virtual CPS"
DATA_FILE = Path(__file__).with_name("identities.json")

_NOT_BEFORE = datetime(2024, 1, 1, tzinfo=UTC)
_NOT_AFTER = datetime(2044, 1, 1, tzinfo=UTC)
_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_POLICY = ObjectIdentifier("2.999.71.4.2.1")

HOLDERS: dict[str, dict[str, Any]] = {
    "cps3": {"serial": "99990003", "title": "Médecin", "given": "Camille", "surname": "EXEMPLE-TROIS",
             "number": "899900000037", "speciality": "SM26", "civility": 22, "card_type": 0, "profession": 10},
    "cps4": {"serial": "99990004", "title": "Médecin", "given": "Dominique", "surname": "EXEMPLE-QUATRE",
             "number": "899900000045", "speciality": "SM54", "civility": 31, "card_type": 0, "profession": 10},
    "pharmacist": {"serial": "99990005", "title": "Pharmacien", "given": "André", "surname": "EXEMPLE-CINQ",
                   "number": "899900000052", "speciality": "", "civility": 31, "card_type": 0, "profession": 21},
    "cpf": {"serial": "99990006", "title": "Médecin en formation", "given": "Alix", "surname": "EXEMPLE-SIX",
            "number": "899900000060", "speciality": "", "civility": 22, "card_type": 1, "profession": 0, "future": 10},
    "cpe": {"serial": "99990007", "title": "", "given": "Danièle", "surname": "EXEMPLE-SEPT",
            "number": "3990000039/EMP0042", "speciality": "", "civility": 22, "card_type": 2, "profession": None,
            "future": None, "structure": "CENTRE HOSPITALIER FICTIF", "structure_identifier": "1990000039"},
    "cpe-service": {"serial": "99990008", "title": "Carte de service", "given": "", "surname": "",
                    "number": "3990000039/SERV.001", "speciality": "", "civility": 0, "card_type": 2,
                    "profession": None, "future": None, "structure": "CENTRE HOSPITALIER FICTIF",
                    "structure_identifier": "1990000039", "pseudonym": "ACCUEIL D'ESSAI"},
    "cpa": {"serial": "99990009", "title": "", "given": "Claude", "surname": "EXEMPLE-NEUF",
            "number": "3990000039/AUT0007", "speciality": "", "civility": 31, "card_type": 3, "profession": None,
            "future": 41, "structure": "CENTRE HOSPITALIER FICTIF", "structure_identifier": "1990000039"},
}  # fmt: skip
# Browsers must never offer the signature certificate: it says what it is for, and that is not authentication.
_PURPOSES = {
    "signature": [ExtendedKeyUsageOID.EMAIL_PROTECTION],
    "authentication": [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION],
    "technical": [ExtendedKeyUsageOID.CLIENT_AUTH],
}
KEYS = {"cps3": ("signature", "authentication", "technical"), "cps4": ("signature", "authentication")}
# A holder with cards of both generations has keys for both.
_ALL_KEYS = ("signature", "authentication", "technical")
_CARD_TYPE = ObjectIdentifier("1.2.250.1.71.1.2.2")
_DEPARTMENT = "Département fictif (99)"


def _stream(label: str) -> Iterator[bytes]:
    counter = 0
    while True:
        yield b"".join(hashlib.sha256(f"{SEED}/{label}/{counter}/{part}".encode()).digest() for part in range(4))
        counter += 1


def _is_probable_prime(n: int) -> bool:
    """Miller-Rabin with the first forty odd primes as bases: ample for numbers that nobody chose against it."""
    if any(n % prime == 0 for prime in _SMALL_PRIMES):
        return False
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    for base in _SMALL_PRIMES[:40]:
        x = pow(base, (n - 1) >> twos, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def generate_key(label: str) -> PrivateKey:
    """RSA-2048 from the label: the first two suitable 1024-bit primes of its byte stream."""
    primes: list[int] = []
    for draw in _stream(label):
        candidate = int.from_bytes(draw, "big") | 3 << 1022 | 1
        if candidate % 65537 != 1 and _is_probable_prime(candidate):
            primes.append(candidate)
            if len(primes) == 2:
                break
    return PrivateKey(*primes)


def _signing_key(key: PrivateKey) -> rsa.RSAPrivateKey:
    d = pow(key.e, -1, (key.p - 1) * (key.q - 1))
    return rsa.RSAPrivateNumbers(
        key.p, key.q, d, d % (key.p - 1), d % (key.q - 1), pow(key.q, -1, key.p), rsa.RSAPublicNumbers(key.e, key.n)
    ).private_key()


def _name(*relative: list[tuple[ObjectIdentifier, str]]) -> x509.Name:
    return x509.Name(
        [x509.RelativeDistinguishedName([x509.NameAttribute(oid, value) for oid, value in rdn]) for rdn in relative]
    )


_ISSUER = _name(
    [(NameOID.COUNTRY_NAME, "FR")],
    [(NameOID.ORGANIZATION_NAME, "ORGANISME D'ESSAI")],
    [(NameOID.ORGANIZATIONAL_UNIT_NAME, "IGC DES CARTES VIRTUELLES")],
    [(NameOID.COMMON_NAME, "AC D'ESSAI DES PROFESSIONNELS DE SANTE")],
)


def _subject(holder: dict[str, Any]) -> x509.Name:
    """The subject in the form of each family; the two doctors have that of the former authority."""
    person = [
        (NameOID.COMMON_NAME, holder["number"]),
        (NameOID.SURNAME, holder["surname"]),
        (NameOID.GIVEN_NAME, holder["given"]),
    ]
    country = [(NameOID.COUNTRY_NAME, "FR")]
    if holder["card_type"] < 2:
        return _name(country, [(NameOID.TITLE, holder["title"])], person)
    structure = [(NameOID.ORGANIZATION_NAME, holder["structure"])]
    unit = [(NameOID.ORGANIZATIONAL_UNIT_NAME, holder["structure_identifier"])]
    if holder["surname"]:
        return _name(country, structure, [(NameOID.LOCALITY_NAME, _DEPARTMENT)], unit, person)
    return _name(
        country,
        [(NameOID.STATE_OR_PROVINCE_NAME, _DEPARTMENT)],
        structure,
        unit,
        [(NameOID.TITLE, holder["title"])],
        [(NameOID.PSEUDONYM, holder["pseudonym"])],
        person[:1],
    )


def _subject_of_a_doctor(holder: dict[str, Any]) -> x509.Name:
    return _name(
        [(NameOID.COUNTRY_NAME, "FR")],
        [(NameOID.ORGANIZATION_NAME, "ORGANISME D'ESSAI")],
        [
            (NameOID.TITLE, holder["title"]),
            (NameOID.GIVEN_NAME, holder["given"]),
            (NameOID.SURNAME, holder["surname"]),
            (NameOID.COMMON_NAME, holder["number"]),
        ],
    )


def _key_usage(*uses: str) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: name in uses for name in names})


def _authority_certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    return (
        _builder(_ISSUER, key.public_key(), serial=0x10000001, usage=_key_usage("key_cert_sign", "crl_sign"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(subject: x509.Name, key: rsa.RSAPublicKey, serial: int, usage: x509.KeyUsage) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(_ISSUER)
        .subject_name(subject)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .add_extension(usage, critical=True)
    )


def _holder_certificate(
    card: str, holder: dict[str, Any], role: str, key: PrivateKey, authority: rsa.RSAPrivateKey
) -> x509.Certificate:
    public = rsa.RSAPublicNumbers(key.e, key.n).public_key()
    usages = {
        "signature": _key_usage("digital_signature", "content_commitment"),
        "authentication": _key_usage("digital_signature", "key_encipherment"),
        "technical": _key_usage("digital_signature"),
    }
    serial = int(holder["serial"]) << 8 | {"signature": 1, "authentication": 2, "technical": 3}[role]
    subject = _subject_of_a_doctor(holder) if card in KEYS else _subject(holder)
    builder = (
        _builder(subject, public, serial, usages[role])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .add_extension(_policies(), critical=False)
        .add_extension(_revocation_list(), critical=False)
        .add_extension(_authority_access(), critical=False)
    )
    if role == "authentication":
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name(_address(holder))]), critical=False
        )
    builder = builder.add_extension(x509.ExtendedKeyUsage(_PURPOSES[role]), critical=False)
    if card not in KEYS:
        kind = x509.UnrecognizedExtension(_CARD_TYPE, bytes((0x02, 0x01, holder["card_type"])))
        builder = builder.add_extension(kind, critical=False)
    return builder.sign(authority, hashes.SHA256())


def _address(holder: dict[str, Any]) -> str:
    """A mail address in ASCII."""
    address = f"{holder['given'] or 'carte'}.{holder['surname'] or holder['serial']}@essai.invalid".lower()
    return unicodedata.normalize("NFKD", address).encode("ascii", "ignore").decode()


def _policies() -> x509.CertificatePolicies:
    return x509.CertificatePolicies(
        [x509.PolicyInformation(_POLICY, ["http://igc.essai.invalid/cartes-virtuelles/politique"])]
    )


def _revocation_list() -> x509.CRLDistributionPoints:
    url = x509.UniformResourceIdentifier("http://igc.essai.invalid/crl/professionnels-de-sante.crl")
    return x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])


def _authority_access() -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier("http://ocsp.essai.invalid/professionnels-de-sante"),
            )
        ]
    )


def _base64(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def generate() -> dict[str, object]:
    """Everything ``identities.json`` holds."""
    authority_key = _signing_key(generate_key("authority"))
    cards: dict[str, object] = {}
    for card, holder in HOLDERS.items():
        roles: dict[str, object] = {}
        for role in KEYS.get(card, _ALL_KEYS):
            key = generate_key(f"{card}/{role}")
            certificate = _holder_certificate(card, holder, role, key, authority_key)
            roles[role] = {"p": f"{key.p:x}", "q": f"{key.q:x}", "certificate": _base64(certificate)}
        cards[card] = {"holder": holder, "keys": roles}
    return {"authority": _base64(_authority_certificate(authority_key)), "cards": cards}


def render() -> str:
    """The exact text of ``identities.json``."""
    return json.dumps(generate(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DATA_FILE.write_text(render(), encoding="utf-8")
