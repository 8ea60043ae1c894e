"""Login of the machine with pam_pkcs11, and the screen lock when the card leaves, as docs/clients/login.md says."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from conformance.clients.browsers.desktop import Desktop
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.documented_settings import settings
from conformance.clients.support.login_machine import PAGE, PASSWORD, USER, LoginMachine
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.documented_commands import blocks

pytestmark = [pytest.mark.client("pam_pkcs11"), pytest.mark.root]

_LET_IN = "pamtester: successfully authenticated"
_LOCK = "Lock the screen when the card leaves"


@pytest.fixture
def machine(client_environment: ClientEnvironment) -> LoginMachine:
    """It knows whose the card is."""
    prepared = LoginMachine(client_environment)
    prepared.configure()
    assert prepared.register_card().splitlines()[-1] == USER
    return prepared


@pytest.mark.does("login of the machine with the authentication key")
def test_login(client_environment: ClientEnvironment, machine: LoginMachine, card: Card) -> None:
    said = machine.log_in(client_environment.pin)
    assert f"Welcome {card.label}!" in said and _LET_IN in said, said


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment, machine: LoginMachine) -> None:
    said = machine.log_in(WRONG_PIN.decode(), fails=True)
    assert "Wrong smartcard PIN" in said and _LET_IN not in said, said
    assert client_environment.rig.pin_tries == 2


@pytest.mark.does("without a card the password is asked for")
def test_without_card(client_environment: ClientEnvironment, machine: LoginMachine) -> None:
    client_environment.rig.remove()
    assert _LET_IN in machine.log_in(PASSWORD)


@pytest.mark.does("the card of nobody lets nobody in")
def test_unknown_card(client_environment: ClientEnvironment) -> None:
    machine = LoginMachine(client_environment)
    machine.configure()
    said = machine.log_in(client_environment.pin, "not the password", fails=True)
    assert _LET_IN not in said, said


@pytest.mark.does("a card that leaves starts the screen lock")
def test_removal(client_environment: ClientEnvironment) -> None:
    locked = client_environment.directory / "locked"
    _watch(client_environment, f"touch {locked}")
    client_environment.rig.remove()
    wait_until(locked.exists, "the screen lock")


@pytest.mark.display
@pytest.mark.does("the screen lock opens with the card and its code")
def test_unlock(client_environment: ClientEnvironment, desktop: Desktop) -> None:
    machine = LoginMachine(client_environment)
    machine.configure()
    machine.register_card(getpass.getuser())
    _watch(client_environment, "i3lock", machine)
    client_environment.rig.remove()
    wait_until(lambda: _screen_locks(client_environment), "i3lock")
    wait_until(desktop.is_still, "the picture of i3lock")
    desktop.take_screenshot("locked")
    client_environment.rig.insert()
    desktop.type(client_environment.pin)
    desktop.press("Return")
    wait_until(lambda: not _screen_locks(client_environment), "an open screen")


def _watch(environment: ClientEnvironment, lock: str, machine: LoginMachine | None = None) -> None:
    """Starts pkcs11_eventmgr as the page says, with another screen lock, and returns once it has seen the card."""
    (written,) = settings(environment, _LOCK, PAGE)
    (start,) = blocks(_LOCK, "sh", PAGE)
    assert "loginctl lock-session" in written
    (environment.home / ".config").mkdir()
    named = written.replace("loginctl lock-session", lock)
    (environment.home / ".config" / "pkcs11_eventmgr.conf").write_text(named)
    command = ("bash", "-euc", start)
    traces = environment.directory / "traces"
    traces.mkdir()
    environment.start(
        *(machine.inside(*command) if machine else command),
        env={"CPS3_PKCS11_TRACES": str(traces), "CPS3_DEBUG": "10"},
    )
    wait_until(lambda: _has_looked(traces), "pkcs11_eventmgr")


def _has_looked(traces: Path) -> bool:
    """True when it has looked at the slots once and begun again."""
    calls = "".join(path.read_text() for path in traces.iterdir())
    return calls.count(": C_GetSlotList") > 1


def _screen_locks(environment: ClientEnvironment) -> list[str]:
    return [line for line in environment.running() if line.startswith("i3lock")]
