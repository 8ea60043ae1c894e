"""Cases 1 to 318: the library, slots and tokens, sessions, objects."""

import ctypes
from concurrent.futures import ThreadPoolExecutor, wait

from conformance.acceptance.run import READ_WRITE, SERIAL, Play, handles
from conformance.testbed.cards import PIN
from conformance.testbed.client import empty_template, template
from conformance.testbed.cryptoki import (
    CKA,
    CKF,
    CKO,
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


def general(play: Play) -> None:
    p11 = play.p11
    play.case("1", p11.C_Finalize(None))
    play.case("2", p11.C_GetInfo(ctypes.byref(Info())))
    stub = ctypes.cast(_stub, ctypes.c_void_p)
    accepted = {
        "4": InitializeArguments(stub, stub, stub, stub, 0, None),
        "5": InitializeArguments(stub, stub, stub, stub, CKF.OS_LOCKING_OK, None),
        "6": InitializeArguments(None, None, None, None, 0, None),
        "7": InitializeArguments(None, None, None, None, CKF.OS_LOCKING_OK, None),
    }
    for number, arguments in accepted.items():
        play.case(number, p11.C_Initialize(ctypes.byref(arguments)))
        play.finalize()
    partial = InitializeArguments(stub, None, None, stub, CKF.OS_LOCKING_OK, None)
    play.case("8", p11.C_Initialize(ctypes.byref(partial)))
    play.case("9", p11.C_Initialize(None))
    play.case("10", p11.C_Initialize(None))
    play.case("11", p11.C_GetInfo(None))
    play.case("12", p11.C_GetInfo(ctypes.byref(Info())))
    play.case("13", p11.C_Finalize(None))


def slots(play: Play) -> None:
    p11, count, where = play.p11, ctypes.c_ulong(), ctypes.c_ulong()
    counted = ctypes.byref(count)
    play.case("100", p11.C_GetSlotList(0, None, counted))
    play.case("101", p11.C_GetSlotInfo(0, None))
    play.case("102", p11.C_GetTokenInfo(0, None))
    play.case("103", p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, None, None))
    play.case("104", p11.C_GetMechanismList(0, None, None))
    play.case("105", p11.C_GetMechanismInfo(0, 0, None))
    play.case("106", p11.C_InitToken(0, None, 0, None))
    play.case("107", p11.C_InitPIN(0, None, 0))
    play.case("108", p11.C_SetPIN(0, None, 0, None, 0))
    play.initialize()
    play.case("109", p11.C_GetSlotList(0, None, None))
    play.case("110", p11.C_GetSlotList(0, None, counted))
    readers = count.value
    play.case("111", p11.C_GetSlotList(0, handles(readers), counted))
    count.value = readers - 1
    play.case("112", p11.C_GetSlotList(0, handles(readers), counted))
    play.case("113", p11.C_GetSlotList(1, None, counted))
    present = handles(count.value)
    play.case("114", p11.C_GetSlotList(1, present, counted))
    slot = present[0]
    play.case("115", p11.C_GetSlotInfo(slot, None))
    play.case("116", p11.C_GetSlotInfo(99, ctypes.byref(SlotInfo())))
    play.case("117", p11.C_GetSlotInfo(slot, ctypes.byref(SlotInfo())))
    play.case("118", p11.C_GetTokenInfo(slot, None))
    play.case("119", p11.C_GetTokenInfo(999_999_999, ctypes.byref(TokenInfo())))
    play.case("120", p11.C_GetTokenInfo(slot, ctypes.byref(TokenInfo())))
    play.case("123", p11.C_WaitForSlotEvent(CKF.DONT_BLOCK, ctypes.byref(where), None))
    count.value = 1
    play.case("124", p11.C_GetMechanismList(slot, handles(1), counted))
    play.case("125", p11.C_GetMechanismList(slot, None, counted))
    kinds = handles(count.value)
    play.case("126", p11.C_GetMechanismList(slot, kinds, counted))
    answers = [p11.C_GetMechanismInfo(slot, kind, ctypes.byref(MechanismInfo())) for kind in kinds]
    for rv in answers:
        play.case("127", rv)
    play.finalize()


def blocking_wait(play: Play) -> None:
    """Case 121, for which the program asks its operator: the card is taken out while the call waits, if it does."""
    where = ctypes.c_ulong()
    play.initialize()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(play.p11.C_WaitForSlotEvent, 0, ctypes.byref(where), None)
        wait([waiting], timeout=0.1)
        play.rig.remove()
        wait([waiting], timeout=10)
        play.finalize()
        play.case("121", waiting.result())
    play.rig.insert()


