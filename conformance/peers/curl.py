"""curl with the engine of libp11: a health portal that wants the card's certificate."""

from __future__ import annotations

from pathlib import Path

from conformance.peers import tls
from conformance.peers.openssl import address
from conformance.peers.openssl_engine import configuration
from conformance.peers.web_server import WebServer
from conformance.peers.world import World


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


def _visit(world: World, server: WebServer, *, fails: bool) -> str:
    return curl(world, server.url, *card_options(world), fails=fails)


STORIES = tls.stories("curl", _visit)
