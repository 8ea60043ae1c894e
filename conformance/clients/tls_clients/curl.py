"""curl with the engine of libp11, as docs/clients/curl.md says."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import address, run_documented
from conformance.clients.support.openssl_engine import configuration
from conformance.testbed.cards import KeyNames
from conformance.testbed.documented_commands import blocks


def curl(environment: ClientEnvironment, url: str, *options: str | Path, fails: bool = False) -> str:
    """Runs curl, which knows no authority but the test's own."""
    common = ("--silent", "--show-error", "--max-time", "30", "--cacert", environment.authority.certificate)
    return environment.run("curl", *common, *options, url, env=configuration(environment), fails=fails)


def card_options(environment: ClientEnvironment, keys: KeyNames | None = None) -> tuple[str, ...]:
    """The options with which curl uses a key of the card; the authentication key when None."""
    keys = keys or environment.card.authentication
    return (
        "--engine", "pkcs11", "--key-type", "ENG", "--key", address(environment, keys.private, "private"),
        "--cert-type", "ENG", "--cert", address(environment, keys.certificate, "cert"),
    )  # fmt: skip


def without_pss(environment: ClientEnvironment) -> dict[str, str]:
    """The environment that docs/clients/openssl.md gives to the holder of a CPS3."""
    if environment.card.has_pss:
        return {}
    settings = environment.directory / "without-pss.cnf"
    (written,) = blocks("TLS with a CPS3", "ini", "docs/clients/openssl.md")
    settings.write_text(written)
    return {"OPENSSL_CONF": str(settings)}


def visit(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    """Visit with the command of docs/clients/curl.md, and its settings for a CPS3."""
    (script,) = blocks("Log in to a portal", "sh", "docs/clients/curl.md")
    settings = {"CURL_CA_BUNDLE": str(environment.authority.certificate), **without_pss(environment)}
    return run_documented(environment, script.replace("https://host/", server.url), settings, fails=fails)