def sessions(play: Play) -> None:
    p11, length = play.p11, ctypes.c_ulong()
    play.initialize()
    slot = play.slot
    opened = [ctypes.c_ulong() for _ in range(5)]
    flags = [SERIAL, READ_WRITE, SERIAL, SERIAL, SERIAL]
    for number, (where, how) in enumerate(zip(opened, flags, strict=True), 200):
        play.case(str(number), play.open_session(slot, how, where))
    first, third = opened[0].value, opened[2].value
    play.case("205", p11.C_GetSessionInfo(first, ctypes.byref(SessionInfo())))
    play.case("206", p11.C_Login(first, CKU.SO, PIN, 4))
    play.case("207", p11.C_Login(first, CKU.USER, PIN, 4))
    play.case("208", p11.C_Login(first, CKU.USER, PIN, 4))
    play.case("209", p11.C_GetOperationState(first, None, ctypes.byref(length)))
    play.case("210", p11.C_SetOperationState(first, None, 0, 0, 0))
    play.case("211", p11.C_Logout(first))
    play.case("212", p11.C_CloseSession(first))
    play.case("213", p11.C_CloseAllSessions(slot))
    play.case("214", p11.C_CloseSession(third))
    play.case("215", p11.C_GetSessionInfo(999, ctypes.byref(SessionInfo())))
    play.case("216", p11.C_Login(999, CKU.USER, PIN, 4))
    play.case("217", play.open_session(0, SERIAL, None))
    play.finalize()
    play.case("218", play.open_session(0, READ_WRITE, ctypes.c_ulong()))
    play.case("219", p11.C_GetSessionInfo(first, ctypes.byref(SessionInfo())))
    play.case("220", p11.C_Login(first, CKU.USER, PIN, 4))
    play.case("221", p11.C_InitPIN(first, None, 0))
    play.case("222", p11.C_Logout(first))


def objects(play: Play) -> None:
    p11, found, count, room = play.p11, handles(1), ctypes.c_ulong(), ctypes.c_ulong()
    some = template([(CKA.CLASS, CKO.DATA)])
    play.case("300", p11.C_FindObjectsInit(999, some, 0))
    play.case("301", play.find(999, found, count))
    play.case("302", p11.C_FindObjectsFinal(999))
    play.case("303", p11.C_GetAttributeValue(999, 0, some, 0))
    play.initialize()
    reader, writer = play.open(), play.open(rw=True)
    play.case("304", p11.C_CreateObject(reader, some, 0, ctypes.byref(room)))
    play.case("305", p11.C_CopyObject(reader, 0, some, 0, ctypes.byref(room)))
    identity: tuple[tuple[int, object], ...]
    identity = ((CKA.CLASS, CKO.DATA), (CKA.TOKEN, True), (CKA.PRIVATE, False), (CKA.LABEL, "CPS_ID_CARD"))
    if play.card.contactless:
        identity = (*identity[:2], (CKA.MODIFIABLE, False), (CKA.LABEL, "CPS_DATA"))
    play.case("306", play.find_init(999, *identity))
    play.case("307", play.find_init(writer, *identity))
    play.case("308", play.find(writer, found, count))
    play.case("309", play.find(999, found, count))
    play.case("310", p11.C_GetObjectSize(reader, found[0], ctypes.byref(room)))
    play.case("311", p11.C_FindObjectsFinal(writer))
    asked, value = empty_template([CKA.CLASS]), ctypes.create_string_buffer(8)
    asked[0].pValue, asked[0].ulValueLen = ctypes.cast(value, ctypes.c_void_p), 8
    play.case("312", p11.C_GetAttributeValue(writer, found[0], asked, count.value))
    play.log_in(reader)
    names = play.card.signature
    key = ((CKA.CLASS, CKO.PRIVATE_KEY), (CKA.PRIVATE, play.private), (CKA.TOKEN, True), (CKA.LABEL, names.private))
    public = ((CKA.CLASS, CKO.PUBLIC_KEY), (CKA.PRIVATE, False), (CKA.TOKEN, True), (CKA.ID, names.id))
    numbers = iter(range(313, 319))
    for wanted in (key,) if play.card.contactless else (key, public):
        play.case(str(next(numbers)), play.find_init(reader, *wanted))
        play.case(str(next(numbers)), play.find(reader, found, count))
        assert count.value == 1
        play.case(str(next(numbers)), p11.C_FindObjectsFinal(reader))
    play.close_all()
    play.finalize()
