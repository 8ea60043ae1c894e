"""Whatever bytes a card holds, decoding them gives a record, and encoding that gives the bytes back."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.virtual_card.tlv import tlv
from cryptolib.metier import codes
from cryptolib.metier.billing import Billing, BillingRecord
from cryptolib.metier.codec import decode, encode
from cryptolib.metier.codes import Code
from cryptolib.metier.cps2ter import FormerSituation
from cryptolib.metier.holder import Holder
from cryptolib.metier.identity import HolderName, IdentityCard
from cryptolib.metier.record import Record
from cryptolib.metier.situation import Situation
from cryptolib.metier.tlv import Tlv, children, read
from cryptolib.metier.update import Update
from tests.metier.examples import EXAMPLES

LABELS = st.sampled_from([*EXAMPLES, "CPS_LANG_PS", "CPS_DATA"])
CONTAINERS = st.sampled_from([0xE0, 0xE3, 0xE4, 0xE6, 0xE7, 0xE8, 0xEC, 0xED, 0xEE, 0xA0, 0x05])
FIELDS = st.lists(st.tuples(st.integers(0x7F, 0x8A), st.binary(max_size=12)), max_size=12)


def survives(label: str, value: bytes) -> None:
    record = decode(label, value)
    assert encode(record) == record.raw == value


@given(LABELS, st.binary(max_size=200))
def test_any_bytes(label: str, value: bytes) -> None:
    survives(label, value)


@given(LABELS, CONTAINERS, FIELDS, st.binary(max_size=3))
def test_any_fields(label: str, container: int, fields: list[tuple[int, bytes]], behind: bytes) -> None:
    content = b"".join(tlv(tag, value) for tag, value in fields)
    survives(label, tlv(container, content) + behind)
    survives(label, tlv(container, tlv(0xA0, content), tlv(0xA0, content)))


@given(st.text(max_size=30), st.sampled_from(list(EXAMPLES.values())))
def test_any_label(label: str, value: bytes) -> None:
    survives(label, value)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("label", EXAMPLES)
def test_examples_with_damaged_bytes(label: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        damaged = bytearray(EXAMPLES[label])
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        survives(label, bytes(damaged))


@pytest.mark.parametrize("label", EXAMPLES)
def test_examples_cut_anywhere(label: str) -> None:
    for end in range(len(EXAMPLES[label])):
        survives(label, EXAMPLES[label][:end])


@pytest.mark.parametrize("filling", [0x00, 0x1F, 0x80, 0xA0, 0xE0, 0xFF])
@pytest.mark.parametrize("label", EXAMPLES)
def test_one_byte_over_and_over(label: str, filling: int) -> None:
    survives(label, bytes((filling,)) * 32768)
    survives(label, EXAMPLES[label][:1] + b"\x82\x7f\xff" + bytes((filling,)) * 32767)


# Records that a program makes or changes

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0 "), min_size=1, max_size=40)
DAYS = st.dates(min_value=date(1, 1, 1))
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0))


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def code(nomenclature: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Code]:
    return values.map(lambda value: Code(value, nomenclature))


def optional(**fields: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.none() | values for name, values in fields.items()}


BYTES = st.integers(0, 255)
IDENTITY_CARDS = st.builds(
    IdentityCard,
    label=st.just("CPS_ID_CARD"),
    **optional(
        issuer_number=digits(11),
        number=digits(10),
        category=code(codes.CARD_CATEGORY, st.sampled_from(["00", "80", "FF"])),
        issued=DAYS,
        expires=DAYS,
    ),
)
NAMES = st.builds(
    HolderName,
    label=st.just("CPS_NAME_PS"),
    **optional(
        civility=code(codes.CIVILITY, digits(2)),
        birth_name=TEXTS,
        used_name=TEXTS,
        given_names=st.lists(TEXTS, max_size=3).map(tuple),
        usual_given_name=TEXTS,
    ),
)
HOLDERS = st.builds(
    Holder,
    label=st.just("CPS_INFO_PS"),
    card_type=code(codes.CARD_TYPE, st.sampled_from(["00", "01", "02", "03"])),
    **optional(
        flags=st.binary(min_size=1, max_size=1),
        national_identifier=TEXTS,
        profession=code(codes.PROFESSION, digits(2)),
        future_profession_or_trade=digits(2),
        practice_name=TEXTS,
        savoir_faire=code(codes.SAVOIR_FAIRE, TEXTS),
    ),
)
SITUATIONS = st.builds(
    Situation,
    label=st.just("CPS_ACTIVITY_03_PS"),
    mode=code(codes.PRACTICE_MODE, digits(2)),
    **optional(
        status=code(codes.PRACTICE_STATUS, st.sampled_from(["00", "0A"])),
        pharmacy_section=code(codes.PHARMACY_SECTION, TEXTS),
        billing_number=BYTES,
        structure_name=TEXTS,
        structure_identifier=TEXTS,
        sector=code(codes.SECTOR, st.sampled_from(["SA07", "SB99"])),
        end=DAYS,
    ),
)
FORMER_SITUATIONS = st.builds(
    FormerSituation,
    label=st.just("CPS2TER_ACTIVITY_03_PS"),
    mode=code(codes.PRACTICE_MODE, digits(2)),
    **optional(
        sector=code(codes.ADELI_SECTOR, digits(2)),
        undocumented=digits(2),
        structure_identifier=digits(15),
        other_person=digits(12),
        start=DAYS,
        end=DAYS,
    ),
)
BILLINGS = st.builds(
    Billing,
    label=st.just("CPS_SIT_FACT"),
    records=st.lists(st.builds(BillingRecord, **optional(number=BYTES, identifier=digits(9))), max_size=8).map(tuple),
)
UPDATES = st.builds(Update, label=st.just("EF_ACTUA"), **optional(start=MOMENTS, end=MOMENTS))
STRATEGIES: dict[str, st.SearchStrategy[Record]] = {
    "CPS_ID_CARD": IDENTITY_CARDS,
    "CPS_NAME_PS": NAMES,
    "CPS_INFO_PS": HOLDERS,
    "CPS_ACTIVITY_01_PS": SITUATIONS,
    "CPS2TER_ACTIVITY_01_PS": FORMER_SITUATIONS,
    "CPS_SIT_FACT": BILLINGS,
    "EF_ACTUA": UPDATES,
}


def bare(record: Record) -> Record:
    """The record without the bytes that it was read from."""
    if isinstance(record, Billing):
        record = replace(record, records=tuple(replace(each, raw=b"") for each in record.records))
    return replace(record, raw=b"")


@given(st.one_of(*STRATEGIES.values()))
def test_a_new_record_is_read_back_as_it_was_written(record: Record) -> None:
    assert bare(decode(record.label, encode(record))) == record


@pytest.mark.parametrize("label", STRATEGIES)
@given(data=st.data())
def test_a_changed_record_is_read_back_with_the_change(label: str, data: st.DataObject) -> None:
    """And the fields beside it keep their bytes."""
    before, other = decode(label, EXAMPLES[label] + b"\0\0"), data.draw(STRATEGIES[label])
    assert type(before) is type(other)
    name = data.draw(st.sampled_from([field.names[0] for field in before.layout if len(field.names) == 1]))
    changed = replace(before, **{name: getattr(other, name)})
    after = decode(label, encode(changed))
    assert bare(after) == bare(changed)
    assert kept(after, name) == kept(before, name)


def kept(record: Record, name: str) -> list[bytes]:
    """The bytes of the fields other than that of `name`."""
    (changed,) = (field.tag for field in record.layout if name in field.names)
    return [item.raw for item in children(read(record.raw)[0].value) if item.tag != changed]


def test_a_changed_field_stays_in_its_place_among_those_not_understood() -> None:
    value = tlv(0xED, tlv(0x8F, b"\1"), tlv(0x84, b"EXEMPLE"), tlv(0x99, b"\2"), tlv(0x80, b"\0"))
    holder = decode("CPS_INFO_PS", value)
    assert isinstance(holder, Holder)
    changed = encode(replace(holder, practice_name="ESSAI"))
    assert changed == tlv(0xED, tlv(0x8F, b"\1"), tlv(0x84, b"ESSAI"), tlv(0x99, b"\2"), tlv(0x80, b"\0"))
    assert encode(replace(holder, practice_name=None, rest=holder.rest[1:])) == tlv(
        0xED, tlv(0x99, b"\2"), tlv(0x80, b"\0")
    )
    assert encode(replace(holder, rest=(*holder.rest, Tlv(0x9A, b"", b"\x9a\0")))) == tlv(
        0xED, tlv(0x8F, b"\1"), tlv(0x84, b"EXEMPLE"), tlv(0x99, b"\2"), tlv(0x80, b"\0"), tlv(0x9A)
    )


def test_one_billing_record_is_changed_and_the_next_one_keeps_its_bytes() -> None:
    odd = tlv(0xA0, tlv(0x80, b"\2"), tlv(0x8E, b"?"))
    billing = decode("CPS_SIT_FACT", tlv(0xE0, tlv(0xA0, tlv(0x80, b"\1")), odd))
    assert isinstance(billing, Billing)
    first = replace(billing.records[0], identifier="999999998")
    changed = encode(replace(billing, records=(first, billing.records[1])))
    assert changed == tlv(0xE0, tlv(0xA0, tlv(0x80, b"\1"), tlv(0x81, b"\x99\x99\x99\x99\x8f")), odd)


@pytest.mark.parametrize(
    "change",
    [
        {"number": "28A"},
        {"number": ""},
        {"category": Code("8", codes.CARD_CATEGORY)},
        {"category": Code("80", codes.PROFESSION)},
    ],
)
def test_what_a_field_cannot_hold_is_not_written(change: dict[str, Any]) -> None:
    card = decode("CPS_ID_CARD", EXAMPLES["CPS_ID_CARD"])
    with pytest.raises(ValueError):
        encode(replace(card, **change))
