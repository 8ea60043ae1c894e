"""Clients whose user types the code on the reader, as docs/clients/keypad.md says: none of them is given it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.clients.browsers import chromium, firefox
from conformance.clients.browsers.browser_windows import START_SECONDS
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.protected_site import Browser, ProtectedSite
from conformance.clients.servers.ssh_server import SshServer
from conformance.clients.servers.web_server import TLS_1_2, WebServer
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.openssl import address, verify
from conformance.clients.support.openssl_provider import configuration
from conformance.clients.tls_clients.curl import card_options, curl
from conformance.clients.tls_clients.nss import make_database, visit_with_keypad
from conformance.clients.tls_clients.tls import expect_page
from conformance.pinpad_reader.keypad import CANCEL, OK, TIME_OUT, Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.cards import Card
from conformance.testbed.documented_commands import blocks
from conformance.testbed.signing_jobs import request, wrong_signatures

_PAGE = "docs/clients/keypad.md"
_PYKCS11 = Path(__file__).parents[1] / "module" / "programs" / "sign_with_pykcs11.py"
_tls_1_2 = pytest.mark.parametrize("tls_mode", [TLS_1_2], ids=lambda mode: mode.id)
_UNBLOCKING_CODE, _NEW_CODE = "12345678", "4321"


@pytest.fixture
def pinpad() -> PinpadOptions:
    return PinpadOptions()


@pytest.fixture
def keypad(client_environment: ClientEnvironment) -> Keypad:
    return client_environment.rig.keypad


def asked(keypad: Keypad) -> list[str]:
    """The codes that the reader asked for."""
    assert keypad.complaints() == []
    return [text.wants for text in keypad.shown()]


# --- pkcs11-tool


def _tool(environment: ClientEnvironment, *arguments: str | Path, fails: bool = False) -> str:
    return environment.run("pkcs11-tool", "--module", environment.module, *arguments, fails=fails)


def _run_documented(environment: ClientEnvironment, heading: str, settings: Mapping[str, str] | None = None) -> str:
    """Runs the commands of a section of the page."""
    (script,) = blocks(heading, "sh", _PAGE)
    return environment.run("bash", "-euc", script, env={"MODULE": environment.module, **(settings or {})})


@pytest.mark.client("pkcs11-tool")
@pytest.mark.does("signs, the code typed on the reader")
def test_sign(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    message, signature = client_environment.directory / "message", client_environment.directory / "message.sig"
    keypad.press(client_environment.pin, OK)
    _run_documented(client_environment, "Sign with the keypad")
    verify(client_environment, message, signature, card.issued(card.signature))
    assert asked(keypad) == ["current"]


@pytest.mark.client("pkcs11-tool")
@pytest.mark.does("changes the code on the reader")
def test_change(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    """With a CPS4 the reader is asked twice: the code is verified by one command, and changed by another."""
    new = (_NEW_CODE, OK, _NEW_CODE, OK)
    if card.changes_pin_in_one_command:
        keypad.press(client_environment.pin, OK, *new)
    else:
        keypad.press(client_environment.pin, OK)
        keypad.press(*new)
    _run_documented(client_environment, "Change the code porteur on the reader")
    assert asked(keypad) == ["current", "new", "confirm"]
    keypad.press(_NEW_CODE, OK)
    _tool(client_environment, "--login", "--list-objects")


@pytest.mark.client("pkcs11-tool")
@pytest.mark.does("unblocks with the code de deblocage on the reader")
def test_unblock(client_environment: ClientEnvironment, keypad: Keypad) -> None:
    """Once the code is blocked, nobody is asked for it."""
    for _ in range(3):
        keypad.press("9999", OK)
        _tool(client_environment, "--login", "--list-objects", fails=True)
    assert client_environment.rig.pin_tries == 0
    assert "CKR_PIN_LOCKED" in _tool(client_environment, "--login", "--list-objects", fails=True)
    keypad.press(_UNBLOCKING_CODE, OK)
    keypad.press(_NEW_CODE, OK, _NEW_CODE, OK)
    _run_documented(client_environment, "Unblock the code porteur on the reader")
    keypad.press(_NEW_CODE, OK)
    _tool(client_environment, "--login", "--list-objects")
    assert asked(keypad) == ["current"] * 4 + ["new", "confirm", "current"]


@pytest.mark.client("pkcs11-tool")
@pytest.mark.does("CANCEL and a time-out on the reader are told apart")
def test_cancel(client_environment: ClientEnvironment, keypad: Keypad) -> None:
    for key, error in ((CANCEL, "CKR_FUNCTION_CANCELED"), (TIME_OUT, "CKR_FUNCTION_FAILED")):
        keypad.press(key)
        assert error in _tool(client_environment, "--login", "--list-objects", fails=True)
    assert client_environment.rig.pin_tries == 3


@pytest.mark.client("pkcs11-tool")
@pytest.mark.does("a code of its own passes by the keypad, if the reader lets it")
def test_own_code(client_environment: ClientEnvironment, keypad: Keypad) -> None:
    log_in = ("pkcs11-tool", "--module", client_environment.module, "--login", "--pin", "env:CPS_PIN", "--list-objects")
    code = {"CPS_PIN": client_environment.pin}
    client_environment.run(*log_in, env=code)
    keypad.become(PinpadOptions(firewall=True))
    refusal = client_environment.run(*log_in, env=code, fails=True)
    assert "C_Login failed: rv = CKR_ARGUMENTS_BAD" in refusal, refusal
    assert client_environment.rig.pin_tries == 3
    assert asked(keypad) == []


# --- NSS


@pytest.mark.client("NSS tools")
@pytest.mark.does("certutil finds both keys, the code typed on the reader")
def test_certutil(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    """It says that the code is for the reader, and waits for a Return."""
    database = make_database(client_environment, client_environment.directory / "nss")
    keypad.press(client_environment.pin, OK)
    keys = client_environment.run("certutil", "-K", "-d", database, "-h", client_environment.token, stdin="\n")
    for pair in card.keys:
        assert f"{pair.id.hex()}" in keys, keys
    assert asked(keypad) == ["current"]


@pytest.mark.client("NSS tools")
@pytest.mark.does("tstclnt gets a page, the code typed on the reader")
@_tls_1_2
def test_tstclnt(client_environment: ClientEnvironment, keypad: Keypad, web_server: WebServer) -> None:
    keypad.press(client_environment.pin, OK)
    expect_page(client_environment, web_server, visit_with_keypad)
    assert asked(keypad) == ["current"]


@pytest.mark.display
@pytest.mark.client("Firefox")
@pytest.mark.does("page, the code typed on the reader")
@_tls_1_2
def test_firefox(
    client_environment: ClientEnvironment, keypad: Keypad, protected_site: ProtectedSite, desktop: Desktop
) -> None:
    """It says in a window where to type. Its user reads that first: it does not close what it has not opened yet."""
    browser = firefox.starter(client_environment, desktop)()
    protected_site.visit(browser)
    wait_until(lambda: keypad.asking() and browser.points_to_keypad(), "the question for the code", START_SECONDS)
    desktop.take_screenshot("question")
    keypad.press(client_environment.pin, OK)
    protected_site.expect_page(browser)
    assert not browser.points_to_keypad()
    assert asked(keypad) == ["current"]


@pytest.mark.display
@pytest.mark.client("Chromium")
@pytest.mark.does("page, the code typed on the reader")
@_tls_1_2
def test_chromium(
    client_environment: ClientEnvironment, keypad: Keypad, protected_site: ProtectedSite, desktop: Desktop
) -> None:
    """It asks for a code as ever. What is typed there goes nowhere; the reader asks then."""
    browser = chromium.starter(client_environment, desktop)()
    protected_site.visit(browser)
    wait_until(lambda: _comes_to_the_question(browser), "the question for the code", START_SECONDS)
    browser.type_code("anything")
    wait_until(keypad.asking, "the question of the reader")
    keypad.press(client_environment.pin, OK)
    protected_site.expect_page(browser)
    assert asked(keypad) == ["current"]


def _comes_to_the_question(browser: Browser) -> bool:
    browser.choose_certificate()
    return browser.asks_code()


# --- OpenSSL and OpenSSH


@pytest.mark.client("OpenSSL, pkcs11-provider")
@pytest.mark.does("signs, the code typed on the reader")
def test_openssl(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    message, signature = client_environment.directory / "message", client_environment.directory / "message.sig"
    message.write_text("Repos et grand air")
    keypad.press(client_environment.pin, OK)
    client_environment.run(
        "openssl", "pkeyutl", "-sign", "-rawin", "-digest", "sha256", "-in", message, "-out", signature,
        "-inkey", address(client_environment, card.signature.private, "private"), env=configuration(client_environment),
    )  # fmt: skip
    verify(client_environment, message, signature, card.issued(card.signature))
    assert asked(keypad) == ["current"]


@pytest.mark.client("curl")
@pytest.mark.does("page, the code typed on the reader")
@_tls_1_2
def test_curl(client_environment: ClientEnvironment, keypad: Keypad, web_server: WebServer) -> None:
    """With the engine of libp11."""
    keypad.press(client_environment.pin, OK)
    expect_page(client_environment, web_server, _visit_with_curl)
    assert asked(keypad) == ["current"]


def _visit_with_curl(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    return curl(environment, server.url, *card_options(environment), fails=fails)


@pytest.mark.root
@pytest.mark.client("OpenSSH")
@pytest.mark.does("ssh -I logs in, the code typed on the reader")
def test_ssh(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    keys = client_environment.run("ssh-keygen", "-D", client_environment.module).splitlines()
    (authorized,) = (key for key in keys if key.endswith(card.authentication.public))
    server = SshServer(client_environment, authorized)
    keypad.press(client_environment.pin, OK)
    settings = ("-I", client_environment.module, *server.client_settings())
    assert client_environment.run("ssh", *settings, "echo Bienvenue").endswith("Bienvenue\n")
    assert asked(keypad) == ["current"]


# --- GnuTLS, Java


@pytest.mark.client("GnuTLS")
@pytest.mark.does("p11tool lists both keys, the code typed on the reader")
def test_p11tool(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    """It logs in three times, in a new session each time."""
    for _ in range(3):
        keypad.press(client_environment.pin, OK)
    command = ("p11tool", "--provider", client_environment.module, "--login", "--list-privkeys")
    listed = client_environment.run(*command)
    for keys in card.keys:
        assert f"Label: {keys.private}\n" in listed, listed
    assert asked(keypad) == ["current"] * 3


@pytest.mark.client("Java")
@pytest.mark.does("keytool -protected lists both keys, the code typed on the reader")
def test_keytool(client_environment: ClientEnvironment, keypad: Keypad) -> None:
    keypad.press(client_environment.pin, OK)
    listed = _run_documented(client_environment, "Java with the keypad", {"JAVA_TOOL_OPTIONS": "-XX:-UsePerfData"})
    assert "Your keystore contains 2 entries" in listed, listed
    assert asked(keypad) == ["current"]


# --- Python


@pytest.mark.client("python-pkcs11")
@pytest.mark.does("the documented program, the code typed on the reader")
def test_documented_python(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    (program,) = blocks("Python with the keypad", "python", _PAGE)
    keypad.press(client_environment.pin, OK)
    printed = client_environment.run(sys.executable, "-c", program, env={"MODULE": client_environment.module})
    key, padding = card.public_key(card.authentication), PKCS1v15()
    key.verify(bytes.fromhex(printed), b"Repos et grand air", padding, SHA256())
    assert asked(keypad) == ["current"]


@pytest.mark.client("PyKCS11")
@pytest.mark.does("every signature in four threads, the code typed on the reader")
def test_pykcs11(client_environment: ClientEnvironment, keypad: Keypad, card: Card) -> None:
    keypad.press(client_environment.pin, OK)
    asked_for = request(client_environment.module, card)
    printed = client_environment.run(sys.executable, "-P", _PYKCS11, stdin=asked_for, seconds=120)
    assert wrong_signatures(card, printed) == []
    assert asked(keypad) == ["current"]
