"""Cards of other issuers: what the specifications leave open changes nothing for an application.

One line of conformance.virtual_card.variations is one such card; each is used from the slot to a signature that another
implementation accepts.
"""

import ctypes
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate

from conformance.testbed.application_start import Using
from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.client import Module, mechanism
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, CKU, TokenFlag
from conformance.testbed.mechanism_recipes import RECIPES, recipes_of
from conformance.testbed.rig import Rig
from conformance.testbed.signing import sign

NEW_PIN = b"4321"
Vary = Callable[..., None]


@pytest.fixture
def vary(rig: Rig, card: Card) -> Iterator[Vary]:
    """Makes the card another one; it is as issued again when the test is over."""

    def put(*specs: str) -> None:
        rig.vary(*specs)
        rig.reset_card()
        rig.clear_log()

    yield put
    rig.vary()


class Everything:
    """What an application finds and does on a card."""

    def __init__(self, module: Module, card: Card) -> None:
        self._module = module
        self._card = card

    def values(self, session: int, kind: CKO) -> dict[str, bytes]:
        found = self._module.find(session, (CKA.CLASS, kind))
        return {
            self._module.label(session, handle): self._module.attribute(session, handle, CKA.VALUE) for handle in found
        }

    def check_certificates(self, session: int) -> None:
        issued = {names.certificate: self._card.issued(names) for names in self._card.keys}
        assert self.values(session, CKO.CERTIFICATE) == issued

    def check(self) -> None:
        """Certificates and data are those that were issued, and a signature is right."""
        with Using(self._module) as session:
            self.check_certificates(session)
            self._module.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            assert self.values(session, CKO.DATA).keys() == self._card.private_data | self._card.public_data
            sign(self._module, session, self._card)


@pytest.fixture
def everything(loaded: Module, card: Card) -> Everything:
    return Everything(loaded, card)


def test_one_option_puts_such_a_card_into_a_reader() -> None:
    started = [sys.executable, "-m", "conformance.rig", "--card", "cps3", "--variation"]
    for spec, status in (("pin-padding=FF", 0), ("no-such-variation", 1)):
        ended = subprocess.run([*started, spec, "--", "true"], capture_output=True, timeout=60)
        assert ended.returncode == status, ended.stderr


@pytest.mark.parametrize("variation", ["pin-padding=FF", "pin-padding=00", "pin-padding=FF:12", "code-path"])
class TestStoredCodes:
    def test_logging_in_spends_no_try(self, vary: Vary, everything: Everything, rig: Rig, variation: str) -> None:
        vary(variation)
        for _login in range(4):
            everything.check()
        assert rig.pin_tries == 3

    def test_the_code_is_changed_blocked_and_unblocked(
        self, vary: Vary, loaded: Module, rig: Rig, variation: str
    ) -> None:
        vary(variation)
        loaded.ok("C_Initialize", None)
        try:
            (slot,) = loaded.slots()
            session = loaded.open(slot, rw=True)
            loaded.ok("C_SetPIN", session, PIN, len(PIN), NEW_PIN, len(NEW_PIN))
            loaded.ok("C_Login", session, CKU.USER, NEW_PIN, len(NEW_PIN))
            loaded.ok("C_Logout", session)
            for _try in range(3):
                loaded.login(session, WRONG_PIN)
            assert rig.pin_tries == 0
            loaded.ok("C_Login", session, CKU.SO, PUK, len(PUK))
            loaded.ok("C_InitPIN", session, PIN, len(PIN))
            loaded.ok("C_Logout", session)
            loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        finally:
            loaded.C_Finalize(None)
        assert (rig.pin_tries, rig.puk_tries) == (3, 10)


def test_a_holder_s_code_may_have_eight_digits(vary: Vary, loaded: Module, rig: Rig) -> None:
    vary("pin-digits=4-8")
    loaded.ok("C_Initialize", None)
    try:
        (slot,) = loaded.slots()
        info = loaded.token_info(slot)
        assert (info.ulMinPinLen, info.ulMaxPinLen) == (4, 8)
        session = loaded.open(slot, rw=True)
        loaded.ok("C_SetPIN", session, PIN, len(PIN), PUK, len(PUK))
        loaded.ok("C_Login", session, CKU.USER, PUK, len(PUK))
    finally:
        loaded.C_Finalize(None)
    assert rig.pin_tries == 3


@pytest.mark.parametrize("variation", ["relative-paths", "path-parts"])
def test_the_directory_may_name_its_files_otherwise(vary: Vary, everything: Everything, variation: str) -> None:
    vary(variation)
    everything.check()


COUNTERS = {
    "cps3": ("6A88", "6700", "6A81", "without-maximum", "without-left", "unknown-tags"),
    "cps4": ("6A88", "6700", "6A81"),
}
TRIES = (TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED) * 0x11


def test_a_card_may_keep_its_tries_to_itself(
    vary: Vary, everything: Everything, loaded: Module, card: Card, rig: Rig
) -> None:
    for how in COUNTERS[card.name]:
        vary(f"pin-counters={how}")
        everything.check()
        loaded.ok("C_Initialize", None)
        try:
            (slot,) = loaded.slots()
            assert loaded.token_info(slot).flags & TRIES == 0
        finally:
            loaded.C_Finalize(None)
        assert rig.pin_tries == 3


