"""The CPS2ter volet of a CPS3: data objects that no directory lists, for the holder alone, and the way back from them.

Card specification, 1.5, 2.7 and 5.3.
"""

import ctypes
from collections.abc import Iterator

import pytest

from conformance.testbed.cards import CPS3, EVERY_CARD, PIN, PUK
from conformance.testbed.client import Module, empty_template, mechanism
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKU, UNAVAILABLE
from conformance.testbed.rig import Rig
from conformance.virtual_card.contents import ACTIVITIES, billing_situation, volet_activity
from conformance.virtual_card.pkcs15 import DataEntry, data_objects
from conformance.virtual_card.profiles import new_card

VOLET = {
    "CPS_SIT_FACT": billing_situation(ACTIVITIES["cps3"]),
    "CPS2TER_ACTIVITY_01_PS": volet_activity(ACTIVITIES["cps3"][0]),
    "CPS2TER_ACTIVITY_02_PS": volet_activity(ACTIVITIES["cps3"][1]),
}
pytestmark = pytest.mark.cards("cps3")

VOLET_CLASS = 0xA0
MESSAGE = b"feuille de soins"
# What a CPS4 of ours holds of the former card, and no CPS3.
FORMER = [f"CPS2TER_{name}" for name in ("ATR", "ID", "ICC", "NAME", "LANG", "PSINFO", "DIRAMO")]
DATA_DIRECTORIES = {"cps3": "3F00/0001/7006", "cps3cl": "3F00/0001/7106"}


def data_object(p11: Module, session: int, label: str) -> int:
    return p11.one(session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, label))


def value(p11: Module, session: int, label: str) -> bytes:
    return p11.attribute(session, data_object(p11, session, label), CKA.VALUE)


def refusal(p11: Module, session: int, handle: int) -> CKR:
    asked = empty_template([CKA.VALUE])
    answer = p11.C_GetAttributeValue(session, handle, asked, 1)
    assert asked[0].ulValueLen == UNAVAILABLE or answer == CKR.OBJECT_HANDLE_INVALID
    return answer


def signs(p11: Module, session: int) -> bool:
    """One signature of each key, checked with its public key."""
    for private, label, data in (
        (CPS3.authentication.private, CPS3.authentication.public, MESSAGE),
        (CPS3.signature.private, CPS3.signature.public, bytes(32)),
    ):
        key = p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, private))
        public = p11.one(session, (CKA.CLASS, CKO.PUBLIC_KEY), (CKA.LABEL, label))
        how = mechanism(CKM.RSA_PKCS)
        made = p11.sign(session, key, how, data)
        signed = data if data == MESSAGE else bytes.fromhex("3031300D060960864801650304020105000420") + data
        if p11.verify(session, public, how, signed, made) != CKR.OK:
            return False
    return True


class TestListing:
    def test_they_stand_between_the_situations_and_the_free_data(self, p11: Module, user: int) -> None:
        labels = {handle: p11.label(user, handle) for handle in p11.find(user)}
        assert [labels[handle] for handle in range(7, 14)] == [
            "CPS_ACTIVITY_01_PS",
            "CPS_ACTIVITY_02_PS",
            *VOLET,
            "CPS_DATA",
            "CPS_ID_CARD",
        ]

    def test_nothing_else_of_the_former_card_is_added(self, p11: Module, user: int) -> None:
        labels = [p11.label(user, handle) for handle in p11.find(user, (CKA.CLASS, CKO.DATA))]
        assert {label for label in labels if label.startswith("CPS2TER_")} == set(VOLET) - {"CPS_SIT_FACT"}

    def test_the_list_costs_no_command(self, p11: Module, user: int, rig: Rig) -> None:
        p11.find(user)
        rig.clear_log()
        for handle in p11.find(user):
            p11.label(user, handle)
        assert rig.apdu_count() == 0

    def test_who_does_not_ask_never_opens_the_volet(self, p11: Module, user: int, rig: Rig) -> None:
        p11.find(user)
        p11.find(user, (CKA.PRIVATE, True))
        assert value(p11, user, "CPS_ACTIVITY_01_PS")
        assert signs(p11, user)
        assert not [exchange for exchange in rig.log() if exchange.command[0] == VOLET_CLASS]

    def test_they_are_reported_like_any_protected_data(self, p11: Module, user: int) -> None:
        for label in VOLET:
            handle = data_object(p11, user, label)
            assert p11.attribute(user, handle, CKA.PRIVATE) == b"\1"
            assert p11.attribute(user, handle, CKA.MODIFIABLE) == b"\0"
            assert p11.attribute(user, handle, CKA.TOKEN) == b"\1"
            assert p11.attribute(user, handle, CKA.APPLICATION) == b"CPS"


