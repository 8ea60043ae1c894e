"""The VIHF: a SAML 2.0 assertion of who asks, in which role and where, in the forms of the DMP and of TLSi.

All facts about the holder come from the card; the software passes in the others (docs/vihf.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from cryptolib.cli.vihf.xml import Element, element
from cryptolib.metier.card import Card, Practice
from cryptolib.metier.certificate import Certificate
from cryptolib.metier.codes import PROFESSION, Code
from cryptolib.metier.family import Family

VALIDITY = timedelta(minutes=5)
SUBJECT_ID = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
SECOND_ROLE = "savoir-faire"
"""The second value of `ROLE`: it has no name of its own."""
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
PATIENT = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
STRUCTURE, SECTOR = "Identifiant_Structure", "Secteur_Activite"
BILLING = "identifiantFacturation"
IDENTIFIER = "PS_IdNat"
SOFTWARE = ("LPS_ID", "LPS_Nom", "LPS_Version", "LPS_ID_HOMOLOGATION_DMP")
"""What the DMP wants to know of the software."""

_X509_SUBJECT = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
_SMARTCARD = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
_INS_NIR, _INS_TEST = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.10"
_DOCTOR, _PHARMACIST = Code("10", PROFESSION), Code("21", PROFESSION)
_DMP_FAMILIES = (Family.CPS, Family.CPF, Family.CPE)
"""To whose cards the DMP gives rights (PDT-INF-526)."""
_TLSI_NAMES = {Family.CPS: "CPS", Family.CPF: "CPF", Family.CPE: "CDE-CPE", Family.CPA: "CPA"}


class Shape(StrEnum):
    DMP = "dmp"
    TLSI = "tlsi"
    """INSi and the other services of the Assurance Maladie."""


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    system: str
    """The OID of its nomenclature."""
    words: str


@dataclass(frozen=True, slots=True)
class Additions:
    """The values that the software adds to those of the card."""

    patient: str = ""
    """Their INS: digits, or the whole value with its authority."""
    roles: tuple[Role, ...] = ()
    """Of a holder whose card has no profession."""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of an assertion: the values of each attribute, by its name."""

    shape: Shape
    identifier: str | None
    qualifier: str | None
    attributes: dict[str, tuple[Element | str, ...]]
    missing: tuple[str, ...]
    """Names of what the service wants and neither the card nor the software says: without it, it refuses."""
    missing_software: tuple[str, ...]
    """The same of what describes the software: the service may not look at it."""


def takes(shape: Shape, family: Family | None) -> bool:
    """Whether the service takes assertions of this family; of a card that does not say its own, it may."""
    return shape is Shape.TLSI or family is None or family in _DMP_FAMILIES


def content(shape: Shape, card: Card, practice: Practice | None, additions: Additions) -> Content:
    """Raises ValueError, with the name of the attribute, if the software contradicts the card."""
    said = dict(_of_dmp(card, practice, additions) if shape is Shape.DMP else _of_tlsi(practice))
    present: dict[str, tuple[Element | str, ...]] = {name: values for name, values in said.items() if values}
    for name, value in additions.attributes.items():
        if name in present:
            raise ValueError(name)
        present[name] = (value,)
    wanted = (STRUCTURE, SECTOR, SUBJECT_ID, ROLE) if shape is Shape.DMP else (BILLING,)
    missing = [name for name in wanted if name not in present]
    if shape is Shape.DMP and card.role in (_DOCTOR, _PHARMACIST) and len(present.get(ROLE, ())) < 2:
        missing.append(SECOND_ROLE)
    if not card.national_identifier:
        missing.append(IDENTIFIER)
    software = SOFTWARE if shape is Shape.DMP else ()
    return Content(
        shape,
        card.national_identifier,
        _TLSI_NAMES.get(card.family) if shape is Shape.TLSI and card.family else None,
        present,
        tuple(missing),
        tuple(name for name in software if name not in present),
    )


def assertion(said: Content, signer: Certificate, now: datetime) -> Element:
    """An unsigned assertion; the issuer is the subject of the signer's certificate."""
    assert said.identifier
    subject = {"NameQualifier": said.qualifier} if said.qualifier else {}
    return element(
        "saml2:Assertion",
        element("saml2:Issuer", str(signer.subject), Format=_X509_SUBJECT),
        element("saml2:Subject", element("saml2:NameID", said.identifier, **subject)),
        element("saml2:Conditions", NotBefore=_moment(now), NotOnOrAfter=_moment(now + VALIDITY)),
        element(
            "saml2:AuthnStatement",
            element("saml2:AuthnContext", element("saml2:AuthnContextClassRef", _SMARTCARD)),
            AuthnInstant=_moment(now),
        ),
        element("saml2:AttributeStatement", *(_attribute(*each) for each in said.attributes.items())),
        ID=f"_{uuid4()}",
        IssueInstant=_moment(now),
        Version="2.0",
    )


def _of_dmp(
    card: Card, practice: Practice | None, additions: Additions
) -> Iterator[tuple[str, tuple[Element | str, ...]]]:
    situation = practice.situation if practice else None
    yield "VIHF_Version", ("4.0",)
    yield "Authentification_Mode", ("DIRECTE",)
    yield STRUCTURE, _one(situation.structure_identifier if situation else None)
    yield SECTOR, _one(situation.sector_vihf if situation else None)
    author = card.author
    yield SUBJECT_ID, _one(f"{author.given_name} {author.family_name}".strip() if author else None)
    yield ROLE, tuple(_code("Role", role) for role in additions.roles or _roles(card, practice))
    yield PURPOSE, (_code("PurposeOfUse", Role("normal", "1.2.250.1.213.1.1.4.248", "Accès normal")),)
    yield "Ressource_URN", ("urn:dmp",)
    yield PATIENT, _one(_patient(additions.patient, test=card.test is True))


def _of_tlsi(practice: Practice | None) -> Iterator[tuple[str, tuple[Element | str, ...]]]:
    billing = practice.billing if practice else None
    yield BILLING, _one(billing.identifier if billing else None)


def _roles(card: Card, practice: Practice | None) -> Iterator[Role]:
    """The profession; then the savoir-faire, or the section of the tableau de l'Ordre for a pharmacist."""
    second = card.savoir_faire or (practice.situation.pharmacy_section if practice else None)
    for code in (card.role, second if card.role else None):
        if code and code.oid:
            yield Role(code.code, code.oid, code.label or code.code)


def _patient(identifier: str, *, test: bool) -> str | None:
    """The INS as resource-id: `<INS>^^^&<OID>&ISO^NH`. Digits alone are a NIR; with a test card, an INS for tests."""
    if not identifier or "^" in identifier:
        return identifier or None
    return f"{identifier}^^^&{_INS_TEST if test else _INS_NIR}&ISO^NH"


def _code(name: str, role: Role) -> Element:
    attributes = {"xsi:type": "CE", "code": role.code, "codeSystem": role.system, "displayName": role.words}
    return Element(name, attributes)


def _attribute(name: str, values: tuple[Element | str, ...]) -> Element:
    return element("saml2:Attribute", *(element("saml2:AttributeValue", value) for value in values), Name=name)


def _one(value: str | None) -> tuple[Element | str, ...]:
    return (value,) if value else ()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
