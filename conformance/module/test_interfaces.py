"""Every road to the functions: the lists of 2.40, 3.0 and 3.2, and the words that applications say to C_Initialize.

PKCS #11 Specification 3.2, clauses 5.4.4 to 5.4.6, and 5.4.1 for the reserved member of CK_C_INITIALIZE_ARGS.
"""

import ctypes

import pytest

from conformance.testbed.cards import PIN, WRONG_PIN, Card
from conformance.testbed.client import FUNCTIONS, Module, mechanism
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, CKS, CKU, InitializeArguments
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig

IN_3_0 = [
    "C_GetInterfaceList", "C_GetInterface", "C_LoginUser", "C_SessionCancel", "C_MessageEncryptInit",
    "C_EncryptMessage", "C_EncryptMessageBegin", "C_EncryptMessageNext", "C_MessageEncryptFinal",
    "C_MessageDecryptInit", "C_DecryptMessage", "C_DecryptMessageBegin", "C_DecryptMessageNext",
    "C_MessageDecryptFinal", "C_MessageSignInit", "C_SignMessage", "C_SignMessageBegin", "C_SignMessageNext",
    "C_MessageSignFinal", "C_MessageVerifyInit", "C_VerifyMessage", "C_VerifyMessageBegin",
    "C_VerifyMessageNext", "C_MessageVerifyFinal",
]  # fmt: skip
IN_3_2 = [
    "C_EncapsulateKey", "C_DecapsulateKey", "C_VerifySignatureInit", "C_VerifySignature",
    "C_VerifySignatureUpdate", "C_VerifySignatureFinal", "C_GetSessionValidationFlags", "C_AsyncComplete",
    "C_AsyncGetID", "C_AsyncJoin", "C_WrapKeyAuthenticated", "C_UnwrapKeyAuthenticated",
]  # fmt: skip
MEMBERS = {(2, 40): [*FUNCTIONS], (3, 0): [*FUNCTIONS, *IN_3_0], (3, 2): [*FUNCTIONS, *IN_3_0, *IN_3_2]}
"""The functions of each list in their order, as the standard has it."""

REFUSED_2_40 = [
    "C_GetOperationState", "C_SetOperationState", "C_CreateObject", "C_CopyObject", "C_DestroyObject",
    "C_GetObjectSize", "C_DigestKey", "C_DigestEncryptUpdate", "C_DecryptDigestUpdate", "C_SignEncryptUpdate",
    "C_DecryptVerifyUpdate", "C_GenerateKey", "C_GenerateKeyPair", "C_WrapKey", "C_UnwrapKey", "C_DeriveKey",
]  # fmt: skip
ANSWERED_3_0 = {"C_GetInterfaceList", "C_GetInterface", "C_LoginUser", "C_SessionCancel"}
NOTHING = [None] * 11
SEARCH_OPERATION, DIGEST_OPERATION = 0x40, 0x400  # CKF_FIND_OBJECTS, CKF_DIGEST

RESERVED = [
    "winlogonProcess",
    "winlogonDecrypt",
    "cpsUpdate",
    "dataByThread",
    "configDir='sql:/somewhere/.pki/nssdb' certPrefix='' keyPrefix='' secmod='secmod.db' flags=readOnly",
    "",
]


class Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte)]


class Interface(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("functions", ctypes.c_void_p), ("flags", ctypes.c_ulong)]


class Functions:
    """One function list, whose members are called by the names that the standard gives their places."""

    def __init__(self, address: int | None) -> None:
        assert address is not None
        self._first = address + ctypes.sizeof(ctypes.c_void_p)
        version = Version.from_address(address)
        self.version = (int(version.major), int(version.minor))

    def call(self, name: str, *arguments: object) -> CKR:
        place = MEMBERS[self.version].index(name)
        address = ctypes.c_void_p.from_address(self._first + ctypes.sizeof(ctypes.c_void_p) * place).value
        assert address is not None
        kinds = [ctypes.c_ulong if isinstance(argument, int) else ctypes.c_void_p for argument in arguments]
        return CKR(ctypes.CFUNCTYPE(ctypes.c_ulong, *kinds)(address)(*arguments))


def interface(module: Module, name: bytes | None, version: tuple[int, int] | None, flags: int = 0) -> Functions:
    found = ctypes.POINTER(Interface)()
    asked = None if version is None else ctypes.byref(Version(*version))
    answer = module.library.C_GetInterface(name, asked, ctypes.byref(found), ctypes.c_ulong(flags))
    assert answer == CKR.OK
    assert (found.contents.name, found.contents.flags) == (b"PKCS 11", 0)
    return Functions(found.contents.functions)


@pytest.fixture(params=sorted(MEMBERS), ids=lambda version: "{}.{}".format(*version))
def functions(request: pytest.FixtureRequest, p11: Module) -> Functions:
    return interface(p11, b"PKCS 11", request.param)


