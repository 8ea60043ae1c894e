"""A private PostgreSQL server on loopback that wants the card's certificate, as docs/clients/postgresql.md says."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.servers.ports import listens, reserved_port
from conformance.clients.servers.web_server import TLS_1_2, TLS_1_3, TlsMode
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.p11_kit import AS_USER
from conformance.testbed.documented_commands import blocks

_SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
ssl = on
ssl_min_protocol_version = '{version}'
ssl_max_protocol_version = '{version}'
ssl_cert_file = '{certificate}'
ssl_key_file = '{key}'
ssl_ca_file = '{clients}'
"""
_VERSIONS = {TLS_1_2: "TLSv1.2", TLS_1_3: "TLSv1.3"}


class PostgreSql:
    """Has one user; PostgreSQL does not run as root, so root becomes another user."""

    def __init__(self, environment: ClientEnvironment, mode: TlsMode, user: str) -> None:
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.port = reserved_port(environment)
        self._data = environment.directory / "postgresql"
        environment.run(
            *AS_USER, programs / "initdb", "--auth", "reject", "--username", user, "--no-sync", self._data
        )  # fmt: skip
        (self._data / "postgresql.conf").write_text(
            _SETTINGS.format(
                port=self.port, version=_VERSIONS[mode], certificate=environment.authority.server_certificate,
                key=environment.authority.server_key, clients=environment.cards_authority,
            )
        )  # fmt: skip
        (rules,) = blocks("On the server", "text", "docs/clients/postgresql.md")
        (self._data / "pg_hba.conf").write_text(rules)
        environment.start(*AS_USER, programs / "postgres", "-D", self._data)
        wait_until(lambda: listens(self.port), "PostgreSQL")
