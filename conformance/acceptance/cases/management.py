"""Cases 1 to 318: the library, slots and tokens, sessions, objects."""

import ctypes
from concurrent.futures import ThreadPoolExecutor, wait

from conformance.acceptance.run import READ_WRITE, SERIAL, Run, handle_array
from conformance.testbed.cards import PIN
from conformance.testbed.client import empty_template, template
from conformance.testbed.cryptoki import (
    CKA,
    CKF,
    CKO,
    CKR,
    CKU,
    Info,
    InitializeArguments,
    MechanismInfo,
    SessionInfo,
    SlotInfo,
    TokenInfo,
)

MutexCallback = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)

_stub = MutexCallback(lambda _: 0)
"""A mutex callback that succeeds and does nothing: it never gives a mutex handle."""


def general(run: Run) -> None:
    p11 = run.p11
    run.case("1", p11.C_Finalize(None))
    run.case("2", p11.C_GetInfo(ctypes.byref(Info())))
    stub = ctypes.cast(_stub, ctypes.c_void_p)
    accepted = {
        "4": InitializeArguments(stub, stub, stub, stub, 0, None),
        "5": InitializeArguments(stub, stub, stub, stub, CKF.OS_LOCKING_OK, None),
        "6": InitializeArguments(None, None, None, None, 0, None),
        "7": InitializeArguments(None, None, None, None, CKF.OS_LOCKING_OK, None),
    }
    for number, arguments in accepted.items():
        run.case(number, p11.C_Initialize(ctypes.byref(arguments)))
        run.finalize()
    partial = InitializeArguments(stub, None, None, stub, CKF.OS_LOCKING_OK, None)
    run.case("8", p11.C_Initialize(ctypes.byref(partial)))
    run.case("9", p11.C_Initialize(None))
    run.case("10", p11.C_Initialize(None))
    run.case("11", p11.C_GetInfo(None))
    run.case("12", p11.C_GetInfo(ctypes.byref(Info())))
    run.case("13", p11.C_Finalize(None))


def slots(run: Run) -> None:
    p11, count, where = run.p11, ctypes.c_ulong(), ctypes.c_ulong()
    counted = ctypes.byref(count)
    run.case("100", p11.C_GetSlotList(0, None, counted))
    run.case("101", p11.C_GetSlotInfo(0, None))
    run.case("102", p11.C_GetTokenInfo(0, None))
    run.case("103", p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, None, None))
    run.case("104", p11.C_GetMechanismList(0, None, None))
    run.case("105", p11.C_GetMechanismInfo(0, 0, None))
    run.case("106", p11.C_InitToken(0, None, 0, None))
    run.case("107", p11.C_InitPIN(0, None, 0))
    run.case("108", p11.C_SetPIN(0, None, 0, None, 0))
    run.initialize()
    run.case("109", p11.C_GetSlotList(0, None, None))
    run.case("110", p11.C_GetSlotList(0, None, counted))
    readers = count.value
    run.case("111", p11.C_GetSlotList(0, handle_array(readers), counted))
    count.value = readers - 1
    run.case("112", p11.C_GetSlotList(0, handle_array(readers), counted))
    run.case("113", p11.C_GetSlotList(1, None, counted))
    present = handle_array(count.value)
    run.case("114", p11.C_GetSlotList(1, present, counted))
    slot = present[0]
    run.case("115", p11.C_GetSlotInfo(slot, None))
    run.case("116", p11.C_GetSlotInfo(99, ctypes.byref(SlotInfo())))
    run.case("117", p11.C_GetSlotInfo(slot, ctypes.byref(SlotInfo())))
    run.case("118", p11.C_GetTokenInfo(slot, None))
    run.case("119", p11.C_GetTokenInfo(999_999_999, ctypes.byref(TokenInfo())))
    run.case("120", p11.C_GetTokenInfo(slot, ctypes.byref(TokenInfo())))
    run.case("123", p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None))
    count.value = 1
    run.case("124", p11.C_GetMechanismList(slot, handle_array(1), counted))
    run.case("125", p11.C_GetMechanismList(slot, None, counted))
    kinds = handle_array(count.value)
    run.case("126", p11.C_GetMechanismList(slot, kinds, counted))
    answers = [p11.C_GetMechanismInfo(slot, kind, ctypes.byref(MechanismInfo())) for kind in kinds]
    run.case("127", next((rv for rv in answers if rv != CKR.OK), CKR.OK))
    run.finalize()


