"""Says to a health service who asks, in the shape of the VIHF of DMP and INSi: a SAML 2.0 assertion from the card.

What it says is read from the card, signed with the signature key, and sent over TLS that proves itself with the
authentication key. The worked example of docs/vihf.md; it needs python-pkcs11, signxml, cryptolib.metier, and curl with
the engine of libp11.
"""

import argparse
import getpass
import os
import secrets
import subprocess
import sys
import urllib.parse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from lxml import etree
from lxml.builder import ElementMaker
from pkcs11 import Attribute, Mechanism, ObjectClass
from signxml import XMLSigner, methods

from cryptolib.metier.card import Card, card
from cryptolib.metier.situation import Situation

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
HL7 = "urn:hl7-org:v3"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
CERTIFICATES = {
    "CPS_PRIV_SIG": "Certificat de Signature CPS",
    "CPS_PRIV_AUT": "Certificat d'Authentification CPS",
}
NAMES = {NameOID.TITLE: "title", NameOID.GIVEN_NAME: "GN", NameOID.SURNAME: "SN"}
VALIDITY = timedelta(minutes=5)


# What the card says


def read(session: Any) -> Card:
    """Its holder and the situations d'exercice, as cryptolib.metier has them in words."""
    wanted = ("CPS_INFO_PS", "CPS_NAME_PS", "CPS_ACTIVITY_")
    items = session.get_objects({Attribute.CLASS: ObjectClass.DATA})
    labels = ((item, item[Attribute.LABEL]) for item in items)
    return card({label: item[Attribute.VALUE] for item, label in labels if label.startswith(wanted)})


def practice(said: Card, number: int) -> Situation:
    """The situation that the holder chose: structure and sector of an assertion come from the same one."""
    return next(each.situation for each in said.practices if each.number == number)


def certificate(session: Any, label: str) -> x509.Certificate:
    (item,) = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: label})
    return x509.load_der_x509_certificate(item[Attribute.VALUE])


# What is said of it


def assertion(holder: x509.Certificate, said: Card, where: Situation) -> Any:
    """The assertion, with an empty place for its signature."""
    second = said.savoir_faire or where.pharmacy_section
    assert said.role and second and said.author and where.sector
    now = datetime.now(UTC)
    instant = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    end = (now + VALIDITY).strftime("%Y-%m-%dT%H:%M:%SZ")
    saml = ElementMaker(namespace=SAML, nsmap={"saml2": SAML})
    hl7 = ElementMaker(namespace=HL7, nsmap={None: HL7})

    def attribute(name: str, *values: Any) -> Any:
        return saml.Attribute(*(saml.AttributeValue(value) for value in values), Name=name)

    def code(element: str, value: str, system: str | None, words: str | None) -> Any:
        return hl7(element, {TYPE: "CE"}, code=value, codeSystem=system or "", displayName=words or value)

    return saml.Assertion(
        saml.Issuer(
            holder.subject.rfc4514_string(NAMES), Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
        ),
        etree.Element(f"{{{SIGNATURE}}}Signature", Id="placeholder", nsmap={"ds": SIGNATURE}),
        saml.Subject(saml.NameID(said.national_identifier)),
        saml.Conditions(NotBefore=instant, NotOnOrAfter=end),
        saml.AuthnStatement(
            saml.AuthnContext(saml.AuthnContextClassRef("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI")),
            AuthnInstant=instant,
        ),
        saml.AttributeStatement(
            attribute("VIHF_Version", "4.0"),
            attribute("Authentification_Mode", "DIRECTE"),
            attribute("Identifiant_Structure", where.structure_identifier),
            attribute("Secteur_Activite", where.sector_vihf),
            attribute(
                "urn:oasis:names:tc:xspa:1.0:subject:subject-id",
                f"{said.author.given_name} {said.author.family_name}, {where.structure_name}",
            ),
            attribute(
                "urn:oasis:names:tc:xacml:2.0:subject:role",
                *(code("Role", role.code, role.oid, role.label) for role in (said.role, second)),
            ),
            attribute(
                "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
                code("PurposeOfUse", "normal", "1.2.250.1.213.1.1.4.248", "Accès normal"),
            ),
        ),
        ID=f"_{secrets.token_hex(16)}",
        IssueInstant=instant,
        Version="2.0",
    )


# How it is signed and sent


class CardKey:
    """A key of the card, as signxml uses the keys of `cryptography`."""

    def __init__(self, session: Any, label: str) -> None:
        self._key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label)

    def sign(self, data: bytes, padding: object, algorithm: object) -> bytes:
        assert isinstance(padding, PKCS1v15) and isinstance(algorithm, SHA256)
        return bytes(self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))


def signed(session: Any, number: int, label: str) -> bytes:
    holder = certificate(session, CERTIFICATES[label])
    said = read(session)
    unsigned = assertion(holder, said, practice(said, number))
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm="rsa-sha256",
        digest_algorithm="sha256",
        c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#",
    )
    complete = signer.sign(unsigned, key=CardKey(session, label), cert=[holder], reference_uri=f"#{unsigned.get('ID')}")
    return bytes(etree.tostring(complete))


def send(module: str, token: str, pin: str, message: bytes, url: str, authority: str) -> int:
    """Python's own TLS takes no key of a card: curl does it, and gets everything through its standard input."""
    token = f"pkcs11:token={urllib.parse.quote(token)}"
    options = {
        "url": url,
        "cacert": authority,
        "cert": f"{token};object={urllib.parse.quote(CERTIFICATES['CPS_PRIV_AUT'])};type=cert",
        "key": f"{token};object=CPS_PRIV_AUT;type=private?pin-value={urllib.parse.quote(pin)}",
        "header": "Content-Type: application/samlassertion+xml",
        "data-binary": message.decode(),
    }
    escapes = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
    settings = "".join(f'{name} = "{value.translate(escapes)}"\n' for name, value in options.items())
    curl = ["curl", "--silent", "--show-error", "--fail-with-body", "--config", "-"]
    return subprocess.run(curl, input=settings.encode(), env={**os.environ, "PKCS11_MODULE_PATH": module}).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--situation", type=int, default=1, metavar="N", help="of the holder (%(default)s)")
    parser.add_argument("--key", default="CPS_PRIV_SIG", choices=CERTIFICATES, help="that signs (%(default)s)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the assertion there")
    parser.add_argument("--send", metavar="URL", help="post it to this service")
    parser.add_argument("--authority", metavar="FILE", help="of the service (PEM)")
    options = parser.parse_args()
    module, pin = os.environ["MODULE"], getpass.getpass("Code porteur: ")
    (token,) = pkcs11.lib(module).get_tokens()
    with token.open(user_pin=pin) as session:
        message = signed(session, options.situation, options.key)
    if options.save:
        options.save.write_bytes(message)
    if options.send:
        return send(module, token.label, pin, message, options.send, options.authority)
    return 0


if __name__ == "__main__":
    sys.exit(main())
