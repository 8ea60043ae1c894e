"""A private sshd on loopback, and the settings with which ssh(1) finds it and nothing of its user's own."""

from __future__ import annotations

import getpass
from pathlib import Path

from conformance.clients.servers.ports import listens, reserved_port
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.mount_namespace import in_mount_namespace

# sshd asks for a key alone: PAM would look at what the machine thinks of its users.
_SERVER = """\
ListenAddress 127.0.0.1:{port}
HostKey {directory}/host
AuthorizedKeysFile {directory}/authorized_keys
AuthenticationMethods publickey
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PidFile none
LogLevel VERBOSE
"""
_CLIENT = """\
Host {host}
HostName 127.0.0.1
HostKeyAlias {host}
Port {port}
User {user}
UserKnownHostsFile {directory}/known_hosts
GlobalKnownHostsFile none
StrictHostKeyChecking yes
IdentityFile {identity}
PreferredAuthentications publickey
"""


class SshServer:
    """Lets its own user in with the keys of ``authorized``, lines of `authorized_keys`, until the test ends."""

    def __init__(self, environment: ClientEnvironment, authorized: str) -> None:
        self._environment = environment
        self._directory = environment.directory / "sshd"
        self._directory.mkdir(mode=0o700)
        self._port = reserved_port(environment)
        self._write("authorized_keys", authorized)
        environment.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._directory / "host")
        self._write("known_hosts", f"{HOST} {(self._directory / 'host.pub').read_text()}")
        run = self._directory / "run"
        (run / "sshd").mkdir(parents=True)
        settings = self._write("sshd_config", _SERVER.format(port=self._port, directory=self._directory))
        environment.start(*in_mount_namespace({Path("/run"): run}, "/usr/sbin/sshd", "-D", "-e", "-f", settings))
        wait_until(lambda: listens(self._port), "sshd")

    def client_settings(self, identity: Path | None = None) -> tuple[str, ...]:
        """The options and the host name that lead ssh there, with a key of a file or with none."""
        values = {"host": HOST, "port": self._port, "user": getpass.getuser(), "directory": self._directory}
        path = self._write("ssh_config", _CLIENT.format(**values, identity=identity or "none"))
        return "-F", str(path), HOST

    def _write(self, name: str, text: str) -> Path:
        path = self._directory / name
        path.write_text(text)
        return path
