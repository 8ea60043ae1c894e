"""Differences from the original that no other suite tests, and the list of all of them."""

import ctypes
import re
from pathlib import Path

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.client import Module, template
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, Mechanism
from conformance.testbed.rig import Rig

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).parent / "golden" / "DIFFERENCES.md"
ROWS = [line for line in LIST.read_text(encoding="utf-8").splitlines() if re.match(r"\| (?!What )", line)]
GOLDEN = "*golden*"
PKCS1 = Mechanism(CKM.RSA_PKCS)


def named_tests(row: str) -> list[tuple[str, str]]:
    """File and function of the tests that hold a row."""
    last = row.rstrip("| ").rsplit("|", 1)[1]
    return re.findall(r"`([\w/]+\.py)::(?:\w+::)*(\w+)`", last)


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_each_difference_has_a_test(row: str) -> None:
    assert named_tests(row) or GOLDEN in row
    for file, name in named_tests(row):
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file} has no {name}"


def test_sessions_are_counted(p11: Module, slot: int) -> None:
    reader, writer = p11.open(slot), p11.open(slot, rw=True)
    info = p11.token_info(slot)
    assert (info.ulSessionCount, info.ulRwSessionCount) == (2, 1)
    assert info.ulMaxSessionCount == info.ulMaxRwSessionCount == 0, "no limit"
    p11.ok("C_CloseSession", writer)
    p11.ok("C_CloseSession", reader)
    assert p11.token_info(slot).ulSessionCount == 0


def test_what_happened_between_two_polls_is_one_event(p11: Module, slot: int, rig: Rig, card: Card) -> None:
    where = ctypes.c_ulong()
    rig.remove()
    rig.insert(card.name)
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.OK
    assert where.value == slot
    assert p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None) == CKR.NO_EVENT


def test_lengths_that_a_key_does_not_sign(p11: Module, user: int, card: Card) -> None:
    nothing = CKR.DATA_LEN_RANGE if card.pads_blocks else CKR.OK
    cases = [(card.authentication, 0, nothing), (card.signature, 0, CKR.DATA_INVALID)]
    for names, length, answer in [*cases, (card.signature, 36, CKR.DATA_INVALID)]:
        key = p11.one(user, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.ID, names.id))
        p11.ok("C_SignInit", user, ctypes.byref(PKCS1), key)
        buffer, size = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
        assert p11.C_Sign(user, bytes(length), length, buffer, ctypes.byref(size)) == answer


@pytest.mark.parametrize(("sw", "code"), [(0x6700, CKR.DATA_LEN_RANGE), (0x6984, CKR.KEY_TYPE_INCONSISTENT)])
def test_an_error_at_the_first_command_of_a_decryption_keeps_its_own_code(
    p11: Module, user: int, card: Card, rig: Rig, sw: int, code: CKR
) -> None:
    key = p11.one(user, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.ID, card.authentication.id))
    rig.fault(f"command=^1.2A8086 times=all do=sw sw={sw:04X}")
    p11.ok("C_DecryptInit", user, ctypes.byref(PKCS1), key)
    buffer, size = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    assert p11.C_Decrypt(user, b"\1" * 256, 256, buffer, ctypes.byref(size)) == code


def test_a_value_too_long_for_its_file_leaves_it_alone(
    cps_data: int, p11: Module, user: int, slot: int, rig: Rig
) -> None:
    writer = p11.open(slot, rw=True)
    data = p11.one(writer, (CKA.LABEL, "CPS_DATA"))
    before = p11.attribute(writer, data, CKA.VALUE)
    assert len(before) == cps_data
    rig.clear_log()
    too_long = template([(CKA.VALUE, bytes(cps_data + 1))])
    assert p11.C_SetAttributeValue(writer, data, too_long, 1) == CKR.DATA_LEN_RANGE
    assert not [exchange for exchange in rig.log() if exchange.command[1] == 0xD6]
    assert p11.attribute(writer, data, CKA.VALUE) == before


def test_the_card_is_not_held_for_minutes_of_random_bytes(p11: Module, session: int, rig: Rig) -> None:
    most = 1 << 14
    rig.clear_log()
    assert p11.C_GenerateRandom(session, bytes(most + 1), most + 1) == CKR.ARGUMENTS_BAD
    assert rig.apdu_count() == 0
