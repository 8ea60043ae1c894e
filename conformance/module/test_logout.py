"""After C_Logout the card itself does nothing for anybody that needs the code porteur."""

import ctypes
from time import perf_counter

import pytest

from conformance.testbed.card_commands import READ_ACTIVITY
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKM, CKR, CKS, Mechanism
from conformance.testbed.rig import Rig
from conformance.testbed.signing import private_key

PKCS1 = Mechanism(CKM.RSA_PKCS)
DIGEST = bytes(range(20))

# The commands of another application after our logout: with the signature key, and for a protected file.
SIGN = {
    "cps3": ["00A4090C043F000001", "002241B606800112840181", "002A9E9A14" + DIGEST.hex()],
    "cps4": ["01A4040C088025000001FF0100", "01A40800020001", "012281B60491020A90", f"012A9E9A14{DIGEST.hex()}00"],
}
SECURITY_STATUS_NOT_SATISFIED = "6982"


def elsewhere(rig: Rig, commands: list[str]) -> str:
    """The status word of the last of some commands of another application."""
    return rig.transmit(*commands)[-1][-2:].hex().upper()


@pytest.mark.parametrize("commands", [SIGN, READ_ACTIVITY], ids=["sign", "read"])
def test_the_card_forgets_the_code_with_the_logout(
    p11: Module, user: int, rig: Rig, card: Card, commands: dict[str, list[str]]
) -> None:
    assert elsewhere(rig, commands[card.name]) != SECURITY_STATUS_NOT_SATISFIED
    p11.ok("C_Logout", user)
    assert elsewhere(rig, commands[card.name]) == SECURITY_STATUS_NOT_SATISFIED


def test_logging_out_sends_nothing_and_the_next_login_works(p11: Module, user: int, rig: Rig, card: Card) -> None:
    key = private_key(p11, user, card.authentication)
    rig.clear_log()
    p11.ok("C_Logout", user)
    assert rig.apdu_count() == 0
    assert p11.state(user) == CKS.RO_PUBLIC_SESSION
    assert p11.C_SignInit(user, ctypes.byref(PKCS1), key) == CKR.USER_NOT_LOGGED_IN
    assert p11.login(user, PIN) == CKR.OK
    assert len(p11.sign(user, key, PKCS1, b"again")) == 256


def test_a_logout_takes_as_long_as_the_card_takes_to_start_again(p11: Module, user: int, rig: Rig) -> None:
    rig.latency("reset=1500")
    try:
        began = perf_counter()
        p11.ok("C_Logout", user)
        assert 1.5 <= perf_counter() - began < 3.0, "one reset, not two"
        assert p11.login(user, PIN) == CKR.OK
        assert perf_counter() - began < 3.0, "and none to come back"
    finally:
        rig.latency("none")


def test_a_signature_begun_before_the_logout_is_not_made_after_it(p11: Module, user: int, rig: Rig, card: Card) -> None:
    key = private_key(p11, user, card.authentication)
    p11.ok("C_SignInit", user, ctypes.byref(PKCS1), key)
    p11.ok("C_Logout", user)
    room, length = ctypes.create_string_buffer(256), ctypes.c_ulong(256)
    assert p11.C_Sign(user, b"late", 4, room, ctypes.byref(length)) == CKR.USER_NOT_LOGGED_IN
