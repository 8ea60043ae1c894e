"""Firefox beside another program that uses the card, and Firefox that learns of the module from a policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.clients.browsers import firefox
from conformance.clients.browsers.desktop import Desktop
from conformance.clients.browsers.protected_site import ProtectedSite
from conformance.clients.servers.web_server import TLS_1_2
from conformance.clients.support.client_environment import ClientEnvironment, wait_until

pytestmark = [
    pytest.mark.client("Firefox"),
    pytest.mark.display,
    pytest.mark.parametrize("tls_mode", [TLS_1_2], ids=lambda mode: mode.id),
]

_SIGN_UNTIL = 'until [ -e "$1" ]; do "${@:3}" || exit 1; echo signed >> "$2"; done'


@pytest.mark.does("SSL_005 pkcs11-tool at the same time, {tls_mode}")
def test_beside_another_program(
    client_environment: ClientEnvironment, protected_site: ProtectedSite, desktop: Desktop
) -> None:
    """pkcs11-tool logs in and signs again and again, from before the question until after the page."""
    signatures, stop = client_environment.directory / "signatures", client_environment.directory / "stop"
    code = {"CPS_PIN": client_environment.pin}
    signing = _signing(client_environment)
    tool = client_environment.start("bash", "-c", _SIGN_UNTIL, "bash", stop, signatures, *signing, env=code)
    wait_until(signatures.exists, "a signature")
    protected_site.log_in(firefox.starter(client_environment, desktop)())
    before = signatures.read_text()
    wait_until(lambda: signatures.read_text() > before, "a signature after the page")
    stop.touch()
    wait_until(lambda: tool.poll() is not None, "the end of pkcs11-tool")
    assert tool.returncode == 0, "pkcs11-tool could not sign"


@pytest.mark.does("module registered by a policy, {tls_mode}")
def test_policy(client_environment: ClientEnvironment, protected_site: ProtectedSite, desktop: Desktop) -> None:
    """Nothing in the profile names the module: the policy of docs/clients/firefox.md has to do it."""
    protected_site.log_in(firefox.starter_with_policy(client_environment, desktop)())


def _signing(environment: ClientEnvironment) -> tuple[str | Path, ...]:
    message = environment.directory / "message"
    message.write_text("Repos et grand air")
    key = ("--mechanism", "SHA256-RSA-PKCS", "--id", environment.card.signature.id.hex())
    files = ("--input-file", message, "--output-file", environment.directory / "message.sig")
    return ("pkcs11-tool", "--module", environment.module, "--login", "--pin", "env:CPS_PIN", "--sign", *key, *files)
