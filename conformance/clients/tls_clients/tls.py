"""The login of a TLS client: a page from a server that requires the card's certificate, over TLS 1.2 and 1.3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import pytest

from conformance.clients.servers.web_server import TLS_1_2, TLS_1_3, WebServer
from conformance.clients.support.client_environment import ClientEnvironment, wait_until

Test = TypeVar("Test", bound=Callable[..., None])


class Visit(Protocol):
    """Lets a client ask for the page of a server, and gives what it printed; with ``fails``, it must get no page."""

    def __call__(self, environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str: ...


def each_version(test: Test) -> Test:
    """The marks of a test that calls ``check_login`` with ``web_server``."""
    for mark in (
        pytest.mark.parametrize("tls_mode", [TLS_1_2, TLS_1_3], ids=lambda mode: mode.id),
        pytest.mark.does("page over {tls_mode} with the card's certificate"),
    ):
        test = mark(test)
    return test


def check_login(
    environment: ClientEnvironment,
    server: WebServer,
    visit: Visit,
    without_pss: str = "did not return a certificate",
) -> None:
    """The client gets its page, or is refused because the card cannot sign for this version.

    :param without_pss: what the client says then, or the server of it.
    """
    if server.mode.needs_pss and not environment.card.has_pss:
        _expect_refused(environment, server, visit, without_pss)
        environment.not_supported_by_card("TLS 1.3 signs with RSA-PSS, which this chip does not have")
    else:
        expect_page(environment, server, visit)


def expect_page(environment: ClientEnvironment, server: WebServer, visit: Visit) -> None:
    """The client gets its page, and the server the card's certificate."""
    before = len(server.visits)
    page = visit(environment, server, fails=False)
    assert "<h1>OK " in page, page
    assert server.visits[before:] == [server.fingerprint(environment.authentication_certificate)]


def _expect_refused(environment: ClientEnvironment, server: WebServer, visit: Visit, without_pss: str) -> None:
    """The client gets as far as the server asking for a certificate, and gives up there, knowing why."""
    said = visit(environment, server, fails=True)
    assert server.visits == [], "a chip without PSS got its page"
    wait_until(lambda: server.refusals, f"a visit without a certificate, but\n{said}", seconds=5)
    known = without_pss in said or all(without_pss in why for why in server.refusals)
    assert known, "\n".join([said, *server.refusals])
