"""A certification authority for the servers of one test: RFC 5280, with `cryptography`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conformance.virtual_card.identity import pem

HOST = "localhost"
_VALIDITY = timedelta(days=30)
_MARGIN = timedelta(hours=1)


class Authority:
    """Its certificate and those of one server, as PEM files in a folder that goes with the test."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700)
        self._directory = directory
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._authority_certificate(key)
        self.certificate = self.file("authority.pem", certificate.public_bytes(Encoding.DER))
        self.server_certificate, self.server_key = self._issue_server(key, certificate)

    def file(self, name: str, certificate: bytes) -> Path:
        """Writes a DER certificate as PEM beside the others."""
        path = self._directory / name
        path.write_text(pem(certificate), encoding="ascii")
        return path

    def _authority_certificate(self, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        name = _name("Autorite des serveurs d'essai")
        return (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )

    def _issue_server(self, key: ec.EllipticCurvePrivateKey, authority: x509.Certificate) -> tuple[Path, Path]:
        own = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(HOST), authority.subject, own.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        secret = self._directory / "server.key"
        secret.touch(mode=0o600)
        secret.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return self.file("server.pem", certificate.public_bytes(Encoding.DER)), secret


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _MARGIN)
        .not_valid_after(now + _VALIDITY)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
