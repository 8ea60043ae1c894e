"""curl with the engine of libp11: a health portal that wants the card's certificate."""

from __future__ import annotations

from pathlib import Path

from conformance.peers import tls
from conformance.peers.openssl import address, play
from conformance.peers.openssl_engine import configuration
from conformance.peers.web_server import WebServer
from conformance.peers.world import World
from conformance.readme import blocks


def curl(world: World, url: str, *options: str | Path, fails: bool = False) -> str:
    """Runs curl, which knows no authority but the story's own."""
    common = ("--silent", "--show-error", "--max-time", "30", "--cacert", world.authority.certificate)
    return world.run("curl", *common, *options, url, env=configuration(world), fails=fails)


def card_options(world: World) -> tuple[str, ...]:
    """What tells curl to prove itself with the card."""
    keys = world.card.authentication
    return (
        "--engine", "pkcs11", "--key-type", "ENG", "--key", address(world, keys.private, "private"),
        "--cert-type", "ENG", "--cert", address(world, keys.certificate, "cert"),
    )  # fmt: skip


def visit(world: World, server: WebServer, *, fails: bool) -> str:
    """As README.md tells, with what it says on a CPS3."""
    script = blocks("OpenSSL and curl", "sh")[2].replace("https://host/", server.url)
    without_pss = world.directory / "without-pss.cnf"
    without_pss.write_text(blocks("OpenSSL and curl", "ini")[0])
    settings = {"OPENSSL_CONF": str(without_pss)} if world.card.generation == "CPS3" else {}
    return play(world, script, {"CURL_CA_BUNDLE": str(world.authority.certificate), **settings}, fails=fails)


STORIES = tls.stories("curl", visit)
