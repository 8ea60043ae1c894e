"""`cps sign`, `cps verify` and `cps vihf`, as docs/clients/cps.md says: the code porteur is typed on a terminal."""

from __future__ import annotations

import os
import shutil

import pytest
from lxml import etree

from conformance.clients.servers.assertion_service import SIGNATURE
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.cps_command import CPS
from conformance.clients.support.pdf import check_cms, write_document
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

pytestmark = pytest.mark.client("cps")


@pytest.mark.does("a file signed as in docs/clients/cps.md, verified by OpenSSL")
def test_file(client_environment: ClientEnvironment) -> None:
    said = _run(client_environment, "Sign a file")
    assert "Verification successful" in said, said
    verified = client_environment.directory / "verified"
    assert verified.read_bytes() == b"Repos et grand air\n"
    verified.with_name("message").write_bytes(b"Repos et petit air\n")
    said = client_environment.run(CPS, "verify", "message", "--authority", "authority.pem", fails=True)
    assert "n'est pas celui qui a été signé" in said, said


@pytest.mark.does("a PDF signed as in docs/clients/cps.md, verified by poppler and OpenSSL")
def test_pdf(client_environment: ClientEnvironment) -> None:
    write_document(client_environment)
    _run(client_environment, "Sign a PDF")
    document = client_environment.directory / "message-signed.pdf"
    said = client_environment.run("pdfsig", document)
    for line in ("Signature Type: ETSI.CAdES.detached", "Total document signed", "Signature is Valid."):
        assert line in said, said
    check_cms(client_environment, document)


@pytest.mark.does("a SAML assertion signed as in docs/clients/cps.md")
def test_vihf(client_environment: ClientEnvironment) -> None:
    _run(client_environment, "Sign a SAML assertion (VIHF)")
    assertion = etree.parse(client_environment.directory / "assertion.xml").getroot()
    assert assertion.find(SIGNATURE) is not None


def _run(environment: ClientEnvironment, section: str) -> str:
    (script,) = blocks(section, "sh", "docs/clients/cps.md")
    shutil.copy(environment.cards_authority, environment.directory / "authority.pem")
    path = f"{CPS.parent}{os.pathsep}{environment.env['PATH']}"
    return environment.run(*at_terminal("bash", "-euc", script), stdin=environment.pin, env={"PATH": path})
