"""CPS_SIT_FACT: the numbers and conditions for billing the Assurance Maladie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cryptolib.metier import digits
from cryptolib.metier.assurance_maladie import zone_nomenclature
from cryptolib.metier.codes import APPROVAL, BILLING_SPECIALITY, CONVENTION, TRAVEL_ALLOWANCE, Code
from cryptolib.metier.formats import BYTE, NUMBER
from cryptolib.metier.layout import Codec, Field, Layout, read_fields, single, write_fields
from cryptolib.metier.record import Fields, Record

_MAY_SIGN_CLAIMS, _MAY_SIGN_BATCHES = 0x10, 0x01


def _read_conditions(value: bytes) -> tuple[Code, Code, Code, Code]:
    number = _six(digits.read_bcd(value))
    speciality, convention, zone, allowance = number[:2], number[2], number[3:5], number[5]
    return (
        Code(speciality, BILLING_SPECIALITY),
        Code(convention, CONVENTION),
        Code(zone, zone_nomenclature(convention)),
        Code(allowance, TRAVEL_ALLOWANCE),
    )


def _read_approvals(value: bytes) -> tuple[Code, ...]:
    number = _six(digits.read_bcd(value))
    return tuple(Code(number[at : at + 2], APPROVAL) for at in range(0, 6, 2))


def _write_codes(*codes: Code | None) -> bytes:
    return digits.write_bcd("".join(code.code for code in codes if code))


def _six(number: str) -> str:
    if len(number) != 6:
        raise ValueError("not six digits")
    return number


def _read_rights(value: bytes) -> tuple[bool, bool, int]:
    bits = digits.read_byte(value)
    known = _MAY_SIGN_CLAIMS | _MAY_SIGN_BATCHES
    return bool(bits & _MAY_SIGN_CLAIMS), bool(bits & _MAY_SIGN_BATCHES), bits & ~known


def _write_rights(claims: bool | None, batches: bool | None, others: int | None) -> bytes:
    return digits.write_byte(
        (_MAY_SIGN_CLAIMS if claims else 0) | (_MAY_SIGN_BATCHES if batches else 0) | (others or 0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRecord(Fields):
    """One billing record (situation de facturation) of CPS_SIT_FACT."""

    layout: ClassVar[Layout] = (
        Field(0x80, ("number",), BYTE),
        Field(0x81, ("identifier",), NUMBER),
        Field(0x82, ("speciality", "convention", "zone", "travel_allowance"), Codec(_read_conditions, _write_codes)),
        Field(0x83, ("approvals",), single(_read_approvals, lambda codes: _write_codes(*codes))),
        Field(0x84, ("may_sign_claims", "may_sign_batches", "other_rights"), Codec(_read_rights, _write_rights)),
    )

    number: int | None = None
    """0 to 255; a situation d'exercice refers to it by its `billing_number`."""
    identifier: str | None = None
    """Identifiant de facturation: the nine decimal digits of the Assurance Maladie number."""
    speciality: Code | None = None
    convention: Code | None = None
    zone: Code | None = None
    travel_allowance: Code | None = None
    """Indemnités kilométriques, one digit."""
    approvals: tuple[Code, ...] | None = None
    """Three agréments of two digits each."""
    may_sign_claims: bool | None = None
    """Right to sign claims (FSE)."""
    may_sign_batches: bool | None = None
    """Right to sign batches of claims (lots)."""
    other_rights: int | None = None
    """The other bits of the byte of rights; their meaning is unknown."""


def _read_record(content: bytes) -> BillingRecord:
    return BillingRecord(**read_fields(BillingRecord.layout, content), raw=content)


def _write_record(record: BillingRecord) -> bytes:
    if _read_record(record.raw) == record:
        return record.raw
    return write_fields(BillingRecord.layout, record, record.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing(Record):
    """CPS_SIT_FACT: all billing records."""

    container: ClassVar[int] = 0xE0
    layout: ClassVar[Layout] = (
        Field(0xA0, ("records",), single(_read_record, _write_record), repeated=True, parts=BillingRecord.layout),
    )

    records: tuple[BillingRecord, ...] = ()

    def record(self, number: int | None) -> BillingRecord | None:
        """The billing record with this number (a situation's `billing_number`); None if there is none."""
        return next((each for each in self.records if each.number is not None and each.number == number), None)
