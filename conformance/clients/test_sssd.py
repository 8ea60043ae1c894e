"""sssd: its p11_child and its rules for certificates, as docs/clients/sssd.md says; no directory of users."""

from __future__ import annotations

import base64
import configparser
import sys
from pathlib import Path

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.mount_namespace import in_mount_namespace
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.documented_commands import blocks

pytestmark = [pytest.mark.client("sssd"), pytest.mark.root]

_PAGE = "docs/clients/sssd.md"
_PROGRAM = "/usr/libexec/sssd/p11_child"
_UNPACKED = Path(__file__).parents[2] / "build" / "sssd"
_REGISTERED = Path("/usr/share/p11-kit/modules")
_RULES = Path(__file__).parent / "programs" / "match_certificate.py"


@pytest.mark.does("p11_child shows both certificates before the login")
def test_certificates(client_environment: ClientEnvironment, card: Card) -> None:
    said = _run(client_environment, _documented(client_environment)).splitlines()
    assert said[0] == "0", said
    shown = {tuple(said[start : start + 5]) for start in range(1, len(said), 5)}
    assert shown == {
        (
            card.label, client_environment.module, keys.id.hex().upper(), keys.certificate,
            base64.b64encode(card.issued(keys)).decode(),
        )
        for keys in card.keys
    }  # fmt: skip


@pytest.mark.does("p11_child logs in with the authentication key, as sssd calls it")
def test_login(client_environment: ClientEnvironment, card: Card) -> None:
    said = _run(client_environment, _login(client_environment), stdin=client_environment.pin)
    assert base64.b64encode(card.issued(card.authentication)).decode() in said.splitlines(), said


@pytest.mark.does("a wrong code is refused and costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    _run(client_environment, _login(client_environment), stdin=WRONG_PIN.decode(), fails=True)
    assert client_environment.rig.pin_tries == 2


@pytest.mark.does("the rules find the user by the authentication certificate alone")
def test_rules(client_environment: ClientEnvironment, card: Card) -> None:
    (written,) = blocks("sssd", "ini", _PAGE)
    rules = configparser.ConfigParser()
    rules.read_string(written)
    section = rules["certmap/hopital.example/cps"]
    filters = []
    for keys in card.keys:
        certificate = client_environment.directory / f"{keys.role}.der"
        certificate.write_bytes(card.issued(keys))
        command = (sys.executable, "-P", _RULES, section["matchrule"], section["maprule"])
        filters.append(client_environment.run("sh", "-c", 'exec "$@" <"$0"', certificate, *command).strip())
    of_signature, of_authentication = filters
    assert of_signature == ""
    content = "".join(f"\\{byte:02x}" for byte in client_environment.authentication_certificate)
    assert of_authentication == f"(userCertificate;binary={content})"


def _documented(environment: ClientEnvironment) -> str:
    (script,) = blocks("sssd", "sh", _PAGE)
    program = _PROGRAM if Path(_PROGRAM).exists() else f"{_UNPACKED}{_PROGRAM}"
    authority = "/etc/sssd/pki/sssd_auth_ca_db.pem"
    assert _PROGRAM in script and authority in script
    return script.replace(_PROGRAM, program).replace(authority, str(environment.cards_authority))


def _login(environment: ClientEnvironment) -> str:
    """The page's command with the options of a login: sssd gives back what it was shown, and the code on a pipe."""
    key = environment.card.authentication.id.hex().upper()
    chosen = f"--auth --pin --module_name={environment.module} --token_name={environment.token} --key_id={key}"
    return _documented(environment).replace("--pre", chosen)


def _run(environment: ClientEnvironment, script: str, *, stdin: str | None = None, fails: bool = False) -> str:
    """With the module registered for the whole machine, as its package does, and no other one."""
    registered = environment.directory / "modules"
    registered.mkdir()
    (registered / "cryptolib-cps.module").write_text(f"module: {environment.module}\n")
    (libraries,) = {path.parent for path in _UNPACKED.glob("usr/lib/*/sssd/libsss_util.so")} or {Path("/nonexistent")}
    return environment.run(
        *in_mount_namespace({_REGISTERED: registered}, "bash", "-euc", script),
        stdin=stdin, env={"LD_LIBRARY_PATH": str(libraries)}, fails=fails,
    )  # fmt: skip
