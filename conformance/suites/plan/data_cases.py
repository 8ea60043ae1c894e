"""Cases 900 to 924: the data objects of the trade, read and, for CPS_DATA, written.

The numbers follow a counter, so they depend on whether a CPS_DATA that may be written is found: then 900 to 924 with
908.2, 914.2 and 919.2; else the plan's recorded run, where 904.2, 910.2 and 915.2 begin the next blocks.
"""

import ctypes
from collections.abc import Iterator

from conformance.client import template
from conformance.cryptoki import CKA, CKO, CKR, CKU
from conformance.suites.cards import PIN, SIGNATURE_CERTIFICATE
from conformance.suites.plan.play import READ_WRITE, SERIAL, Play, handles

WITH_CPS_DATA = [*map(str, range(900, 909)), "908.2", *map(str, range(909, 915)), "914.2"]
WITH_CPS_DATA += [*map(str, range(915, 920)), "919.2", *map(str, range(920, 925))]


def trade_data(play: Play) -> None:
    numbers = iter(WITH_CPS_DATA)
    _cps_data(play, numbers)
    _read(play, numbers, "CPS_ACTIVITY_01_PS", private=True)
    _read(play, numbers, "CPS_NAME_PS", private=False)
    wanted = ((CKA.CLASS, CKO.CERTIFICATE), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, SIGNATURE_CERTIFICATE))
    session = _open(play, numbers)
    _value(play, numbers, session, _found(play, numbers, session, *wanted))
    play.finalize()


def _open(play: Play, numbers: Iterator[str], flags: int = SERIAL) -> int:
    where = ctypes.c_ulong()
    assert play.p11.C_Initialize(None) in (CKR.OK, CKR.CRYPTOKI_ALREADY_INITIALIZED)
    play.case(next(numbers), play.open_session(play.slot, flags, where))
    return where.value


def _cps_data(play: Play, numbers: Iterator[str]) -> None:
    p11, reader = play.p11, play.open()
    writer = _open(play, numbers, READ_WRITE)
    play.case(next(numbers), p11.C_Login(reader, CKU.USER, PIN, len(PIN)))
    wanted = ((CKA.CLASS, CKO.DATA), (CKA.TOKEN, True), (CKA.MODIFIABLE, True), (CKA.LABEL, "CPS_DATA"))
    data = _found(play, numbers, reader, *wanted)
    before = _value(play, numbers, reader, data)
    changed = bytes((byte + index) % 256 for index, byte in enumerate(before))
    play.case(next(numbers), p11.C_SetAttributeValue(writer, data, template([(CKA.VALUE, changed)]), 1))
    asked = template([(CKA.VALUE, before)])
    play.case(next(numbers), p11.C_GetAttributeValue(reader, data, asked, 1))
    assert ctypes.string_at(asked[0].pValue, asked[0].ulValueLen) == changed
    play.finalize()


def _read(play: Play, numbers: Iterator[str], label: str, *, private: bool) -> None:
    session = _open(play, numbers)
    if private:
        play.case(next(numbers), play.p11.C_Login(session, CKU.USER, PIN, len(PIN)))
    wanted = ((CKA.CLASS, CKO.DATA), (CKA.TOKEN, True), (CKA.PRIVATE, private), (CKA.LABEL, label))
    _value(play, numbers, session, _found(play, numbers, session, *wanted))
    play.finalize()


def _found(play: Play, numbers: Iterator[str], session: int, *wanted: tuple[int, object]) -> int:
    found, count = handles(2), ctypes.c_ulong()
    play.case(next(numbers), play.find_init(session, *wanted))
    play.case(next(numbers), play.find(session, found, count))
    assert count.value == 1
    play.case(next(numbers), play.p11.C_FindObjectsFinal(session))
    return found[0]


def _value(play: Play, numbers: Iterator[str], session: int, handle: int) -> bytes:
    asked = template([(CKA.VALUE, b"")])
    asked[0].pValue = None
    play.case(next(numbers), play.p11.C_GetAttributeValue(session, handle, asked, 1))
    asked = template([(CKA.VALUE, bytes(asked[0].ulValueLen))])
    play.case(next(numbers), play.p11.C_GetAttributeValue(session, handle, asked, 1))
    return ctypes.string_at(asked[0].pValue, asked[0].ulValueLen)
