"""Signs an XML element (XML Signature 1.1, enveloped): RSA with SHA-256 over its exclusive canonical form."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from cryptolib.cli.vihf.xml import Element, canonical, element

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def signed(whole: Element, certificate: bytes, sign: Callable[[bytes], bytes]) -> Element:
    """The element with its signature after its first child, as SAML requires (SAML core, 2.3.3).

    :param whole: has an attribute `ID`.
    :param certificate: of the signing key, in DER.
    :param sign: returns the RSA signature with SHA-256 of its argument.
    """
    info = element(
        "ds:SignedInfo",
        element("ds:CanonicalizationMethod", Algorithm=_EXCLUSIVE),
        element("ds:SignatureMethod", Algorithm=_RSA_SHA256),
        element(
            "ds:Reference",
            element(
                "ds:Transforms",
                element("ds:Transform", Algorithm=_ENVELOPED),
                element("ds:Transform", Algorithm=_EXCLUSIVE),
            ),
            element("ds:DigestMethod", Algorithm=_SHA256),
            element("ds:DigestValue", _base64(sha256(canonical(whole).encode()).digest())),
            URI=f"#{whole.attributes['ID']}",
        ),
    )
    signature = element(
        "ds:Signature",
        info,
        element("ds:SignatureValue", _base64(sign(canonical(info).encode()))),
        element("ds:KeyInfo", element("ds:X509Data", element("ds:X509Certificate", _base64(certificate)))),
    )
    first, *others = whole.content
    return whole.with_content(first, signature, *others)


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
