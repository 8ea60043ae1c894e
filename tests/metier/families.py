"""Fictitious cards of every family: the values of their objects, and their certificates."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.virtual_card.tlv import tlv
from tests.metier import examples
from tests.metier.certificates import (
    AUTHENTICATION,
    CARD_TYPE,
    EMPLOYEE,
    PROFESSIONAL,
    SERVICE,
    SIGNATURE,
    Parts,
    issue,
)


@dataclass(frozen=True)
class FamilyCard:
    objects: dict[str, bytes]
    certificates: list[tuple[str, bytes]]


def _certificates(subject: Parts, card_type: int) -> list[tuple[str, bytes]]:
    extension = (CARD_TYPE, bytes((0x02, 0x01, card_type)))
    return [
        ("Certificat de Signature CPS", issue(subject, SIGNATURE, extensions=[extension])),
        ("Certificat d'Authentification CPS", issue(subject, AUTHENTICATION, extensions=[extension])),
    ]


def _identity(category: int) -> bytes:
    return tlv(
        0xE3,
        tlv(0x80, bytes.fromhex("80250000012F")),
        tlv(0x81, bytes.fromhex("2800099991")),
        tlv(0x82, bytes((category,))),
        tlv(0x83, bytes.fromhex("20240115")),
        tlv(0x84, bytes.fromhex("20270131")),
    )


def _name(civility: int, surname: str, given: str) -> bytes:
    names = given.encode("latin-1")
    return tlv(
        0xE4,
        tlv(0x80, bytes((civility,))),
        tlv(0x81, surname.encode("latin-1")),
        tlv(0x83, names + b"\xff"),
        tlv(0x84, names),
    )


def _situation(mode: int, billing: int, name: str, identifier: str, sector: str, section: str = "") -> bytes:
    return tlv(
        0xEE,
        tlv(0x80, bytes((mode,))),
        tlv(0x81, b"\x01"),
        tlv(0x82, section.encode()) if section else b"",
        tlv(0x83, bytes((billing,))),
        tlv(0x84, name.encode("latin-1")),
        tlv(0x85, identifier.encode()),
        tlv(0x86, sector.encode()),
    )


def _holder(card_type: int, identifier: str, *fields: tuple[int, bytes]) -> bytes:
    common = [(0x80, bytes((card_type,))), (0x81, identifier.encode())]
    return tlv(0xED, *(tlv(tag, value) for tag, value in (*common, *fields)))


def _billing(number: int, identifier: str) -> bytes:
    return tlv(
        0xA0,
        tlv(0x80, bytes((number,))),
        tlv(0x81, bytes.fromhex(f"{identifier}F")),
        tlv(0x82, bytes.fromhex("011201")),
        tlv(0x83, bytes.fromhex("010000")),
        tlv(0x84, b"\x11"),
    )


PHARMACIST: Parts = [
    [("C", "FR")],
    [("title", "Pharmacien"), ("CN", "899900000033"), ("SN", "EXEMPLE"), ("GN", "ANDRÉ")],
]
TRAINEE: Parts = [[("C", "FR")], [("title", "Médecin")], [("CN", "899900000025"), ("SN", "EXEMPLE"), ("GN", "ALIX")]]
AUTHORISED: Parts = [
    [("C", "FR")],
    [("OU", "1990000047")],
    [("CN", "3990000047/AUT0007"), ("SN", "EXEMPLE"), ("GN", "DANIÈLE")],
]

FAMILIES = {
    "cps-doctor": FamilyCard(
        {
            "CPS_ID_CARD": _identity(0x00),
            "CPS_NAME_PS": examples.HOLDER_NAME,
            "CPS_LANG_PS": tlv(0xE5, tlv(0x80, b"fr")),
            "CPS_INFO_PS": examples.HOLDER_CPS,
            "CPS_ACTIVITY_03_PS": _situation(1, 0, "CENTRE HOSPITALIER FICTIF", "1990000039", "SA01"),
            "CPS_ACTIVITY_01_PS": examples.SITUATION + bytes(40),
            "CPS_SIT_FACT": tlv(0xE0, _billing(2, "999999907"), _billing(1, "999999998")) + bytes(100),
            "EF_ACTUA": examples.UPDATE,
        },
        _certificates(PROFESSIONAL, 0),
    ),
    "cps-pharmacist": FamilyCard(
        {
            "CPS_ID_CARD": _identity(0x80),
            "CPS_NAME_PS": _name(31, "EXEMPLE", "ANDRÉ"),
            "CPS_INFO_PS": _holder(0, "899900000033", (0x82, b"\x15"), (0x84, b"EXEMPLE")),
            "CPS_ACTIVITY_01_PS": _situation(0, 1, "PHARMACIE D'ESSAI", "1990000021", "SA33", "A"),
            "CPS_SIT_FACT": tlv(0xE0, _billing(1, "999999972")),
        },
        _certificates(PHARMACIST, 0),
    ),
    "cpf": FamilyCard(
        {
            "CPS_ID_CARD": _identity(0x80),
            "CPS_NAME_PS": _name(22, "EXEMPLE", "ALIX"),
            "CPS_INFO_PS": examples.HOLDER_CPF,
        },
        _certificates(TRAINEE, 1),
    ),
    "cpe": FamilyCard(
        {
            "CPS_ID_CARD": _identity(0x80),
            "CPS_NAME_PS": _name(31, "EXEMPLE", "CLAUDE"),
            "CPS_INFO_PS": examples.HOLDER_CPE,
            "CPS_ACTIVITY_01_PS": _situation(1, 0, "CENTRE HOSPITALIER FICTIF", "1990000047", "SA01"),
            "CPS_SIT_FACT": bytes(40),
        },
        _certificates(EMPLOYEE, 2),
    ),
    "cpe-service": FamilyCard(
        {
            "CPS_ID_CARD": _identity(0x80),
            "CPS_NAME_PS": bytes(60),
            "CPS_INFO_PS": _holder(2, "3990000047/SERV.001"),
            "CPS_ACTIVITY_01_PS": _situation(1, 0, "CENTRE HOSPITALIER FICTIF", "1990000047", "SA01"),
        },
        _certificates(SERVICE, 2),
    ),
    "cpa": FamilyCard(
        {
            "CPS_ID_CARD": _identity(0x80),
            "CPS_NAME_PS": _name(22, "EXEMPLE", "DANIÈLE"),
            "CPS_INFO_PS": examples.HOLDER_CPA,
        },
        _certificates(AUTHORISED, 3),
    ),
}
