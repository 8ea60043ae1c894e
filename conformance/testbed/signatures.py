"""Verifies signatures with other software: OpenSSL for CMS, xmlsec1 and the OASIS schemas for SAML."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from conformance.virtual_card.identity import identity

_SCHEMA = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:import namespace="urn:oasis:names:tc:SAML:2.0:assertion"
    schemaLocation="/usr/share/xml/opensaml/saml-schema-assertion-2.0.xsd"/>
  <xs:import namespace="urn:hl7-org:v3" schemaLocation="hl7.xsd"/>
</xs:schema>
"""
# The only type of HL7 version 3 in a VIHF: a code.
_HL7 = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:hl7-org:v3">
  <xs:complexType name="CE">
    <xs:attribute name="code" use="required"/><xs:attribute name="codeSystem" use="required"/>
    <xs:attribute name="codeSystemName"/><xs:attribute name="displayName"/>
  </xs:complexType>
</xs:schema>
"""
_CATALOG = """\
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <rewriteSystem systemIdStartString="http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/"
    rewritePrefix="/usr/share/xml/xmltooling/"/>
  <rewriteSystem systemIdStartString="http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/"
    rewritePrefix="/usr/share/xml/xmltooling/"/>
</catalog>
"""
_FONT = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
_ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"
_SECONDS = 60


def authority_of(card: str, folder: Path) -> Path:
    """The certificate of a card's authority in PEM; `card` may name a holder too."""
    path = folder / f"authority-{card.replace(':', '-')}.pem"
    path.write_text(ssl.DER_cert_to_PEM_cert(identity(card).authority))
    return path


def pdf_document(path: Path, text: str = "Ordonnance") -> Path:
    """A PDF with one page and this text (ISO 32000-1)."""
    drawing = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << {_FONT} >> >>",
        f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream",
    )
    content, offsets = "%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    content += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    content += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{content.index('xref')}\n%%EOF\n"
    path.write_text(content, encoding="ascii")
    return path


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return _run("openssl", *arguments)


def openssl_verifies(signature: Path, document: Path, authority: Path) -> bool:
    """Verify a detached CMS signature; the certificates of the cards are not for mail."""
    done = openssl(
        "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", document,
        "-CAfile", authority, "-purpose", "any", "-out", "/dev/null",
    )  # fmt: skip
    return done.returncode == 0


def xmlsec_verifies(assertion: Path, authority: Path) -> bool:
    return (
        _run("xmlsec1", "--verify", "--trusted-pem", authority, "--id-attr:ID", _ASSERTION, assertion).returncode == 0
    )


def complaints_of_schema(document: Path, folder: Path) -> str:
    """The errors of xmllint against the SAML 2.0 schema; empty if there are none."""
    catalog, schema = folder / "catalog.xml", folder / "schema.xsd"
    catalog.write_text(_CATALOG)
    schema.write_text(_SCHEMA)
    (folder / "hl7.xsd").write_text(_HL7)
    done = subprocess.run(
        ["xmllint", "--nonet", "--noout", "--schema", str(schema), str(document)],
        env={"XML_CATALOG_FILES": str(catalog), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=_SECONDS,
    )  # fmt: skip
    return "" if done.returncode == 0 else done.stderr


def _run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=_SECONDS)
