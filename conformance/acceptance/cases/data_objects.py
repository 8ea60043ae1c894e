"""Cases 900 to 924: the data objects of the profession (données métier), read and, for CPS_DATA, written.

The numbers follow a counter, so they depend on whether a CPS_DATA that may be written is found: then 900 to 924 with
908.2, 914.2 and 919.2; else the plan's recorded run, where 904.2, 910.2 and 915.2 begin the next blocks and the numbers
between them name other calls than the plan's table does.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.acceptance.run import READ_WRITE, SERIAL, Run, handle_array
from conformance.testbed.cards import PIN, SIGNATURE_CERTIFICATE, TECHNICAL_CERTIFICATE
from conformance.testbed.client import template
from conformance.testbed.cryptoki import CKA, CKO, CKR, CKU

WITH_CPS_DATA = [*map(str, range(900, 909)), "908.2", *map(str, range(909, 915)), "914.2"]
WITH_CPS_DATA += [*map(str, range(915, 920)), "919.2", *map(str, range(920, 925))]
WITHOUT_CPS_DATA = [*map(str, range(900, 905)), "904.2", *map(str, range(905, 911)), "910.2"]
WITHOUT_CPS_DATA += [*map(str, range(911, 916)), "915.2", *map(str, range(916, 921))]
WITHOUT_CONTACT = ["900", "920", "921"]


def data_objects(run: Run) -> None:
    """A CPS4, which is issued without a CPS_DATA that may be written, is given one for this group."""
    if run.card.contactless:
        _technical_certificate(run, iter(WITHOUT_CONTACT))
    elif "CPS_DATA" in run.card.public_data:
        _all_blocks(run, iter(WITH_CPS_DATA))
    else:
        run.finalize()
        with _given_cps_data(run):
            run.initialize()
            _all_blocks(run, iter(WITH_CPS_DATA))


def data_objects_without_cps_data(run: Run) -> None:
    run.initialize()
    _all_blocks(run, iter(WITHOUT_CPS_DATA))


@contextmanager
def _given_cps_data(run: Run) -> Iterator[None]:
    run.rig.vary("cps-data")
    try:
        yield
    finally:
        run.rig.vary()


def _all_blocks(run: Run, numbers: Iterator[str]) -> None:
    _cps_data(run, numbers)
    _read(run, numbers, "CPS_ACTIVITY_01_PS", private=True)
    _read(run, numbers, "CPS_NAME_PS", private=False)
    wanted = ((CKA.CLASS, CKO.CERTIFICATE), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, SIGNATURE_CERTIFICATE))
    session = _open(run, numbers)
    _value(run, numbers, session, _the_one(run, numbers, session, *wanted))
    run.finalize()


def _technical_certificate(run: Run, numbers: Iterator[str]) -> None:
    """The program renames the certificate it wants and leaves the length of the longer name."""
    session = _open(run, numbers)
    label = TECHNICAL_CERTIFICATE.encode().ljust(len(SIGNATURE_CERTIFICATE), b"\0")
    wanted = ((CKA.CLASS, CKO.CERTIFICATE), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, label))
    count = ctypes.c_ulong()
    run.case(next(numbers), run.find_init(session, *wanted))
    run.case(next(numbers), run.find(session, handle_array(2), count))
    assert count.value == 0
    run.finalize()


def _open(run: Run, numbers: Iterator[str], flags: int = SERIAL) -> int:
    where = ctypes.c_ulong()
    assert run.p11.C_Initialize(None) in (CKR.OK, CKR.CRYPTOKI_ALREADY_INITIALIZED)
    run.case(next(numbers), run.open_session(run.slot, flags, where))
    return where.value


def _cps_data(run: Run, numbers: Iterator[str]) -> None:
    p11, reader = run.p11, run.open()
    writer = _open(run, numbers, READ_WRITE)
    run.case(next(numbers), p11.C_Login(reader, CKU.USER, PIN, len(PIN)))
    wanted = ((CKA.CLASS, CKO.DATA), (CKA.TOKEN, True), (CKA.MODIFIABLE, True), (CKA.LABEL, "CPS_DATA"))
    data = _found(run, numbers, reader, *wanted)
    if data is None:
        run.finalize()
        return
    before = _value(run, numbers, reader, data)
    changed = bytes((byte + index) % 256 for index, byte in enumerate(before))
    run.case(next(numbers), p11.C_SetAttributeValue(writer, data, template([(CKA.VALUE, changed)]), 1))
    attributes = template([(CKA.VALUE, before)])
    run.case(next(numbers), p11.C_GetAttributeValue(reader, data, attributes, 1))
    assert ctypes.string_at(attributes[0].pValue, attributes[0].ulValueLen) == changed
    run.finalize()


def _read(run: Run, numbers: Iterator[str], label: str, *, private: bool) -> None:
    session = _open(run, numbers)
    if private:
        run.case(next(numbers), run.p11.C_Login(session, CKU.USER, PIN, len(PIN)))
    wanted = ((CKA.CLASS, CKO.DATA), (CKA.TOKEN, True), (CKA.PRIVATE, private), (CKA.LABEL, label))
    _value(run, numbers, session, _the_one(run, numbers, session, *wanted))
    run.finalize()


def _the_one(run: Run, numbers: Iterator[str], session: int, *wanted: tuple[int, object]) -> int:
    found = _found(run, numbers, session, *wanted)
    assert found is not None, f"no object matches {wanted}"
    return found


def _found(run: Run, numbers: Iterator[str], session: int, *wanted: tuple[int, object]) -> int | None:
    found, count = handle_array(2), ctypes.c_ulong()
    run.case(next(numbers), run.find_init(session, *wanted))
    run.case(next(numbers), run.find(session, found, count))
    assert count.value < 2
    run.case(next(numbers), run.p11.C_FindObjectsFinal(session))
    return found[0] if count.value else None


def _value(run: Run, numbers: Iterator[str], session: int, handle: int) -> bytes:
    attributes = template([(CKA.VALUE, b"")])
    attributes[0].pValue = None
    run.case(next(numbers), run.p11.C_GetAttributeValue(session, handle, attributes, 1))
    attributes = template([(CKA.VALUE, bytes(attributes[0].ulValueLen))])
    run.case(next(numbers), run.p11.C_GetAttributeValue(session, handle, attributes, 1))
    return ctypes.string_at(attributes[0].pValue, attributes[0].ulValueLen)
