"""A blocked card is unblocked by C_SetPIN with the code de deblocage, as pkcs11-tool's `--unlock-pin` does it."""

import subprocess

import pytest

from conformance.testbed.card_commands import READ_ACTIVITY
from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.client import Module, module_path
from conformance.testbed.cryptoki import CKR, CKS
from conformance.testbed.rig import Rig

NEW_PIN, WRONG_PUK = b"4321", b"87654321"
REFUSED = b"\x69\x82"


def set_pin(p11: Module, session: int, old: bytes, new: bytes) -> int:
    return int(p11.C_SetPIN(session, old, len(old), new, len(new)))


def block(p11: Module, session: int, rig: Rig) -> None:
    while rig.pin_tries:
        assert p11.login(session, WRONG_PIN) in (CKR.PIN_INCORRECT, CKR.PIN_LOCKED)


def test_a_blocked_code_porteur_is_set_anew(p11: Module, session: int, card: Card, rig: Rig) -> None:
    block(p11, session, rig)
    assert set_pin(p11, session, PUK, NEW_PIN) == CKR.OK
    assert (rig.pin_tries, rig.puk_tries) == (3, 10)
    assert p11.state(session) == CKS.RO_PUBLIC_SESSION
    assert p11.login(session, NEW_PIN) == CKR.OK


def test_while_it_is_not_blocked_no_code_is_presented(p11: Module, session: int, card: Card, rig: Rig) -> None:
    """Eight digits by mistake in a dialog for the code porteur must not cost a try of the code de deblocage."""
    for code in (PUK, WRONG_PUK):
        rig.clear_log()
        assert set_pin(p11, session, code, NEW_PIN) == CKR.PIN_INCORRECT
        assert not [exchange for exchange in rig.log() if exchange.command[1] == 0x20 and len(exchange.command) > 5]
    assert (rig.pin_tries, rig.puk_tries) == (3, 10)


def test_a_wrong_code_de_deblocage_costs_a_try_of_its_own(p11: Module, session: int, card: Card, rig: Rig) -> None:
    block(p11, session, rig)
    assert set_pin(p11, session, WRONG_PUK, NEW_PIN) == CKR.PIN_INCORRECT
    assert (rig.pin_tries, rig.puk_tries) == (0, 9)
    assert set_pin(p11, session, PUK, b"1") == CKR.PIN_LEN_RANGE
    assert (rig.pin_tries, rig.puk_tries) == (0, 9)
    assert set_pin(p11, session, PUK, PIN) == CKR.OK


@pytest.mark.parametrize("blocked", [False, True], ids=["change", "unblock"])
def test_the_card_is_left_closed_to_others(p11: Module, session: int, card: Card, rig: Rig, blocked: bool) -> None:
    """Nobody is logged in, so nobody may go on with what was presented for the change."""
    if blocked:
        block(p11, session, rig)
    assert set_pin(p11, session, PUK if blocked else PIN, NEW_PIN) == CKR.OK
    assert rig.transmit(*READ_ACTIVITY[card.name])[-1] == REFUSED


def test_a_change_while_logged_in_keeps_the_login(p11: Module, user: int, card: Card) -> None:
    assert set_pin(p11, user, PIN, NEW_PIN) == CKR.OK
    assert p11.state(user) == CKS.RO_USER_FUNCTIONS
    assert p11.find(user)


def test_pkcs11_tool_unlocks(card: Card, rig: Rig) -> None:
    def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pkcs11-tool", "--module", str(module_path()), *arguments]
        return subprocess.run(command, env=rig.env, capture_output=True, text=True, timeout=60)

    while rig.pin_tries:
        assert tool("--login", "--pin", WRONG_PIN.decode(), "-O").returncode != 0
    unlocked = tool("--unlock-pin", "--puk", PUK.decode(), "--new-pin", NEW_PIN.decode())
    assert (unlocked.returncode, unlocked.stdout.strip()) == (0, "PIN successfully changed")
    assert tool("--login", "--pin", NEW_PIN.decode(), "-O").returncode == 0