@pytest.mark.parametrize(
    "variations",
    [
        ["stated-size=none"],
        ["stated-size=100", "end-of-file"],
        ["most-at-once=E7"],
        ["most-at-once=40:short"],
        ["strict-reads=6700", "stated-size=50"],
        ["strict-reads=6B00", "stated-size=none"],
    ],
    ids="+".join,
)
def test_files_may_be_read_otherwise(vary: Vary, everything: Everything, variations: list[str]) -> None:
    vary(*variations)
    everything.check()


@pytest.mark.parametrize("variation", ["missing=7004", "empty=7004", "missing=7006", "empty=7006", "missing=D101"])
def test_keys_and_certificates_work_on_an_incomplete_card(
    vary: Vary, everything: Everything, loaded: Module, card: Card, variation: str
) -> None:
    vary(variation)
    with Using(loaded) as session:
        everything.check_certificates(session)
        loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        sign(loaded, session, card)


ENTRIES = [
    *(f"key-entries={how}" for how in ("key-info", "key-info-sequence", "without-length", "without-path", "dates")),
    *(f"key-usages={how}" for how in ("2,9:1,2,9", "2,9:2,9", "2:2", "9:2,5")),
    *(f"direct-values={what}" for what in ("certificates", "data", "public-keys", "codes")),
    *(f"more-entries={what}" for what in ("elsewhere", "odd", "other-kinds", "to-be-made")),
    *(f"texts={how}" for how in ("blanks", "zeros", "latin-1")),
    *(f"directory-files={how}" for how in ("named", "current")),
    *("unblocking-flag", "unblocking-flag=first"),
]


@pytest.mark.parametrize("variation", ENTRIES)
def test_entries_may_have_optional_fields_and_other_places(vary: Vary, everything: Everything, variation: str) -> None:
    vary(variation)
    everything.check()


@pytest.mark.parametrize("file", ["7004", "7004:never", "7006", "7006:never"])
def test_keys_and_certificates_work_without_a_protected_directory(
    vary: Vary, everything: Everything, loaded: Module, card: Card, file: str
) -> None:
    vary(f"protected={file}")
    with Using(loaded) as session:
        everything.check_certificates(session)
        loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        sign(loaded, session, card)


@pytest.mark.parametrize("size", [4, 16, 32])
def test_challenges_may_have_another_length(vary: Vary, loaded: Module, size: int) -> None:
    vary(f"challenge={size}")
    with Using(loaded) as session:
        assert loaded.random(session, 20) != loaded.random(session, 20)


@pytest.mark.parametrize("dates", ["20260101240000", "20269901000000", "20260101,20260102"])
def test_the_dates_of_an_update_are_not_checked(vary: Vary, everything: Everything, dates: str) -> None:
    vary(f"update-dates={dates}")
    everything.check()


@pytest.mark.parametrize(
    "variation",
    ["long-lengths", "authentication-usage=2"]
    + [f"applications={how}" for how in ("records", "fields", "without-path", "relative", "strangers")],
)
def test_the_directory_may_say_the_same_in_another_way(vary: Vary, everything: Everything, variation: str) -> None:
    vary(variation)
    everything.check()


@pytest.mark.parametrize("serial", ["5A0A9000000001999900033F", "00" * 12])
def test_no_session_is_opened_on_a_card_of_an_unknown_serial_number(vary: Vary, loaded: Module, serial: str) -> None:
    vary(f"serial={serial}")
    loaded.ok("C_Initialize", None)
    try:
        (slot,) = loaded.slots()
        session = ctypes.c_ulong()
        for _attempt in range(2):
            answer = loaded.C_OpenSession(slot, CKF.SERIAL_SESSION, None, None, ctypes.byref(session))
            assert answer == CKR.TOKEN_NOT_RECOGNIZED
    finally:
        loaded.C_Finalize(None)


REFERENCES = {"cps3": "85,8A", "cps4": "11,21"}


def test_keys_may_have_other_references(vary: Vary, everything: Everything, card: Card) -> None:
    vary(f"key-references={REFERENCES[card.name]}")
    everything.check()


def test_algorithms_may_have_other_references(vary: Vary, loaded: Module, card: Card) -> None:
    vary("algorithms=1")
    with Using(loaded) as session:
        loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        for recipe in recipes_of(card):
            for names in recipe.keys(card):
                key = loaded.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.ID, names.id))
                signature = loaded.sign(session, key, recipe.mechanism(), recipe.data(b"ordonnance"))
                assert recipe.holds(card.public_key(names), b"ordonnance", signature)
        sealed = card.public_key(card.authentication).encrypt(b"ordonnance", PKCS1v15())
        key = loaded.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.ID, card.authentication.id))
        assert loaded.decrypt(session, key, mechanism(CKM.RSA_PKCS), sealed) == b"ordonnance"


@pytest.mark.parametrize("modulus", ["2048:3072", "3072", "4096"])
def test_keys_and_certificates_may_be_longer(vary: Vary, loaded: Module, card: Card, modulus: str) -> None:
    vary(f"modulus={modulus}")
    recipe = RECIPES[CKM.RSA_PKCS]
    with Using(loaded) as session:
        loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        for names in card.keys:
            certificate = loaded.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.ID, names.id))
            public = load_der_x509_certificate(loaded.attribute(session, certificate, CKA.VALUE)).public_key()
            assert isinstance(public, RSAPublicKey)
            assert public.key_size == int(modulus.split(":")[0])
            key = loaded.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.ID, names.id))
            signature = loaded.sign(session, key, recipe.mechanism(), recipe.data(b"ordonnance"), room=512)
            assert recipe.holds(public, b"ordonnance", signature)
