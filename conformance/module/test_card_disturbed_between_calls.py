"""Another application changes what the card remembers between two of our calls: the selection, the security
environment, the login. No result is wrong by that, and no try is spent.

ISO/IEC 7816-4, clauses 7.1 (selection) and 10.3 (security environments): a card keeps one of each for everybody.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from conformance.testbed.card_commands import VERIFY
from conformance.testbed.cards import PIN, WRONG_PIN, Card, KeyNames
from conformance.testbed.client import Module, mechanism
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, Mechanism
from conformance.testbed.mechanism_recipes import RECIPES, SHA256, Recipe
from conformance.testbed.rig import Rig

MESSAGE = b"ordonnance du 3 mars"
INS_VERIFY = 0x20
ALL_TRIES = (3, 10)
DISTURBANCES: dict[str, dict[str, tuple[str, ...]]] = {
    "cps3": {
        "the root": ("00A4090C023F00",),
        "a file": ("00A4090C043F00D003",),
        "a file beside the keys": ("00A4090C063F0000017001",),
        "the keys' directory": ("00A4090C043F000001",),
        "the root application": ("00A40404088025000001FF0100",),
        "the older volet": ("00A40400088025000001FF0002",),
        "something that is not there": ("00A4090C043F004242",),
        "no environment": ("00A4090C043F000001", "0022F301"),
        "the signature key by SHA-1": ("00A4090C043F000001", "002241B606800112840181"),
        "the signature key by SHA-256": ("00A4090C043F000001", "002241B606800142840181"),
        "the authentication key": ("00A4090C043F000001", "002241A406800102840182"),
        "decryption": ("00A4090C043F000001", "002241B80680011A840182"),
        "the other key to authenticate": ("002241A406800102840181",),
        "the other key to sign": ("002241B606800142840182",),
        "the hash of its own text": (
            "00A4090C043F000001",
            "002241AA03800140",
            "002A90A0099000" + "8005" + b"autre".hex(),
        ),
        "a code asked for": ("0020000100",),
    },
    "cps4": {
        "the root": ("01A40000023F00",),
        "a file": ("01A4080002D003",),
        "the keys' directory": ("01A40800020001",),
        "the root application": ("01A4040C088025000001FF0100",),
        "the older volet": ("00A40400088025000001FF0002",),
        "the card manager": ("00A4040C07A0000001510000",),
        "something that is not there": ("01A40800024242",),
        "the signature key by SHA-1": ("01A40800020001", "012281B60491020A90"),
        "the signature key by SHA-256": ("01A40800020001", "012281B60491022890"),
        "the signature key by PSS": ("01A40800020001", "012281B60491022C90"),
        "the other key by SHA-256": ("01A40800020001", "012281B604910228A0"),
        "the other key by PSS": ("01A40800020001", "012281B60491022CA0"),
        "decryption": ("01A40800020001", "012241B803830120"),
        "the other key to decrypt": ("012241B803830110",),
        "a code asked for": ("0120000100",),
    },
}
"""What else an application does with the card, every command as it is sent."""

REFUSED = {
    "something that is not there",
    "the other key to authenticate",
    "the other key to sign",
    "the other key to decrypt",
    "a code asked for",
}
"""Of these, what the card need not do; one that does must not do us harm either."""

DONE = (0x90, 0x61)
"""First byte of the status words of a command that was carried out."""


@dataclass(frozen=True, slots=True)
class Work:
    """One operation with one key, begun and ended apart, and how its result is checked without the module."""

    name: str
    role: str
    begin: str
    end: str
    mechanism: Callable[[], Mechanism]
    data: Callable[[Card], bytes]
    right: Callable[[Card, bytes], bool]
    is_on: Callable[[Card], bool] = lambda card: True

    def keys(self, card: Card) -> KeyNames:
        return card.keys_of(self.role)

    def start(self, p11: Module, session: int, key: int) -> CKR:
        how = self.mechanism()
        return CKR(getattr(p11, self.begin)(session, ctypes.byref(how), key))

    def finish(self, p11: Module, session: int, card: Card) -> tuple[CKR, bytes]:
        data = self.data(card)
        room, length = ctypes.create_string_buffer(512), ctypes.c_ulong(512)
        answer = getattr(p11, self.end)(session, data, len(data), room, ctypes.byref(length))
        return answer, room.raw[: length.value] if answer == CKR.OK else b""


def signing(name: str, role: str, recipe: Recipe, data: bytes | None = None) -> Work:
    def holds(card: Card, signature: bytes) -> bool:
        return recipe.holds(card.public_key(card.keys_of(role)), MESSAGE, signature)

    fed = recipe.data(MESSAGE) if data is None else data
    return Work(name, role, "C_SignInit", "C_Sign", recipe.mechanism, lambda card: fed, holds, recipe.is_on)


WORKS = (
    signing("RSA_PKCS, authentication key", "authentication", RECIPES[CKM.RSA_PKCS]),
    signing("SHA256_RSA_PKCS, authentication key", "authentication", RECIPES[CKM.SHA256_RSA_PKCS]),
    signing("SHA256_RSA_PKCS, signature key", "signature", RECIPES[CKM.SHA256_RSA_PKCS]),
    signing("SHA1_RSA_PKCS, signature key", "signature", RECIPES[CKM.SHA1_RSA_PKCS]),
    signing("a bare digest, signature key", "signature", RECIPES[CKM.RSA_PKCS], SHA256.of(MESSAGE)),
    signing("RSA_X_509, authentication key", "authentication", RECIPES[CKM.RSA_X_509]),
    signing("PSS, authentication key", "authentication", RECIPES[CKM.SHA256_RSA_PKCS_PSS]),
    signing("PSS, signature key", "signature", RECIPES[CKM.SHA256_RSA_PKCS_PSS]),
    Work(
        "decryption",
        "authentication",
        "C_DecryptInit",
        "C_Decrypt",
        lambda: mechanism(CKM.RSA_PKCS),
        lambda card: card.public_key(card.authentication).encrypt(MESSAGE, PKCS1v15()),
        lambda card, text: text == MESSAGE,
    ),
)


def works_of(card: Card) -> list[Work]:
    return [work for work in WORKS if work.is_on(card)]


@pytest.fixture(params=["cold", "warm"])
def p11(request: pytest.FixtureRequest, loaded: Module, card: Card, tmp_path: Path) -> Iterator[Module]:
    """The module at its first start with this card, or at one that finds the copies of an earlier start on disk."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CPS3_CACHE", str(tmp_path / "copies") if request.param == "warm" else "0")
        if request.param == "warm":
            loaded.ok("C_Initialize", None)
            (slot,) = loaded.slots()
            session = loaded.open(slot)
            for certificate in loaded.find(session, (CKA.CLASS, CKO.CERTIFICATE)):
                loaded.attribute(session, certificate, CKA.VALUE)
            loaded.ok("C_Finalize", None)
        loaded.ok("C_Initialize", None)
        yield loaded
        loaded.C_Finalize(None)


