"""curl with the engine of libp11: a health portal that wants the card's certificate."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support import tls
from conformance.clients.support.client_environment import World
from conformance.clients.support.openssl import address, play
from conformance.clients.support.openssl_engine import configuration
from conformance.testbed.cards import KeyNames
from conformance.testbed.documented_commands import blocks


def curl(world: World, url: str, *options: str | Path, fails: bool = False) -> str:
    """Runs curl, which knows no authority but the story's own."""
    common = ("--silent", "--show-error", "--max-time", "30", "--cacert", world.authority.certificate)
    return world.run("curl", *common, *options, url, env=configuration(world), fails=fails)


def card_options(world: World, keys: KeyNames | None = None) -> tuple[str, ...]:
    """What tells curl to prove itself with the card; with the authentication key, unless told otherwise."""
    keys = keys or world.card.authentication
    return (
        "--engine", "pkcs11", "--key-type", "ENG", "--key", address(world, keys.private, "private"),
        "--cert-type", "ENG", "--cert", address(world, keys.certificate, "cert"),
    )  # fmt: skip


def without_pss(world: World) -> dict[str, str]:
    """The environment that docs/clients/openssl.md tells the holder of a CPS3 to have."""
    if world.card.generation != "CPS3":
        return {}
    settings = world.directory / "without-pss.cnf"
    (written,) = blocks("TLS with a CPS3", "ini", "docs/clients/openssl.md")
    settings.write_text(written)
    return {"OPENSSL_CONF": str(settings)}


def visit(world: World, server: WebServer, *, fails: bool) -> str:
    """As docs/clients/curl.md tells, with what it says on a CPS3."""
    (script,) = blocks("Log in to a portal", "sh", "docs/clients/curl.md")
    settings = {"CURL_CA_BUNDLE": str(world.authority.certificate), **without_pss(world)}
    return play(world, script.replace("https://host/", server.url), settings, fails=fails)


STORIES = tls.stories("curl", visit)
