"""The page of `cps diag --web`, visit_result with certificates made here: one of them is that of the card."""

import http.client
import os
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID

from cryptolib.cli.cards import Card, CertificateObject, Tries
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.diagnosis import page
from cryptolib.cli.diagnosis.browser_check import Server
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity
from cryptolib.metier.card import card_certificate

TOKEN: Any = SimpleNamespace()
FRENCH = Messages("fr")


def identity(folder: Path, name: str) -> Path:
    """A certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = Name([NameAttribute(NameOID.COMMON_NAME, name)])
    now, day = datetime.now(UTC), timedelta(days=1)
    builder = CertificateBuilder(subject, subject, key.public_key(), random_serial_number(), now - day, now + day)
    made = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made)
    return path


def card_of(path: Path, label: str = "CPS4 D'ESSAI", *, pss: bool = True) -> Card:
    der = ssl.PEM_cert_to_DER_cert(path.read_text()[path.read_text().index("-----BEGIN CERTIFICATE") :])
    entry = CertificateObject(b"", card_certificate("Certificat d'Authentification CPS", der))
    return Card(label, "1", Tries.ENOUGH, Tries.ENOUGH, (entry,), pss, TOKEN)


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return identity(tmp_path, "899900000045")


@pytest.fixture
def server(known: Path) -> Iterator[Server]:
    with Server(FRENCH, [card_of(known)]) as running:
        yield running


def visit(server: Server, certificate: Path | None = None, newest: ssl.TLSVersion | None = None) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if newest:
        context.minimum_version = newest
    if certificate:
        context.load_cert_chain(certificate)
    with closing(http.client.HTTPSConnection("localhost", server.server_port, context=context, timeout=20)) as browser:
        browser.request("GET", "/")
        return browser.getresponse().read().decode()


def test_a_browser_with_the_card_is_let_in(server: Server, known: Path) -> None:
    shown = visit(server, known)
    assert "Tout fonctionne" in shown
    assert "899900000045" in shown
    assert server.wait_for_result(10) == CheckResult("web.proved", Severity.OK, {"label": "CPS4 D'ESSAI"})


def test_without_a_certificate_the_page_says_so(server: Server, known: Path) -> None:
    assert "aucun certificat" in visit(server)
    assert server.wait_for_result(0) == CheckResult("web.no_certificate", Severity.FAILURE)
    assert "Tout fonctionne" in visit(server, known)


def test_with_another_certificate_the_page_says_so_at_the_next_visit(
    server: Server, known: Path, tmp_path: Path
) -> None:
    stranger = identity(tmp_path, "stranger")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        visit(server, stranger)
    assert "pas celui de la carte" in visit(server, stranger)
    assert server.wait_for_result(0).key == "web.other_certificate"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        visit(server, stranger)
    visit(server)
    assert "Tout fonctionne" in visit(server, known)


def test_the_check_ends_when_no_browser_comes(server: Server) -> None:
    assert server.wait_for_result(0) == CheckResult("web.nobody", Severity.FAILURE)


def test_a_card_without_pss_is_not_asked_for_tls_13(known: Path) -> None:
    with Server(FRENCH, [card_of(known, pss=False)]) as server:
        with pytest.raises(ssl.SSLError):
            visit(server, known, ssl.TLSVersion.TLSv1_3)
        assert "Tout fonctionne" in visit(server, known)


def test_no_key_stays_on_disk(tmp_path: Path, known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with Server(FRENCH, [card_of(known)]):
        assert os.listdir(tmp_path / "temporary") == []


def test_what_a_card_says_is_not_read_as_html(known: Path) -> None:
    card = card_of(known, "<script>alert(1)</script>")
    shown = page.render(FRENCH, CheckResult("web.proved", Severity.OK), card)
    assert "<script" not in shown and "&lt;script&gt;" in shown