@pytest.fixture(autouse=True)
def no_try_is_spent(rig: Rig, card: Card) -> Iterator[None]:
    """A test that does otherwise gives the tries back at its end."""
    yield
    assert (rig.pin_tries, rig.puk_tries) == ALL_TRIES


@pytest.fixture(params=["key alone", "certificate read"])
def keys(request: pytest.FixtureRequest, p11: Module, user: int, card: Card) -> dict[str, int]:
    """Private keys by role; the module may prove its results once it has read the certificate."""
    if request.param == "certificate read":
        for certificate in p11.find(user, (CKA.CLASS, CKO.CERTIFICATE)):
            p11.attribute(user, certificate, CKA.VALUE)
    return private_keys(p11, user, card)


def private_keys(p11: Module, session: int, card: Card) -> dict[str, int]:
    return {one.role: p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, one.private)) for one in card.keys}


def disturb(rig: Rig, card: Card, what: str) -> None:
    answer = rig.transmit(*DISTURBANCES[card.name][what])[-1]
    assert what in REFUSED or answer[-2] in DONE, f"{what}: {answer.hex()}"


def spoilt(p11: Module, session: int, card: Card, work: Work, key: int, meanwhile: Callable[[], None]) -> str:
    """The error of an operation that something interrupted; empty if there was none."""
    begun = work.start(p11, session, key)
    if begun != CKR.OK:
        return f"{work.begin} answered {begun.name}"
    meanwhile()
    answer, result = work.finish(p11, session, card)
    if answer != CKR.OK:
        return f"{work.end} answered {answer.name}"
    return "" if work.right(card, result) else "a wrong result"


