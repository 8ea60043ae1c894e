"""Databases of NSS, as Firefox, Chromium and Thunderbird keep them, made with NSS's own tools."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.support.client_environment import World

MODULE = "Cryptolib CPS"
"""The name that the user reads in the list of security devices."""
SERVERS, MAIL = "C,,", ",C,"
"""What an authority can be trusted for, in certutil's words."""


def make_database(world: World, directory: Path) -> str:
    """A database without a password of its own, which knows the module and trusts the servers of the story.

    Gives the name that NSS's tools know it by.
    """
    database = make_database_without_module(world, directory)
    add_module(world, database)
    return database


def make_database_without_module(world: World, directory: Path) -> str:
    """For a client that is told of the module in another way."""
    directory.mkdir(parents=True, exist_ok=True)
    database = f"sql:{directory}"
    world.run("certutil", "-N", "-d", database, "--empty-password")
    trust(world, database, world.authority.certificate, SERVERS)
    return database


def add_module(world: World, database: str) -> None:
    world.run("modutil", "-dbdir", database, "-add", MODULE, "-libfile", world.module, "-force")


def trust(world: World, database: str, authority: Path, purpose: str) -> None:
    """Trusts an authority (PEM) for servers or for mail, under the name of its file."""
    world.run("certutil", "-A", "-d", database, "-n", authority.stem, "-t", purpose, "-i", authority)