@pytest.mark.parametrize("name", [None, b"PKCS 11"])
@pytest.mark.parametrize("asked", [None, (2, 40), (3, 0), (3, 1), (3, 2)])
def test_each_version_is_found_by_name_and_version(
    p11: Module, name: bytes | None, asked: tuple[int, int] | None
) -> None:
    """3.1 has the functions of 3.0, in a list of that version."""
    given = {None: (3, 2), (3, 1): (3, 0)}.get(asked, asked)
    assert interface(p11, name, asked).version == given


def test_a_session_through_any_list_signs(functions: Functions, p11: Module, slot: int, card: Card) -> None:
    session, recipe = ctypes.c_ulong(), RECIPES[CKM.SHA256_RSA_PKCS]
    opened = functions.call("C_OpenSession", slot, int(CKF.SERIAL_SESSION), None, None, ctypes.byref(session))
    assert opened == CKR.OK
    assert functions.call("C_Login", session.value, int(CKU.USER), PIN, len(PIN)) == CKR.OK
    key = p11.one(session.value, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, card.signature.private))
    how = recipe.mechanism()
    assert functions.call("C_SignInit", session.value, ctypes.byref(how), key) == CKR.OK
    signature, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    assert functions.call("C_Sign", session.value, b"message", 7, signature, ctypes.byref(length)) == CKR.OK
    assert recipe.holds(card.public_key(card.signature), b"message", signature.raw)


def test_what_a_card_cannot_do_is_not_supported(functions: Functions, session: int, rig: Rig) -> None:
    """Whatever the arguments are, and without asking the card."""
    later = [name for name in MEMBERS[functions.version] if name in {*IN_3_0, *IN_3_2} - ANSWERED_3_0]
    rig.clear_log()
    answers = {name: functions.call(name, session, *NOTHING) for name in [*REFUSED_2_40, *later]}
    assert set(answers.values()) == {CKR.FUNCTION_NOT_SUPPORTED}, answers
    assert rig.apdu_count() == 0


def test_a_login_by_name_is_a_login(p11: Module, session: int, rig: Rig) -> None:
    """The card has one holder, and no user name."""
    functions = interface(p11, None, (3, 0))
    user = int(CKU.USER)
    assert functions.call("C_LoginUser", session, user, WRONG_PIN, 4, b"somebody", 8) == CKR.PIN_INCORRECT
    assert rig.pin_tries == 2
    assert functions.call("C_LoginUser", session, user, PIN, 4, b"somebody", 8) == CKR.OK
    assert p11.state(session) == CKS.RO_USER_FUNCTIONS
    assert functions.call("C_LoginUser", session, user, PIN, 4, None, 0) == CKR.USER_ALREADY_LOGGED_IN


def test_an_operation_is_cancelled_by_its_flag_alone(p11: Module, session: int) -> None:
    functions, how = interface(p11, None, (3, 0)), mechanism(CKM.SHA256)
    p11.ok("C_DigestInit", session, ctypes.byref(how))
    p11.ok("C_FindObjectsInit", session, None, 0)
    assert functions.call("C_SessionCancel", session, DIGEST_OPERATION) == CKR.OK
    assert p11.C_DigestUpdate(session, b"part", 4) == CKR.OPERATION_NOT_INITIALIZED
    assert p11.C_FindObjectsFinal(session) == CKR.OK
    assert functions.call("C_SessionCancel", session, SEARCH_OPERATION) == CKR.OK
    assert functions.call("C_SessionCancel", 999, SEARCH_OPERATION) == CKR.SESSION_HANDLE_INVALID


@pytest.mark.parametrize("word", RESERVED)
def test_what_is_said_in_the_reserved_member_changes_nothing(
    loaded: Module, card: Card, said_nothing: set[str], word: str
) -> None:
    text = ctypes.create_string_buffer(word.encode())
    arguments = InitializeArguments(flags=CKF.OS_LOCKING_OK, pReserved=ctypes.cast(text, ctypes.c_void_p))
    loaded.ok("C_Initialize", ctypes.byref(arguments))
    try:
        assert labels(loaded) == said_nothing
    finally:
        loaded.C_Finalize(None)


@pytest.fixture
def said_nothing(loaded: Module, card: Card) -> set[str]:
    """What a holder finds when C_Initialize has no argument."""
    loaded.ok("C_Initialize", None)
    try:
        return labels(loaded)
    finally:
        loaded.C_Finalize(None)


def labels(module: Module) -> set[str]:
    """Every label, for the holder; a card that is looked for as ever."""
    (slot,) = module.slots()
    session = module.open(slot)
    assert module.login(session, PIN) == CKR.OK
    return {module.label(session, one) for one in module.find(session)}