def presented(rig: Rig) -> list[str]:
    """The codes that the module gave to the card since the log was cleared."""
    return [one.command.hex() for one in rig.log() if one.command[1] == INS_VERIFY and len(one.command) > 5]


# --- the selection and the security environment


def test_no_result_is_spoilt_by_what_another_program_selects_and_sets(
    p11: Module, user: int, keys: dict[str, int], card: Card, rig: Rig
) -> None:
    wrong = {}
    for work in works_of(card):
        for what in DISTURBANCES[card.name]:
            key = keys[work.role]
            said = spoilt(p11, user, card, work, key, partial(disturb, rig, card, what))
            if said:
                wrong[work.name, what] = said
    assert wrong == {}


def test_a_login_is_found_and_spends_no_try_whatever_another_program_selected(
    p11: Module, slot: int, session: int, card: Card, rig: Rig
) -> None:
    """Neither the login itself nor the questions after the tries that are left."""
    flags = p11.token_info(slot).flags
    for what in DISTURBANCES[card.name]:
        # The logout before has reset the card, and closed the channel that a CPS4 has its application on.
        disturb(rig, card, "the root application")
        disturb(rig, card, what)
        assert (what, p11.token_info(slot).flags) == (what, flags)
        disturb(rig, card, what)
        assert (what, p11.login(session, PIN)) == (what, CKR.OK)
        disturb(rig, card, what)
        assert (what, p11.C_Logout(session)) == (what, CKR.OK)


def test_another_program_that_never_rests_spoils_nothing(
    p11: Module, user: int, keys: dict[str, int], card: Card, rig: Rig
) -> None:
    """Now it comes between any two of our transactions, not only where a test puts it."""
    done = threading.Event()

    def interfere() -> None:
        for commands in cycle(DISTURBANCES[card.name].values()):
            if done.is_set():
                return
            rig.transmit(*commands)

    thread = threading.Thread(target=interfere)
    thread.start()
    try:
        said = {
            (turn, work.name): spoilt(p11, user, card, work, keys[work.role], lambda: None)
            for turn in range(2)
            for work in works_of(card)
        }
    finally:
        done.set()
        thread.join(30)
    assert set(said.values()) == {""}, said


# --- the login


def test_a_login_of_another_program_is_not_ours(p11: Module, session: int, user: int, card: Card, rig: Rig) -> None:
    """The card would do it now; the module does it for nobody who has not presented the code here."""
    keys = private_keys(p11, user, card)
    p11.ok("C_Logout", user)
    rig.transmit(VERIFY[card.name] + PIN.hex())
    rig.clear_log()
    for work in works_of(card):
        assert work.start(p11, session, keys[work.role]) == CKR.USER_NOT_LOGGED_IN
    assert p11.find(session, (CKA.PRIVATE, True)) == []
    assert rig.apdu_count() == 0
    assert p11.login(session, PIN) == CKR.OK


def test_another_program_that_logs_in_as_well_spoils_nothing(
    p11: Module, user: int, keys: dict[str, int], card: Card, rig: Rig
) -> None:
    def log_in_as_well() -> None:
        assert rig.transmit(VERIFY[card.name] + PIN.hex()) == [b"\x90\x00"]

    for work in works_of(card):
        assert (work.name, spoilt(p11, user, card, work, keys[work.role], log_in_as_well)) == (work.name, "")


@pytest.mark.parametrize("ended_by", ["a reset", "a wrong code"])
def test_a_login_that_another_program_ended_is_reported_and_never_repeated(
    p11: Module, user: int, keys: dict[str, int], card: Card, rig: Rig, ended_by: str
) -> None:
    """The try that the other program's wrong code costs is the other program's; nobody presents ours but the holder."""

    def end_the_login() -> None:
        if ended_by == "a reset":
            rig.reset_card()
        else:
            rig.transmit(VERIFY[card.name] + WRONG_PIN.hex())
        rig.clear_log()

    for work in works_of(card):
        key = keys[work.role]
        said = spoilt(p11, user, card, work, key, end_the_login)
        assert (work.name, said) == (work.name, f"{work.end} answered USER_NOT_LOGGED_IN")
        assert work.start(p11, user, key) == CKR.USER_NOT_LOGGED_IN
        assert presented(rig) == []
        assert rig.pin_tries == (3 if ended_by == "a reset" else 2)
        assert p11.login(user, PIN) == CKR.OK
        assert (work.name, spoilt(p11, user, card, work, key, lambda: None)) == (work.name, "")
