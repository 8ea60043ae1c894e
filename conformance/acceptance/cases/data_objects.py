"""Cases 900 to 924: the data objects of the trade, read and, for CPS_DATA, written.

The numbers follow a counter, so they depend on whether a CPS_DATA that may be written is found: then 900 to 924 with
908.2, 914.2 and 919.2; else the plan's recorded run, where 904.2, 910.2 and 915.2 begin the next blocks and the numbers
between them name other calls than the plan's table does.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.acceptance.run import READ_WRITE, SERIAL, Play, handles
from conformance.testbed.cards import PIN, SIGNATURE_CERTIFICATE, TECHNICAL_CERTIFICATE
from conformance.testbed.client import template
from conformance.testbed.cryptoki import CKA, CKO, CKR, CKU
from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import parse, tlv

WITH_CPS_DATA = [*map(str, range(900, 909)), "908.2", *map(str, range(909, 915)), "914.2"]
WITH_CPS_DATA += [*map(str, range(915, 920)), "919.2", *map(str, range(920, 925))]
WITHOUT_CPS_DATA = [*map(str, range(900, 905)), "904.2", *map(str, range(905, 911)), "910.2"]
WITHOUT_CPS_DATA += [*map(str, range(911, 916)), "915.2", *map(str, range(916, 921))]
WITHOUT_CONTACT = ["900", "920", "921"]

DATA_DIRECTORY = "3F00/0001/7006"


def trade_data(play: Play) -> None:
    if play.card.contactless:
        _technical_certificate(play, iter(WITHOUT_CONTACT))
    else:
        _all_blocks(play, iter(WITH_CPS_DATA))


def trade_data_without_cps_data(play: Play) -> None:
    with _card_without_cps_data(play):
        play.initialize()
        _all_blocks(play, iter(WITHOUT_CPS_DATA))


@contextmanager
def _card_without_cps_data(play: Play) -> Iterator[None]:
    issued = new_card(play.card.name).file(DATA_DIRECTORY).content
    play.rig.put_file(
        DATA_DIRECTORY, b"".join(tlv(tag, value) for tag, value in parse(issued) if b"CPS_DATA" not in value)
    )
    try:
        yield
    finally:
        play.rig.put_file(DATA_DIRECTORY, issued)


def _all_blocks(play: Play, numbers: Iterator[str]) -> None:
    _cps_data(play, numbers)
    _read(play, numbers, "CPS_ACTIVITY_01_PS", private=True)
    _read(play, numbers, "CPS_NAME_PS", private=False)
    wanted = ((CKA.CLASS, CKO.CERTIFICATE), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, SIGNATURE_CERTIFICATE))
    session = _open(play, numbers)
    _value(play, numbers, session, _the_one(play, numbers, session, *wanted))
    play.finalize()


def _technical_certificate(play: Play, numbers: Iterator[str]) -> None:
    """The program renames the certificate it wants and leaves the length of the longer name."""
    session = _open(play, numbers)
    label = TECHNICAL_CERTIFICATE.encode().ljust(len(SIGNATURE_CERTIFICATE), b"\0")
    wanted = ((CKA.CLASS, CKO.CERTIFICATE), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, label))
    count = ctypes.c_ulong()
    play.case(next(numbers), play.find_init(session, *wanted))
    play.case(next(numbers), play.find(session, handles(2), count))
    assert count.value == 0
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
    if data is None:
        play.finalize()
        return
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
    _value(play, numbers, session, _the_one(play, numbers, session, *wanted))
    play.finalize()


def _the_one(play: Play, numbers: Iterator[str], session: int, *wanted: tuple[int, object]) -> int:
    found = _found(play, numbers, session, *wanted)
    assert found is not None, f"no object matches {wanted}"
    return found


def _found(play: Play, numbers: Iterator[str], session: int, *wanted: tuple[int, object]) -> int | None:
    found, count = handles(2), ctypes.c_ulong()
    play.case(next(numbers), play.find_init(session, *wanted))
    play.case(next(numbers), play.find(session, found, count))
    assert count.value < 2
    play.case(next(numbers), play.p11.C_FindObjectsFinal(session))
    return found[0] if count.value else None


def _value(play: Play, numbers: Iterator[str], session: int, handle: int) -> bytes:
    asked = template([(CKA.VALUE, b"")])
    asked[0].pValue = None
    play.case(next(numbers), play.p11.C_GetAttributeValue(session, handle, asked, 1))
    asked = template([(CKA.VALUE, bytes(asked[0].ulValueLen))])
    play.case(next(numbers), play.p11.C_GetAttributeValue(session, handle, asked, 1))
    return ctypes.string_at(asked[0].pValue, asked[0].ulValueLen)
