"""Git over HTTPS for the holders of cards: git's own server program, git-http-backend, behind the certificate."""

from __future__ import annotations

import re
import ssl
import subprocess
from pathlib import Path

from conformance.clients.servers.web_server import TlsMode, WebServer, read_request, send
from conformance.clients.support.client_environment import ClientEnvironment

_SECONDS = 30
_REQUEST = re.compile(rb"([A-Z]+) (/[^ ?]*)\??([^ ]*) HTTP/1\.1\r\n")
_VARIABLES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH", b"git-protocol": "GIT_PROTOCOL",
              b"content-encoding": "HTTP_CONTENT_ENCODING"}  # fmt: skip


class GitServer(WebServer):
    """Serves one empty repository, from ``with`` to its end: who has a card reads and writes it."""

    def __init__(self, environment: ClientEnvironment, mode: TlsMode) -> None:
        super().__init__(environment.authority, environment.cards_authority, mode)
        self._environment = environment
        self._root = environment.directory / "repositories"
        self.repository = self._root / "protocole.git"
        environment.run("git", "init", "--quiet", "--bare", "--initial-branch=main", self.repository)
        self.url += self.repository.name

    def answer(self, client: ssl.SSLSocket) -> None:
        head, content = read_request(client)
        found = _REQUEST.match(head)
        if not found:
            if head:
                send(client, "400 Bad Request", "not understood")
            return
        self.visits.append(self.fingerprint(client.getpeercert(binary_form=True) or b""))
        answered = subprocess.run(
            ["git", "http-backend"], input=content, env=self._variables(found, head), capture_output=True, check=True,
            timeout=_SECONDS,
        ).stdout  # fmt: skip
        fields, _, page = answered.partition(b"\r\n\r\n")
        status = re.match(rb"Status: ([^\r]*)", fields)
        client.sendall(b"HTTP/1.1 %s\r\n%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
            status[1] if status else b"200 OK", fields, len(page), page
        ))  # fmt: skip

    def _variables(self, request: re.Match[bytes], head: bytes) -> dict[str, str]:
        """The CGI variables of RFC 3875; a REMOTE_USER may push."""
        method, path, query = (part.decode() for part in request.groups())
        said = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        given = {variable: said[field].decode() for field, variable in _VARIABLES.items() if field in said}
        return self._environment.env | given | {
            "GIT_PROJECT_ROOT": str(self._root), "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": method,
            "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_USER": "holder",
        }  # fmt: skip


def content(repository: Path, path: str) -> bytes:
    """A file as the branch ``main`` has it."""
    return subprocess.run(
        ["git", "-C", str(repository), "show", f"main:{path}"], capture_output=True, check=True, timeout=_SECONDS
    ).stdout
