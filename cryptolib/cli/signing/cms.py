"""Detached CAdES signatures: CMS SignedData with the signing certificate as a signed attribute (RFC 5652, RFC 5035)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import new
from typing import Any

from asn1crypto import cms, pem, tsp, x509

from cryptolib.cli.signing.algorithms import HASHES, verifies


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a document, and its state."""

    problem: str
    """Empty when it holds; else `content`, `wrong`, `algorithm`, `certificate`, `damaged` or `partial`."""
    signer: bytes | None
    """The certificate, in DER."""
    moment: datetime | None
    """When it was made, as the signer says."""
    others: tuple[bytes, ...]
    """The other certificates that came with it."""


def detached(digest: bytes, certificate: bytes, moment: datetime, sign: Callable[[bytes], bytes]) -> bytes:
    """Make a detached signature, in DER.

    :param digest: SHA-256 of the document.
    :param certificate: of the signing key, in DER.
    :param sign: returns the RSA signature with SHA-256 of its argument.
    """
    signer = x509.Certificate.load(certificate)
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [signer],
            "signer_infos": [_signer_info(signer, _signed_attributes(digest, signer, moment), sign)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())


def _signed_attributes(digest: bytes, signer: Any, moment: datetime) -> Any:
    return cms.CMSAttributes(
        [
            _attribute("content_type", "data"),
            _attribute("message_digest", digest),
            _attribute("signing_time", cms.Time({"utc_time": moment.replace(microsecond=0)})),
            _attribute(
                "signing_certificate_v2",
                tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": signer.sha256})]}),
            ),
        ]
    )


def _signer_info(signer: Any, attributes: Any, sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    identifier = {"issuer": signer.issuer, "serial_number": signer.serial_number}
    return {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", identifier),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_rsa"},
        "signature": sign(attributes.dump()),
    }


def signatures(data: bytes, digest: Callable[[str], bytes]) -> list[Signature]:
    """All signatures in a CMS structure, in DER or PEM.

    :param digest: returns the digest of the document for a hash name of hashlib.
    :raises ValueError: if it is no such structure.
    """
    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    content = cms.ContentInfo.load(data, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("not SignedData")
    signed = content["content"]
    certificates = [each.chosen for each in signed["certificates"] or () if each.name == "certificate"]
    return [_signature(info, certificates, digest) for info in signed["signer_infos"]]


def _signature(info: Any, certificates: list[Any], digest: Callable[[str], bytes]) -> Signature:
    signer = next((each for each in certificates if _identifies(info["sid"], each)), None)
    others = tuple(bytes(each.dump()) for each in certificates if each is not signer)
    if signer is None:
        return Signature("certificate", None, None, others)
    try:
        problem, moment = _problem(info, signer, digest), _first_value(info, "signing_time")
    except (ValueError, KeyError, TypeError):  # asn1crypto raises these for other content
        problem, moment = "damaged", None
    return Signature(problem, bytes(signer.dump()), moment.native if moment is not None else None, others)


def _problem(info: Any, signer: Any, digest: Callable[[str], bytes]) -> str:
    """The defect of a signature, or "". Without signed attributes it is no CAdES, and could stand for another
    document.
    """
    name, attributes = info["digest_algorithm"]["algorithm"].native, info["signed_attrs"]
    if name not in HASHES or not attributes:
        return "algorithm"
    stated, own = _first_value(info, "message_digest"), _first_value(info, "signing_certificate_v2")
    if stated is None or stated.native != digest(name):
        return "content"
    if own is not None and not _is_same_certificate(own["certs"][0], signer):
        return "certificate"
    # The signature covers the SET OF itself, not its tag in the structure (RFC 5652, 5.4).
    signed = b"\x31" + attributes.dump()[1:]
    holds = verifies(signer.dump(), info["signature_algorithm"], name, signed, info["signature"].native)
    return "" if holds else "wrong"


def _is_same_certificate(own: Any, signer: Any) -> bool:
    name = own["hash_algorithm"]["algorithm"].native
    return name in HASHES and new(name, signer.dump()).digest() == own["cert_hash"].native


def _identifies(identifier: Any, certificate: Any) -> bool:
    if identifier.name == "subject_key_identifier":
        return bool(certificate.key_identifier == identifier.chosen.native)
    wanted = identifier.chosen
    same = certificate.serial_number == wanted["serial_number"].native
    return bool(same and certificate.issuer.dump() == wanted["issuer"].dump())


def _first_value(info: Any, kind: str) -> Any | None:
    """The value of a signed attribute."""
    return next((each["values"][0] for each in info["signed_attrs"] or () if each["type"].native == kind), None)


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})
