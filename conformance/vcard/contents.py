"""What the data files of the virtual cards hold: fictitious donnees metier in BER-TLV."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.vcard.identity import Holder
from conformance.vcard.tlv import tlv

CPS_DATA_SIZE = 256
# T=0, and historical bytes that no issued card has: ESSAI.
FORMER_ATR = bytes.fromhex("3B 65 00 00 45 53 53 41 49")


@dataclass(frozen=True, slots=True)
class Activity:
    """One situation d'exercice and its number on the card; numbers may leave holes."""

    number: int
    structure: str
    structure_identifier: str
    sector: str


ACTIVITIES = {
    "cps3": (
        Activity(1, "CABINET D'ESSAI DU DR EXEMPLE", "999900003000017", "SA07"),
        Activity(2, "CENTRE HOSPITALIER FICTIF", "1990000039", "SA01"),
    ),
    "cps4": (
        Activity(1, "MAISON DE SANTÉ IMAGINAIRE", "999900004000016", "SA07"),
        Activity(3, "HOPITAL FICTIF DU NORD", "1990000047", "SA01"),
    ),
}


def luhn_digit(digits: str) -> int:
    """The check digit of a card number (ISO/IEC 7812-1 annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if position % 2 else 2)
        total += value - 9 if value > 9 else value
    return -total % 10


def serial_number(serial: str) -> bytes:
    """EF.SN.ICC: issuer number, eight digits, check digit, filler."""
    digits = "8025000001" + serial
    return tlv(0x5A, bytes.fromhex(f"{digits}{luhn_digit(digits)}F"))


def answer_to_reset_file() -> bytes:
    """EF.ATR: card services, capabilities (command chaining) and buffer sizes."""
    return bytes.fromhex(
        "80 43 01 B8 46 04 04 B0 EC C1 47 03 94 01 80 4F 08 80 25 00 00 01 FF 01 00"
        "E0 10 02 02 01 04 02 02 01 04 02 02 01 00 02 02 01 00 78 08 06 06 2B 81 22 F8 78 02 82 02 90 00"
    )


def identity_card(holder: Holder) -> bytes:
    """CPS_ID_CARD: card number, kind, validity."""
    return tlv(
        0xE0,
        tlv(0x80, b"8025000001" + holder.serial.encode()),
        tlv(0x81, b"CPS"),
        tlv(0x82, b"20240101"),
        tlv(0x83, b"20440101"),
    )


def holder_name(holder: Holder) -> bytes:
    return tlv(0xE1, tlv(0x80, holder.surname.encode()), tlv(0x81, holder.given.encode()))


def holder_language() -> bytes:
    return tlv(0xE2, tlv(0x80, b"fr"))


def holder_information(holder: Holder) -> bytes:
    """CPS_INFO_PS: its last four characters are the speciality."""
    return tlv(
        0xE3,
        tlv(0x80, holder.number[1:].encode()),
        tlv(0x81, holder.surname.encode()),
        tlv(0x82, holder.given.encode()),
        tlv(0x83, holder.speciality.encode()),
    )


def activity(situation: Activity) -> bytes:
    return tlv(
        0xEE,
        tlv(0x84, situation.structure.encode("latin-1")),
        tlv(0x85, situation.structure_identifier.encode()),
        tlv(0x86, situation.sector.encode()),
    )


def volet_activity(situation: Activity) -> bytes:
    """The same situation as the previous card generation laid it out."""
    return tlv(0xE8, tlv(0x80, bytes((situation.number,))), tlv(0x81, situation.structure_identifier.encode()))


def billing_situation(situations: tuple[Activity, ...]) -> bytes:
    """CPS_SIT_FACT: the situations that may send invoices."""
    return tlv(0xE9, *(tlv(0x80, bytes((situation.number,))) for situation in situations))


def former_card(holder: Holder) -> dict[str, bytes]:
    """What the card of the previous generation said of itself and its holder, by label."""
    surname, given = holder.surname.encode(), holder.given.encode()
    card_number = b"8025000000" + holder.serial.encode()
    return {
        "CPS2TER_ATR": tlv(0xE4, tlv(0x80, FORMER_ATR)),
        "CPS2TER_ID": tlv(0xE5, tlv(0x80, card_number), tlv(0x81, b"CPS2TER")),
        "CPS2TER_ICC": tlv(0xE6, tlv(0x80, b"99" + holder.serial.encode()), tlv(0x81, b"20200101")),
        "CPS2TER_NAME": tlv(0xE7, tlv(0x80, surname), tlv(0x81, given)),
        "CPS2TER_LANG": tlv(0xEA, tlv(0x80, b"fr")),
        "CPS2TER_PSINFO": tlv(0xEB, tlv(0x80, holder.number[1:].encode()), tlv(0x81, holder.speciality.encode())),
        "CPS2TER_DIRAMO": tlv(0xEC, tlv(0x80, b"99"), tlv(0x81, b"CAISSE D'ESSAI")),
    }


def application_data() -> bytes:
    """CPS_DATA as issued: empty."""
    return bytes(CPS_DATA_SIZE)