class TestWhoMayRead:
    @pytest.mark.parametrize("label", VOLET)
    def test_the_holder_reads_what_the_card_holds(self, p11: Module, user: int, label: str) -> None:
        assert value(p11, user, label) == VOLET[label]

    def test_nobody_else_sees_them_not_even_by_handle(self, p11: Module, session: int, rig: Rig) -> None:
        assert p11.find(session, (CKA.LABEL, "CPS_SIT_FACT")) == []
        p11.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        handles = [data_object(p11, session, label) for label in VOLET]
        assert [p11.attribute(session, handle, CKA.VALUE) for handle in handles] == list(VOLET.values())
        p11.ok("C_Logout", session)
        rig.clear_log()
        assert [refusal(p11, session, handle) for handle in handles] == [CKR.OBJECT_HANDLE_INVALID] * 3
        assert rig.apdu_count() == 0

    def test_nor_does_who_knows_the_code_de_deblocage(self, p11: Module) -> None:
        (slot,) = p11.slots()
        session = p11.open(slot, rw=True)
        assert p11.login(session, PUK, CKU.SO) == CKR.OK
        assert p11.find(session, (CKA.LABEL, "CPS_SIT_FACT")) == []

    def test_a_new_login_reads_the_card_again(self, p11: Module, user: int, rig: Rig) -> None:
        assert value(p11, user, "CPS_SIT_FACT") == VOLET["CPS_SIT_FACT"]
        p11.ok("C_Logout", user)
        p11.ok("C_Login", user, CKU.USER, PIN, len(PIN))
        rig.clear_log()
        assert value(p11, user, "CPS_SIT_FACT") == VOLET["CPS_SIT_FACT"]
        assert [exchange for exchange in rig.log() if exchange.command[0] == VOLET_CLASS]


class TestCost:
    def test_one_value_is_four_commands_or_five_and_then_none(self, p11: Module, user: int, rig: Rig) -> None:
        for label, expected in (("CPS2TER_ACTIVITY_01_PS", 4), ("CPS_SIT_FACT", 5)):
            handle = data_object(p11, user, label)
            rig.clear_log()
            p11.attribute(user, handle, CKA.VALUE)
            assert rig.apdu_count() == expected
            rig.clear_log()
            p11.attribute(user, handle, CKA.VALUE)
            assert rig.apdu_count() == 0


class TestTheWayBack:
    def test_every_key_signs_before_between_and_after(self, p11: Module, user: int) -> None:
        assert signs(p11, user)
        for label, expected in VOLET.items():
            assert value(p11, user, label) == expected
            assert signs(p11, user)

    def test_other_files_are_read_and_codes_counted(self, p11: Module, user: int, rig: Rig) -> None:
        (slot,) = p11.slots()
        value(p11, user, "CPS2TER_ACTIVITY_01_PS")
        assert value(p11, user, "CPS_ACTIVITY_02_PS")
        value(p11, user, "CPS2TER_ACTIVITY_02_PS")
        assert p11.token_info(slot).flags & 0x770000 == 0
        value(p11, user, "CPS_SIT_FACT")
        assert p11.C_SetPIN(user, PIN, 4, PIN, 4) == CKR.OK
        assert rig.pin_tries == 3

    def test_a_signature_under_way_is_not_disturbed(self, p11: Module, user: int) -> None:
        key = p11.one(user, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, CPS3.signature.private))
        public = p11.one(user, (CKA.CLASS, CKO.PUBLIC_KEY), (CKA.LABEL, CPS3.signature.public))
        how = mechanism(CKM.SHA256_RSA_PKCS)
        p11.ok("C_SignInit", user, ctypes.byref(how), key)
        p11.ok("C_SignUpdate", user, MESSAGE, len(MESSAGE))
        assert value(p11, user, "CPS_SIT_FACT") == VOLET["CPS_SIT_FACT"]
        signature = p11.output(256, "C_SignFinal", user)
        assert p11.verify(user, public, how, MESSAGE, signature) == CKR.OK


