"""curl with the engine of libp11: a health portal that wants the card's certificate."""

from __future__ import annotations

from conformance.peers import tls
from conformance.peers.openssl import address, engine_configuration
from conformance.peers.web_server import WebServer
from conformance.peers.world import World


def _visit(world: World, server: WebServer, *, fails: bool) -> str:
    keys = world.card.authentication
    return world.run(
        "curl", "--silent", "--show-error", "--max-time", "30", "--cacert", world.authority.certificate,
        "--engine", "pkcs11", "--key-type", "ENG", "--key", address(world, keys.private, "private"),
        "--cert-type", "ENG", "--cert", address(world, keys.certificate, "cert"), server.url,
        env=engine_configuration(world), fails=fails,
    )  # fmt: skip


STORIES = tls.stories("curl", _visit)
