"""A PC/SC application that uses a reader with a keypad (PC/SC part 10)."""

from __future__ import annotations

from conformance.pinpad_reader.features import GET_FEATURE_REQUEST, MODIFY_PIN_DIRECT, VERIFY_PIN_DIRECT, code_of
from conformance.testbed.pin_structures import PinModify, PinVerify
from conformance.testbed.virtual_slot import VirtualSlot

DONE = b"\x90\x00"
TIMED_OUT, CANCELLED, DIFFERENT, WRONG_LENGTH = b"\x64\x00", b"\x64\x01", b"\x64\x02", b"\x64\x03"
WRONG_STRUCTURE = b"\x6b\x80"
NOT_TRANSACTED, NOT_SUPPORTED = "80100016", "8010001F"

CHANGE_CPS3 = bytes.fromhex("0024000108") + bytes(8)
"""The current code and the new one."""


def ask(rig: VirtualSlot, structure: PinVerify | PinModify) -> bytes:
    feature = VERIFY_PIN_DIRECT if isinstance(structure, PinVerify) else MODIFY_PIN_DIRECT
    return rig.ask_reader(code_of(feature), structure.packed())


def features(rig: VirtualSlot) -> dict[int, int]:
    """Control code by feature."""
    answer = rig.ask_reader(GET_FEATURE_REQUEST)
    entries = [answer[start : start + 6] for start in range(0, len(answer), 6)]
    assert all(entry[1] == 4 for entry in entries)
    return {entry[0]: int.from_bytes(entry[2:], "big") for entry in entries}
