"""The data files of the virtual cards: fictitious données métier in BER-TLV."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.virtual_card.identity import Holder
from conformance.virtual_card.tlv import tlv

CPS_DATA_SIZE = 4096
# T=0, with historical bytes that no issued card has: ESSAI.
FORMER_ATR = bytes.fromhex("3B 65 00 00 45 53 53 41 49")


@dataclass(frozen=True, slots=True)
class Activity:
    """One situation d'exercice and its number on the card; numbers may be missing."""

    number: int
    structure: str
    structure_identifier: str
    """Struct_IdNat: one digit for the type, then the identifier."""
    sector: str
    mode: int = 0
    """Libéral; 1 is salarié."""
    section: str = ""
    """Of the tableau de l'Ordre, for pharmacists."""
    bills: bool = False


ACTIVITIES = {
    "cps3": (
        Activity(1, "CABINET D'ESSAI DU DR EXEMPLE", "499900000037001", "SA07", bills=True),
        Activity(2, "CENTRE HOSPITALIER FICTIF", "1990000039", "SA01", mode=1),
    ),
    "cps4": (
        Activity(1, "MAISON DE SANTÉ IMAGINAIRE", "499900000045001", "SA07", bills=True),
        Activity(3, "HOPITAL FICTIF DU NORD", "1990000047", "SA01", mode=1),
    ),
    "pharmacist": (Activity(1, "PHARMACIE D'ESSAI", "1990000021", "SA33", section="A", bills=True),),
    "cpf": (),
    "cpe": (Activity(1, "CENTRE HOSPITALIER FICTIF", "1990000039", "SA01", mode=1),),
    "cpe-service": (Activity(1, "CENTRE HOSPITALIER FICTIF", "1990000039", "SA01", mode=1),),
    "cpa": (),
}
"""By the name of the identity."""
# The same sectors in the former card's nomenclature G19.
_FORMER_SECTORS = {"SA01": 10, "SA07": 31, "SA33": 86}
_FORMER_UNKNOWN = 0xFF
_STATUS = 0x01
_MAY_SIGN = 0x11
_EMPTY_SIZE = 32
"""Of a file that holds nothing: zeros."""


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


def card_number(holder: Holder) -> str:
    """The ten digits printed on the card, not those of EF.SN."""
    return f"28{holder.serial}"


def identity_card(holder: Holder) -> bytes:
    """CPS_ID_CARD: issuer, card number, category, first and last day."""
    return _identity(card_number(holder))


def _identity(number: str) -> bytes:
    return tlv(
        0xE3,
        tlv(0x80, _digits("80250000012")),
        tlv(0x81, _digits(number)),
        tlv(0x82, b"\x80"),  # a test card
        tlv(0x83, _digits("20240101")),
        tlv(0x84, _digits("20440101")),
    )


def holder_name(holder: Holder) -> bytes:
    """CPS_NAME_PS: civility, names; empty on a card without a name."""
    if not holder.surname:
        return bytes(_EMPTY_SIZE)
    given = holder.given.encode("latin-1")
    return tlv(
        0xE4,
        tlv(0x80, bytes((holder.civility,))),
        tlv(0x81, holder.surname.encode("latin-1")),
        tlv(0x83, given + b"\xff"),
        tlv(0x84, given),
    )


def holder_language() -> bytes:
    """CPS_LANG_PS: only its container is known."""
    return tlv(0xE5, tlv(0x80, b"fr"))


def holder_information(holder: Holder) -> bytes:
    """CPS_INFO_PS: type of card, national identifier, profession and future one, nom d'exercice, savoir-faire."""
    return tlv(
        0xED,
        tlv(0x80, bytes((holder.card_type,))),
        tlv(0x81, holder.number.encode()),
        _optional_number(0x82, holder.profession),
        _optional_number(0x83, holder.future),
        _optional(0x84, holder.surname),
        _optional(0x85, holder.speciality),
    )


def activity(situation: Activity) -> bytes:
    """CPS_ACTIVITY_nn_PS."""
    return tlv(
        0xEE,
        tlv(0x80, bytes((situation.mode,))),
        tlv(0x81, bytes((_STATUS,))),
        _optional(0x82, situation.section),
        tlv(0x83, bytes((_billing_number(situation),))),
        tlv(0x84, situation.structure.encode("latin-1")),
        tlv(0x85, situation.structure_identifier.encode()),
        tlv(0x86, situation.sector.encode()),
    )


def volet_activity(situation: Activity) -> bytes:
    """The same situation in the format of the previous card generation."""
    sector = bytes((_FORMER_SECTORS[situation.sector], _FORMER_UNKNOWN))
    return tlv(
        0xE8,
        tlv(0x80, bytes((situation.mode, _STATUS))),
        tlv(0x81, sector + _digits(situation.structure_identifier)),
        _optional(0x83, situation.section),
        tlv(0x84, bytes((_billing_number(situation),))),
        tlv(0x86, _digits("20240101")),
        tlv(0x88, situation.structure.encode("latin-1")),
    )


def billing_situation(situations: tuple[Activity, ...]) -> bytes:
    """CPS_SIT_FACT: a record for each situation that bills; zeros if there is none."""
    records = [_billing(situation) for situation in situations if situation.bills]
    return tlv(0xE0, *records) if records else bytes(_EMPTY_SIZE)


def _billing(situation: Activity) -> bytes:
    return tlv(
        0xA0,
        tlv(0x80, bytes((_billing_number(situation),))),
        tlv(0x81, _digits(f"9999999{situation.number:02}")),
        tlv(0x82, _digits("011201")),  # speciality, convention, zone, indemnités kilométriques
        tlv(0x83, _digits("010000")),  # agréments
        tlv(0x84, bytes((_MAY_SIGN,))),
    )


def _billing_number(situation: Activity) -> int:
    return situation.number if situation.bills else 0


def former_card(holder: Holder) -> dict[str, bytes]:
    """The files of the previous card generation by label.

    The formats of CPS2TER_ATR, _ICC, _LANG and _DIRAMO are unknown: these are invented.
    """
    return {
        "CPS2TER_ATR": tlv(0xE1, tlv(0x80, FORMER_ATR)),
        "CPS2TER_ID": _identity(f"27{holder.serial}"),
        "CPS2TER_ICC": tlv(0xE2, tlv(0x80, b"99" + holder.serial.encode()), tlv(0x81, b"20200101")),
        "CPS2TER_NAME": holder_name(holder),
        "CPS2TER_LANG": holder_language(),
        "CPS2TER_PSINFO": tlv(
            0xE6,
            tlv(0x80, bytes((holder.card_type,))),
            tlv(0x81, holder.number.encode()),
            _optional_number(0x82, holder.profession),
            _optional_number(0x83, holder.future),
            _optional(0x85, holder.surname),
        ),
        "CPS2TER_DIRAMO": tlv(0xEB, tlv(0x80, b"99"), tlv(0x81, b"CAISSE D'ESSAI")),
    }


def _digits(digits: str) -> bytes:
    """BCD; F fills up an odd number of digits."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _optional(tag: int, text: str) -> bytes:
    return tlv(tag, text.encode("latin-1")) if text else b""


def _optional_number(tag: int, number: int | None) -> bytes:
    return b"" if number is None else tlv(tag, bytes((number,)))


def application_data(size: int = CPS_DATA_SIZE) -> bytes:
    """CPS_DATA as issued: empty."""
    return bytes(size)
