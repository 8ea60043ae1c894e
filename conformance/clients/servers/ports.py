"""Ports of loopback for servers that cannot choose a free one by themselves."""

from __future__ import annotations

import socket

from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment


def reserved_port(environment: ClientEnvironment) -> int:
    """A port that nobody else is given until the test ends: bound, but open to a server that binds it too."""
    holder = socket.socket()
    environment.at_end(holder.close)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port: int = holder.getsockname()[1]
    return port


def listens(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex((HOST, port)) == 0
