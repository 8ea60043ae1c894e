"""What every TLS client must manage: a health portal that wants the card's certificate, over TLS 1.2 and TLS 1.3."""

from __future__ import annotations

import ssl
from typing import Protocol

from conformance.clients.servers.web_server import TLS12, TLS13, WebServer
from conformance.clients.story import ByNature, Story, expect
from conformance.clients.support.client_environment import World, eventually


class Visit(Protocol):
    """Lets a client ask for the page of a server, and gives what it printed; with ``fails``, it must not get in."""

    def __call__(self, world: World, server: WebServer, *, fails: bool) -> str: ...


def stories(client: str, visit: Visit, without_pss: str = "did not return a certificate") -> tuple[Story, ...]:
    """The two stories of a client that signs with the authentication key.

    :param without_pss: what it says, or the server of it, when it cannot sign for TLS 1.3.
    """

    def tls12(world: World) -> None:
        welcome(world, TLS12, visit)

    def tls13(world: World) -> None:
        if world.card.generation == "CPS3":
            _turned_away(world, visit, without_pss)
        welcome(world, TLS13, visit)

    return (
        Story(client, "page over TLS 1.2 with the card's certificate", tls12),
        Story(client, "page over TLS 1.3 with the card's certificate", tls13),
    )


def welcome(world: World, version: ssl.TLSVersion, visit: Visit) -> None:
    """The client gets its page, and the server the card's certificate."""
    with WebServer(world.authority, world.cards_authority, version) as server:
        page = visit(world, server, fails=False)
        expect("<h1>OK " in page, page)
        expect(server.visits == [server.fingerprint(world.authentication_certificate)], "another certificate")


def _turned_away(world: World, visit: Visit, without_pss: str) -> None:
    """The client gets as far as the server asking for a certificate, and gives up there, knowing why."""
    with WebServer(world.authority, world.cards_authority, TLS13) as server:
        said = visit(world, server, fails=True)
        expect(server.visits == [], "a chip without PSS was let in")
        eventually(lambda: server.refusals, f"a visit without a certificate, but\n{said}", seconds=5)
        told = without_pss in said or all(without_pss in why for why in server.refusals)
        expect(told, "\n".join([said, *server.refusals]))
    raise ByNature("TLS 1.3 signs with RSA-PSS, which this chip does not have")
