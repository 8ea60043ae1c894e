"""`cps diag --web`: a page on this machine that only a browser with the card can open (RFC 8446, 4.3.2).

Python's ssl needs the trusted certificates in advance: those of the cards in the readers. It refuses a visitor with
another certificate before any page can be shown; the next visit is let in without one, to show the reason.
"""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptolib.cli.cards import Card
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.context import Context
from cryptolib.cli.diagnosis import page
from cryptolib.cli.diagnosis.server_identity import HOST, load_into
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.options import DiagnosisOptions
from cryptolib.cli.severity import Severity

VISIT_SECONDS = 120
"""How long a visitor may take, who has to type the code meanwhile."""


def run(context: Context, options: DiagnosisOptions, cards: list[Card]) -> list[CheckResult]:
    able = [card for card in cards if card.authentication_certificate]
    if not able:
        return [CheckResult("web.no_card", Severity.FAILURE)]
    with Server(context.messages, able) as server:
        url = f"https://{HOST}:{server.server_port}/"
        # With --json the answer goes to standard output, the address to standard error.
        address = sys.stderr if context.json else sys.stdout
        address.write(context.text("web.address", url=url) + "\n")
        address.flush()
        if options.open and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            webbrowser.open(url)
        return [server.wait_for_result(options.wait)]


class Server(ThreadingHTTPServer):
    """Runs inside `with`. Each visit has a thread, because a browser opens several connections at once."""

    def __init__(self, messages: Messages, cards: list[Card]) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        self.messages = messages
        shown = [(card.authentication_certificate, card) for card in cards]
        self._known = {certificate.entry.der: card for certificate, card in shown if certificate}
        # A chip without PSS cannot do TLS 1.3, and browsers fail instead of falling back.
        newest = ssl.TLSVersion.MAXIMUM_SUPPORTED if all(card.pss for card in cards) else ssl.TLSVersion.TLSv1_2
        self._asking, self._telling = _context(newest), _context(newest)
        self._asking.verify_mode = ssl.CERT_OPTIONAL
        self._asking.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self._asking.load_verify_locations(cadata=b"".join(self._known))
        self._turned_away: CheckResult | None = None
        self._last = CheckResult("web.nobody", Severity.FAILURE)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.shutdown()
        self.server_close()

    def wait_for_result(self, seconds: float) -> CheckResult:
        """Wait for the first visitor with a card, at most so many seconds."""
        self._over.wait(seconds)
        return self._last

    def with_tls(self, connection: socket.socket) -> ssl.SSLSocket:
        """The connection after its handshake. Raises OSError if the handshake fails."""
        context = self._telling if self._turned_away else self._asking
        try:
            return context.wrap_socket(connection, server_side=True)
        except ssl.SSLCertVerificationError as error:
            self._turned_away = self._last = CheckResult(
                "web.other_certificate", Severity.FAILURE, {"detail": error.verify_message}
            )
            raise

    def visit_result(self, certificate: bytes | None) -> tuple[CheckResult, Card | None]:
        """The result for a visitor with this certificate, and the card that let it in."""
        card = self._known.get(certificate) if certificate else None
        if card:
            self._last = CheckResult("web.proved", Severity.OK, {"label": card.label})
        else:
            self._last, self._turned_away = (
                self._turned_away or CheckResult("web.no_certificate", Severity.FAILURE),
                None,
            )
        return self._last, card

    def done(self) -> None:
        self._over.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore: browsers often drop connections, first to check whether to trust this server."""


class _RequestHandler(BaseHTTPRequestHandler):
    server: Server
    request: ssl.SSLSocket
    timeout = VISIT_SECONDS
    proved = False

    def setup(self) -> None:
        self.request.settimeout(VISIT_SECONDS)
        self.request = self.server.with_tls(self.request)
        super().setup()

    def do_GET(self) -> None:
        result, card = self.server.visit_result(self.request.getpeercert(binary_form=True))
        body = page.render(self.server.messages, result, card).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
        self.proved = card is not None

    def finish(self) -> None:
        super().finish()
        self.request.close()
        if self.proved:
            self.server.done()

    def version_string(self) -> str:
        return "cps"

    def log_message(self, *arguments: Any) -> None:
        """Silent: the page and the result say everything."""


def _context(newest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = newest
    context.num_tickets = 0  # each visit needs the card
    context.options |= ssl.OP_NO_TICKET
    context.set_alpn_protocols(["http/1.1"])
    load_into(context)
    return context