class TestRefusals:
    @pytest.mark.parametrize(
        ("sw", "expected"),
        [
            ("9404", CKR.DEVICE_ERROR),
            ("9402", CKR.DEVICE_ERROR),
            ("9804", CKR.USER_NOT_LOGGED_IN),
            ("9808", CKR.USER_NOT_LOGGED_IN),
            ("9840", CKR.PIN_LOCKED),
            ("6F00", CKR.DEVICE_ERROR),
        ],
    )
    def test_each_has_its_code_and_ends_nothing_else(
        self, p11: Module, user: int, rig: Rig, sw: str, expected: CKR
    ) -> None:
        handle = data_object(p11, user, "CPS2TER_ACTIVITY_01_PS")
        rig.fault(f"cla=A0 ins=B0 do=sw sw={sw}")
        assert refusal(p11, user, handle) == expected
        assert p11.state(user) == 1, "the holder is still logged in"
        assert signs(p11, user)
        assert p11.attribute(user, handle, CKA.VALUE) == VOLET["CPS2TER_ACTIVITY_01_PS"]

    def test_a_reset_in_between_asks_for_the_code_again(self, p11: Module, user: int, rig: Rig) -> None:
        handle = data_object(p11, user, "CPS_SIT_FACT")
        rig.reset_card()
        # Within the window of ADR 0016 it is the reading that meets the reset.
        assert refusal(p11, user, handle) in (CKR.OBJECT_HANDLE_INVALID, CKR.USER_NOT_LOGGED_IN)
        p11.ok("C_Login", user, CKU.USER, PIN, len(PIN))
        assert p11.attribute(user, handle, CKA.VALUE) == VOLET["CPS_SIT_FACT"]


@pytest.fixture(params=["cps3", "cps3cl"])
def listing(request: pytest.FixtureRequest, loaded: Module, rig: Rig) -> Iterator[dict[str, bytes]]:
    """A CPS3 whose directory lists the data of the former card, and CPS_SIT_FACT: label and content of each."""
    name = request.param
    rig.insert(name)
    card = new_card(name)
    directory = DATA_DIRECTORIES[name]
    files = {label: f"3F00/0001/E1{number:02X}" for number, label in enumerate([*FORMER, "CPS_SIT_FACT"])}
    entries = [DataEntry(label, bytes.fromhex(path.replace("/", ""))) for label, path in files.items()]
    for label, path in files.items():
        rig.put_file(path, label.encode())
    rig.put_file(directory, card.file(directory).content + data_objects(entries))
    loaded.ok("C_Initialize", None)
    yield {label: label.encode() for label in files}
    loaded.C_Finalize(None)
    rig.put_file(directory, card.file(directory).content)
    for path in files.values():
        rig.remove_file(path)


def test_what_the_directory_of_a_cps3_lists_is_shown_whoever_asks(loaded: Module, listing: dict[str, bytes]) -> None:
    (slot,) = loaded.slots()
    session = loaded.open(slot)
    loaded.login(session, PIN)
    assert {label: value(loaded, session, label) for label in listing} == listing
    loaded.C_Logout(session)
    assert {label: value(loaded, session, label) for label in listing} == listing


@pytest.mark.parametrize("name", ["cps4", "cps3cl"])
def test_no_other_card_is_ever_asked(p11: Module, rig: Rig, name: str) -> None:
    """A CPS4 lists the same names in its directory; the antenna shows none of them."""
    rig.insert(name)
    rig.new_pins()
    (slot,) = p11.slots()
    session = p11.open(slot)
    p11.login(session, PIN)
    rig.clear_log()
    labels = [p11.label(session, handle) for handle in p11.find(session, (CKA.CLASS, CKO.DATA))]
    assert len(labels) == len(set(labels))
    assert ("CPS_SIT_FACT" in labels) == EVERY_CARD[name].lists_former_data
    for label in labels:
        assert value(p11, session, label)
    assert not [exchange for exchange in rig.log() if exchange.command[0] == VOLET_CLASS]
