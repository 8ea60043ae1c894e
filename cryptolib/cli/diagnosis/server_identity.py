"""A key and a certificate for one run of the test page; they are never kept."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    DNSName,
    ExtendedKeyUsage,
    IPAddress,
    Name,
    NameAttribute,
    SubjectAlternativeName,
    random_serial_number,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "localhost"
_DAY = timedelta(days=1)


def load_into(context: ssl.SSLContext) -> None:
    """ssl reads a key from a file only: this one is in a private folder until the function ends."""
    with tempfile.TemporaryDirectory(prefix="cps-diag-") as folder:
        path = Path(folder, "identity.pem")
        path.write_bytes(_identity())
        context.load_cert_chain(path)


def _identity() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = Name([NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        CertificateBuilder(name, name, key.public_key(), random_serial_number(), now - _DAY, now + _DAY)
        .add_extension(SubjectAlternativeName([DNSName(HOST), IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)
