"""curl with the engine of libp11: a health portal that wants the card's certificate."""

from __future__ import annotations

from conformance.peers.openssl import address, engine_configuration
from conformance.peers.story import ByNature, Story, expect
from conformance.peers.web_server import TLS12, TLS13, WebServer
from conformance.peers.world import World


def tls12(world: World) -> None:
    with WebServer(world.authority, world.cards_authority, TLS12) as server:
        page = _get(world, server.url)
        expect("<h1>OK " in page, page)
        expect(server.visits == [server.fingerprint(world.authentication_certificate)], "another certificate")


def tls13(world: World) -> None:
    with WebServer(world.authority, world.cards_authority, TLS13) as server:
        if world.card.generation == "CPS3":
            _get(world, server.url, fails=True)
            expect(server.visits == [], "a chip without PSS was let in")
            raise ByNature("TLS 1.3 signs with RSA-PSS, which this chip does not have")
        expect("<h1>OK " in _get(world, server.url), "no page")
        expect(server.visits == [server.fingerprint(world.authentication_certificate)], "another certificate")


def _get(world: World, url: str, *, fails: bool = False) -> str:
    keys = world.card.authentication
    return world.run(
        "curl", "--silent", "--show-error", "--max-time", "30", "--cacert", world.authority.certificate,
        "--engine", "pkcs11", "--key-type", "ENG", "--key", address(world, keys.private, "private"),
        "--cert-type", "ENG", "--cert", address(world, keys.certificate, "cert"), url,
        env=engine_configuration(world), fails=fails,
    )  # fmt: skip


STORIES = (
    Story("curl", "page over TLS 1.2 with the card's certificate", tls12),
    Story("curl", "page over TLS 1.3 with the card's certificate", tls13),
)