def blocking_wait(run: Run) -> None:
    """Case 121, for which the program asks its operator: the card is taken out while the call waits, if it does."""
    where = ctypes.c_ulong()
    run.initialize()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run.p11.C_WaitForSlotEvent, 0, ctypes.byref(where), None)
        wait([waiting], timeout=0.1)
        run.rig.remove()
        wait([waiting], timeout=10)
        run.finalize()
        run.case("121", waiting.result())
    run.rig.insert()


def sessions(run: Run) -> None:
    p11, length = run.p11, ctypes.c_ulong()
    run.initialize()
    slot = run.slot
    opened = [ctypes.c_ulong() for _ in range(5)]
    flags = [SERIAL, READ_WRITE, SERIAL, SERIAL, SERIAL]
    for number, (where, flag) in enumerate(zip(opened, flags, strict=True), 200):
        run.case(str(number), run.open_session(slot, flag, where))
    first, third = opened[0].value, opened[2].value
    run.case("205", p11.C_GetSessionInfo(first, ctypes.byref(SessionInfo())))
    run.case("206", p11.C_Login(first, CKU.SO, PIN, 4))
    run.case("207", p11.C_Login(first, CKU.USER, PIN, 4))
    run.case("208", p11.C_Login(first, CKU.USER, PIN, 4))
    run.case("209", p11.C_GetOperationState(first, None, ctypes.byref(length)))
    run.case("210", p11.C_SetOperationState(first, None, 0, 0, 0))
    run.case("211", p11.C_Logout(first))
    run.case("212", p11.C_CloseSession(first))
    run.case("213", p11.C_CloseAllSessions(slot))
    run.case("214", p11.C_CloseSession(third))
    run.case("215", p11.C_GetSessionInfo(999, ctypes.byref(SessionInfo())))
    run.case("216", p11.C_Login(999, CKU.USER, PIN, 4))
    run.case("217", run.open_session(0, SERIAL, None))
    run.finalize()
    run.case("218", run.open_session(0, READ_WRITE, ctypes.c_ulong()))
    run.case("219", p11.C_GetSessionInfo(first, ctypes.byref(SessionInfo())))
    run.case("220", p11.C_Login(first, CKU.USER, PIN, 4))
    run.case("221", p11.C_InitPIN(first, None, 0))
    run.case("222", p11.C_Logout(first))


def objects(run: Run) -> None:
    p11, found, count, room = run.p11, handle_array(1), ctypes.c_ulong(), ctypes.c_ulong()
    some = template([(CKA.CLASS, CKO.DATA)])
    run.case("300", p11.C_FindObjectsInit(999, some, 0))
    run.case("301", run.find(999, found, count))
    run.case("302", p11.C_FindObjectsFinal(999))
    run.case("303", p11.C_GetAttributeValue(999, 0, some, 0))
    run.initialize()
    reader, writer = run.open(), run.open(rw=True)
    run.case("304", p11.C_CreateObject(reader, some, 0, ctypes.byref(room)))
    run.case("305", p11.C_CopyObject(reader, 0, some, 0, ctypes.byref(room)))
    identity: tuple[tuple[int, object], ...]
    identity = ((CKA.CLASS, CKO.DATA), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, "CPS_ID_CARD"))
    if run.card.contactless:
        identity = (*identity[:2], (CKA.MODIFIABLE, False), (CKA.LABEL, "CPS_DATA"))
    run.case("306", run.find_init(999, *identity))
    run.case("307", run.find_init(writer, *identity))
    run.case("308", run.find(writer, found, count))
    run.case("309", run.find(999, found, count))
    run.case("310", p11.C_GetObjectSize(reader, found[0], ctypes.byref(room)))
    run.case("311", p11.C_FindObjectsFinal(writer))
    attributes, value = empty_template([CKA.CLASS]), ctypes.create_string_buffer(8)
    attributes[0].pValue, attributes[0].ulValueLen = ctypes.cast(value, ctypes.c_void_p), 8
    run.case("312", p11.C_GetAttributeValue(writer, found[0], attributes, count.value))
    run.log_in(reader)
    names = run.card.signature
    key = ((CKA.CLASS, CKO.PRIVATE_KEY), (CKA.PRIVATE, run.private), (CKA.TOKEN, True), (CKA.LABEL, names.private))
    public = ((CKA.CLASS, CKO.PUBLIC_KEY), (CKA.PRIVATE, False), (CKA.TOKEN, True), (CKA.ID, names.id))
    numbers = iter(range(313, 319))
    for wanted in (key,) if run.card.contactless else (key, public):
        run.case(str(next(numbers)), run.find_init(reader, *wanted))
        run.case(str(next(numbers)), run.find(reader, found, count))
        assert count.value == 1
        run.case(str(next(numbers)), p11.C_FindObjectsFinal(reader))
    run.close_all()
    run.finalize()
