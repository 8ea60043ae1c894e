"""A health service that takes SAML assertions from card holders, with all checks of docs/vihf.md.

It checks as DMP and INSi do: SAML 2.0 core, XML Signature 1.1, RFC 5280 for the use of each certificate.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier
from signxml.exceptions import SignXMLException

from conformance.clients.servers.web_server import TlsMode, WebServer, read_request, send
from conformance.clients.support.client_environment import ClientEnvironment

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_CERTIFICATE = "{http://www.w3.org/2000/09/xmldsig#}X509Certificate"
_ACCEPTED = SignatureConfiguration(
    location="./",
    signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
)


class Refused(Exception):
    """The reason why the assertion or its sender is refused."""


class AssertionService(WebServer):
    """Accepts assertions that the connected holder has signed; runs inside `with`."""

    def __init__(self, environment: ClientEnvironment, mode: TlsMode) -> None:
        super().__init__(environment.authority, environment.cards_authority, mode)
        self._issuer = x509.load_der_x509_certificate(environment.card.authority())
        self.accepted: list[Any] = []
        """Each assertion as it was signed, parsed."""

    def answer(self, client: ssl.SSLSocket) -> None:
        head, message = read_request(client)
        certificate = client.getpeercert(binary_form=True)
        if not head.startswith(b"POST / ") or not certificate:
            send(client, "404 Not Found", "nothing here")
            return
        try:
            self.accepted.append(self._check(message, x509.load_der_x509_certificate(certificate)))
        except Refused as refusal:
            self.refusals.append(str(refusal))
            send(client, "403 Forbidden", f"REFUSED {refusal}")
            return
        send(client, "200 OK", "ACCEPTED")

    def _check(self, message: bytes, client: x509.Certificate) -> Any:
        """The signed assertion, after all checks; raises Refused."""
        self._check_certificate(client)
        if not _usage(client).digital_signature or ExtendedKeyUsageOID.CLIENT_AUTH not in _purposes(client):
            raise Refused("the certificate of the connection is not for authentication")
        assertion = _parsed(message)
        signer = _signer(assertion)
        self._check_certificate(signer)
        if not _usage(signer).digital_signature or not _usage(signer).content_commitment:
            raise Refused("the certificate of the signature is not for signatures")
        signed = _signed(assertion, signer)
        if signer.subject != client.subject:
            raise Refused("signed by somebody else than who sends it")
        _check_statements(signed, signer)
        return signed

    def _check_certificate(self, certificate: x509.Certificate) -> None:
        try:
            certificate.verify_directly_issued_by(self._issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise Refused("a certificate of another authority") from error
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            raise Refused("a certificate out of its time")


def _parsed(message: bytes) -> Any:
    try:
        return etree.fromstring(message, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise Refused("not XML") from error


def _signer(assertion: Any) -> x509.Certificate:
    found = list(assertion.iter(_CERTIFICATE))
    if len(found) != 1:
        raise Refused("not signed with one certificate")
    return x509.load_pem_x509_certificate(
        b"-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % found[0].text.strip().encode()
    )


def _signed(assertion: Any, signer: x509.Certificate) -> Any:
    """The element that the signature covers. It must be the assertion itself: anything else is signature wrapping."""
    try:
        verified = XMLVerifier().verify(assertion, x509_cert=signer, expect_config=_ACCEPTED)
    except (SignXMLException, InvalidSignature) as error:
        raise Refused("the signature does not hold") from error
    if verified.signed_xml.tag != f"{SAML}Assertion" or verified.signed_xml.get("ID") != assertion.get("ID"):
        raise Refused("the signature is of something else")
    return verified.signed_xml


def _check_statements(assertion: Any, signer: x509.Certificate) -> None:
    (number,) = signer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if assertion.findtext(f"{SAML}Subject/{SAML}NameID") != number.value:
        raise Refused("of somebody else than who signed it")
    conditions = assertion.find(f"{SAML}Conditions")
    if not conditions.get("NotBefore") <= f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" < conditions.get("NotOnOrAfter"):
        raise Refused("out of its time")


def _usage(certificate: x509.Certificate) -> x509.KeyUsage:
    return certificate.extensions.get_extension_for_class(x509.KeyUsage).value


def _purposes(certificate: x509.Certificate) -> x509.ExtendedKeyUsage:
    return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
