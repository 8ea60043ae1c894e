"""An HTTPS server that requires the card's certificate, like health services (RFC 8446 clause 4.6.2, RFC 9110).

The page and the list of visits name the certificate of the visitor.
"""

from __future__ import annotations

import hashlib
import re
import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.clients.support.authority import HOST, Authority

_CONNECTION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class TlsMode:
    """The TLS version of a server, and when it asks for the certificate."""

    name: str
    version: ssl.TLSVersion
    after_handshake: bool = False
    """Only when the page is asked for: TLS 1.3 post-handshake authentication."""

    def __str__(self) -> str:
        return self.name

    @property
    def id(self) -> str:
        """The name in test IDs: ``tls12``."""
        return self.name.lower().replace("tls 1.", "tls1").replace(" ", "-")

    @property
    def needs_pss(self) -> bool:
        return self.version is ssl.TLSVersion.TLSv1_3


TLS_1_2 = TlsMode("TLS 1.2", ssl.TLSVersion.TLSv1_2)
TLS_1_3 = TlsMode("TLS 1.3", ssl.TLSVersion.TLSv1_3)
POST_HANDSHAKE = TlsMode("TLS 1.3 post-handshake", ssl.TLSVersion.TLSv1_3, after_handshake=True)


class WebServer:
    """Serves in one TLS mode on its own port, a thread per connection; runs inside `with`."""

    def __init__(self, authority: Authority, clients: Path, mode: TlsMode) -> None:
        """``clients`` is the authority that must have issued the clients' certificates."""
        self._authority = authority
        self._clients = clients
        self.mode = mode
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"https://{HOST}:{self.port}/"
        self.visits: list[str] = []
        """The fingerprint of the certificate of each client that got its page."""
        self.refusals: list[str] = []
        """What went wrong with the others."""

    @staticmethod
    def fingerprint(certificate: bytes) -> str:
        """A certificate (DER) as pages and visits name it."""
        return hashlib.sha256(certificate).hexdigest()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _context(self) -> ssl.SSLContext:
        """A new context for each connection, so that no session is resumed and each visit uses the card."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = self.mode.version
        context.load_cert_chain(self._authority.server_certificate, self._authority.server_key)
        context.load_verify_locations(self._clients)
        context.verify_mode = ssl.CERT_REQUIRED
        context.post_handshake_auth = self.mode.after_handshake
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(_CONNECTION_SECONDS)
        with connection.dup() as line:
            try:
                with self._context().wrap_socket(connection, server_side=True) as client:
                    self.answer(client)
                    with suppress(OSError):  # closed without close_notify, as browsers do
                        client.unwrap()
            except (ssl.SSLError, OSError) as error:
                self.refusals.append(str(error))
                _hang_up(line)

    def answer(self, client: ssl.SSLSocket) -> None:
        """Answer one request; other servers override it."""
        request, _ = read_request(client)
        if not request:
            return
        if not request.startswith(b"GET / "):
            send(client, "404 Not Found", "nothing here")
            return
        if self.mode.after_handshake:
            _ask_certificate(client)
        self.visits.append(self.fingerprint(client.getpeercert(binary_form=True) or b""))
        send(client, "200 OK", f"OK {self.visits[-1]}")


def _hang_up(line: socket.socket) -> None:
    """Let the client read the alert: closing while it still sends would lose the alert."""
    with suppress(OSError):
        line.settimeout(_CONNECTION_SECONDS)
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass


def read_request(client: ssl.SSLSocket) -> tuple[bytes, bytes]:
    """Head and body; both empty if the client left early."""
    received = b""
    while b"\r\n\r\n" not in received or len(received) < _length(received):
        part = client.recv(65536)
        if not part:
            return b"", b""
        received += part
    head, _, content = received.partition(b"\r\n\r\n")
    return head, content


def _length(received: bytes) -> int:
    """The length of the whole request, from its head."""
    head, separator, _ = received.partition(b"\r\n\r\n")
    said = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return len(head + separator) + (int(said[1]) if said else 0)


def _ask_certificate(client: ssl.SSLSocket) -> None:
    """Wait until the client has given its certificate.

    :raises OSError: if it gives none (ssl.SSLError, for instance) or leaves.
    """
    client.verify_client_post_handshake()
    client.do_handshake()
    deadline = time.monotonic() + _CONNECTION_SECONDS
    client.setblocking(False)
    try:
        while not client.getpeercert(binary_form=True):
            if time.monotonic() > deadline:
                raise OSError("gave no certificate in time")
            try:
                if not client.recv(1):
                    raise OSError("left when asked for a certificate")
            except ssl.SSLWantReadError:
                select.select([client], [], [], 0.1)
    finally:
        client.settimeout(_CONNECTION_SECONDS)


def send(client: ssl.SSLSocket, status: str, text: str) -> None:
    """An answer with a plain ASCII text as title and heading."""
    icon = '<link rel="icon" href="data:,">'  # else browsers ask for an icon, and the card signs again
    page = f"<!DOCTYPE html><html><head><title>{text}</title>{icon}</head><body><h1>{text}</h1></body></html>".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n"
    client.sendall(head.encode() + page)
