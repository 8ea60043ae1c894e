"""Databases of NSS, as Firefox, Chromium and Thunderbird keep them, made with NSS's own tools."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment

MODULE = "Cryptolib CPS"
"""The name that the user reads in the list of security devices."""
SERVERS, MAIL = "C,,", ",C,"
"""What an authority can be trusted for, in certutil's words."""


def make_database(environment: ClientEnvironment, directory: Path) -> str:
    """A database without a password of its own, which knows the module and trusts the servers of the test.

    Gives the name that NSS's tools know it by.
    """
    database = make_database_without_module(environment, directory)
    add_module(environment, database)
    return database


def make_database_without_module(environment: ClientEnvironment, directory: Path) -> str:
    """A database for a client that loads the module in another way."""
    directory.mkdir(parents=True, exist_ok=True)
    database = f"sql:{directory}"
    environment.run("certutil", "-N", "-d", database, "--empty-password")
    trust(environment, database, environment.authority.certificate, SERVERS)
    return database


def add_module(environment: ClientEnvironment, database: str) -> None:
    environment.run("modutil", "-dbdir", database, "-add", MODULE, "-libfile", environment.module, "-force")


def trust(environment: ClientEnvironment, database: str, authority: Path, purpose: str) -> None:
    """Trusts an authority (PEM) for servers or for mail, under the name of its file."""
    environment.run("certutil", "-A", "-d", database, "-n", authority.stem, "-t", purpose, "-i", authority)


def visit(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    """A TLS login with tstclnt."""
    codes = environment.directory / "codes"
    codes.touch(mode=0o600)
    codes.write_text(f"{environment.token}:{environment.pin}\n")
    return _visit(environment, server, "-W", codes, fails=fails)


def visit_with_keypad(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    """Visit with the code typed on the reader: tstclnt says so, and waits for a Return."""
    return _visit(environment, server, stdin="\n", fails=fails)


def _visit(
    environment: ClientEnvironment, server: WebServer, *code: str | Path, stdin: str | None = None, fails: bool
) -> str:
    database = make_database(environment, environment.directory / "nss")
    request = environment.directory / "request"
    request.write_text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    certificate = f"{environment.token}:{environment.card.authentication.certificate}"
    return environment.run(
        "tstclnt", "-4", "-h", HOST, "-p", str(server.port), "-V", "tls1.2:tls1.3", "-d", database, *code,
        "-n", certificate, "-A", request, stdin=stdin, fails=fails,
    )  # fmt: skip
