"""The whole of what the module shows of each card, compared line by line with what the card holds.

The files in golden/ are made from the virtual cards and the card specification, never from the module.
"""

import ctypes

import pytest

from conformance.acceptance.golden import expected
from conformance.acceptance.golden.dump import Answers, Dump
from conformance.testbed.attributes import ASKED
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module, empty_template
from conformance.testbed.cryptoki import CKA, CKO, CKR, CKU, UNAVAILABLE, MechanismInfo, Version
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import PROFILES

pytestmark = pytest.mark.cards(*PROFILES)


@pytest.fixture
def card(card: Card, rig: Rig) -> Card:
    """The card as issued, its files too."""
    rig.reissue()
    rig.reset_card()
    return card


@pytest.mark.parametrize("name", PROFILES)
def test_the_files_say_what_the_cards_hold(name: str) -> None:
    """After a deliberate change: python -m conformance.acceptance.golden.expected, and a look at the difference."""
    assert expected.file(name).read_text(encoding="utf-8") == expected.dump(name).text()


def test_the_module_says_what_the_files_say(p11: Module, slot: int, card: Card) -> None:
    assert dump(p11, slot, card).text() == expected.file(card.name).read_text(encoding="utf-8")


def test_an_object_says_the_same_before_and_after_login(p11: Module, slot: int, card: Card) -> None:
    session = p11.open(slot)
    before = {handle: answers(p11, session, handle) for handle in p11.find(session)}
    log_in(p11, session, card)
    assert before == {handle: answers(p11, session, handle) for handle in before}


def test_no_object_has_an_attribute_of_another_class(p11: Module, slot: int, card: Card) -> None:
    session = p11.open(slot)
    log_in(p11, session, card)
    for handle in p11.find(session):
        asked = ASKED[CKO(p11.number(session, handle, CKA.CLASS))]
        others = {kind: answer(p11, session, handle, kind) for kind in CKA if kind not in asked}
        assert set(others.values()) == {CKR.ATTRIBUTE_TYPE_INVALID}, others


def test_a_unique_id_is_unique_and_read_without_the_card(p11: Module, slot: int, card: Card, rig: Rig) -> None:
    session = p11.open(slot)
    log_in(p11, session, card)
    handles = p11.find(session)
    rig.clear_log()
    identifiers = [p11.attribute(session, handle, CKA.UNIQUE_ID) for handle in handles]
    assert rig.apdu_count() == 0
    assert len(set(identifiers)) == len(handles)
    for handle, identifier in zip(handles, identifiers, strict=True):
        assert p11.one(session, (CKA.UNIQUE_ID, identifier)) == handle


def log_in(p11: Module, session: int, card: Card) -> None:
    if card.has_pin:
        p11.ok("C_Login", session, CKU.USER, PIN, len(PIN))


def dump(p11: Module, slot: int, card: Card) -> Dump:
    mechanisms = {kind: sizes_and_flags(p11.mechanism_info(slot, kind)) for kind in p11.mechanisms(slot)}
    before = Dump(card.name, fields(p11.slot_info(slot)), fields(p11.token_info(slot)), mechanisms, [], [])
    session = p11.open(slot)
    before.before_login = p11.find(session)
    log_in(p11, session, card)
    before.after_login = p11.find(session)
    before.objects = {handle: answers(p11, session, handle) for handle in before.after_login}
    return before


def fields(info: ctypes.Structure) -> dict[str, int | bytes]:
    return {field[0]: plain(getattr(info, field[0])) for field in type(info)._fields_}


def plain(value: int | Version | ctypes.Array[ctypes.c_ubyte]) -> int | bytes:
    if isinstance(value, Version):
        return int(value.major) << 8 | int(value.minor)
    return value if isinstance(value, int) else bytes(value)


def sizes_and_flags(info: MechanismInfo) -> tuple[int, int, int]:
    return info.ulMinKeySize, info.ulMaxKeySize, info.flags


def answers(p11: Module, session: int, handle: int) -> Answers:
    kind = CKO(p11.number(session, handle, CKA.CLASS))
    return {asked: answer(p11, session, handle, asked) for asked in ASKED[kind]}


def answer(p11: Module, session: int, handle: int, kind: CKA) -> bytes | CKR:
    """The attribute's bytes, or the code that stands in their place."""
    asked = empty_template([kind])
    rv = p11.C_GetAttributeValue(session, handle, asked, 1)
    if rv == CKR.OK:
        return p11.attribute(session, handle, kind)
    assert asked[0].ulValueLen == UNAVAILABLE
    return rv
