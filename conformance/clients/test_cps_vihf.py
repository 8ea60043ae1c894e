"""`cps vihf`: a service as DMP and INSi takes the assertions that the command writes, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml import XMLSigner, methods

from conformance.clients.servers.assertion_service import SAML, SIGNATURE, AssertionService
from conformance.clients.servers.web_server import TlsMode
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.cps_command import CPS
from conformance.clients.tls_clients.curl import card_options, curl
from conformance.testbed.cards import CARDS, Card
from conformance.virtual_card.contents import ACTIVITIES
from conformance.virtual_card.identity import DOCTOR, identity
from conformance.virtual_card.identity import card_name as name_of

pytestmark = pytest.mark.client("cps")

_SOFTWARE = [
    f"--attribute={name}=1" for name in ("LPS_ID", "LPS_Nom", "LPS_Version", "LPS_ID_HOMOLOGATION_DMP")
]  # fmt: skip
_STRUCTURE = "1990000047"
_WHERE = [f"--attribute=Identifiant_Structure={_STRUCTURE}", "--attribute=Secteur_Activite=SA01^1.2.250.1.71.4.2.4"]
_OF_THE_PAST = f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(params=[DOCTOR, "cpf"])
def holder(request: pytest.FixtureRequest) -> str:
    """A CPF has no situation d'exercice: its software says where the holder is."""
    name: str = request.param
    return name


@pytest.fixture
def card(card_name: str, holder: str) -> Card:
    """Of that holder."""
    return replace(CARDS[card_name], name=name_of(card_name, holder))


@pytest.fixture
def service(client_environment: ClientEnvironment, tls_mode: TlsMode) -> Iterator[AssertionService]:
    """A health service that takes assertions."""
    with AssertionService(client_environment, tls_mode) as running:
        yield running


@pytest.mark.does("vihf of a {holder}, sent by curl and accepted for each situation")
def test_accepted(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    activities = ACTIVITIES[identity(card.name).name]
    numbers: list[int | None] = [each.number for each in activities]
    for number in numbers or [None]:
        said = _send(client_environment, service, _vihf(client_environment, number))
        assert "<h1>ACCEPTED</h1>" in said, said
    structures = [_value(each, "Identifiant_Structure") for each in service.accepted]
    assert structures == ([each.structure_identifier for each in activities] or [_STRUCTURE])


@pytest.mark.does("vihf of a {holder}, signed with another key than its certificate's, is refused")
def test_wrong_key(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    """It bears the certificate for signatures, and the key for authentication has signed it."""
    keys = card.authentication.role, card.signature.role
    saved = _signed_again(_any_vihf(client_environment, card), card, keys, lambda assertion: None)
    said = _send(client_environment, service, saved)
    assert "<h1>REFUSED the signature does not hold</h1>" in said, said


@pytest.mark.does("vihf of a {holder}, signed with the authentication key, is refused")
def test_wrong_use(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    saved = _signed_again(
        _any_vihf(client_environment, card), card, (card.authentication.role,) * 2, lambda assertion: None
    )
    said = _send(client_environment, service, saved)
    assert "<h1>REFUSED the certificate of the signature is not for signatures</h1>" in said, said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            lambda assertion: assertion.find(f"{SAML}Conditions").set("NotOnOrAfter", _OF_THE_PAST),
            "out of its time",
            marks=pytest.mark.does("vihf of a {holder}, whose time is over, is refused"),
            id="time",
        ),
        pytest.param(
            lambda assertion: setattr(assertion.find(f"{SAML}Subject/{SAML}NameID"), "text", "899900000099"),
            "of somebody else than who signed it",
            marks=pytest.mark.does("vihf of a {holder}, of another identity than the certificate's, is refused"),
            id="identity",
        ),
    ],
)
def test_refused(
    client_environment: ClientEnvironment,
    card: Card,
    service: AssertionService,
    change: Callable[[Any], None],
    why: str,
) -> None:
    """Each is signed with the right key: what is wrong with it is what it says."""
    saved = _signed_again(_any_vihf(client_environment, card), card, (card.signature.role,) * 2, change)
    said = _send(client_environment, service, saved)
    assert f"<h1>REFUSED {why}</h1>" in said, said
    assert service.accepted == []


def _any_vihf(environment: ClientEnvironment, card: Card) -> Path:
    return _vihf(environment, next((each.number for each in ACTIVITIES[identity(card.name).name]), None))


def _vihf(environment: ClientEnvironment, situation: int | None) -> Path:
    saved = environment.directory / f"assertion-{situation}.xml"
    where = _WHERE if situation is None else ["--situation", str(situation)]
    codes = f"{environment.pin}\n"
    environment.run(CPS, "vihf", *where, *_SOFTWARE, "--save", str(saved), "--pin-fd", "0", stdin=codes)
    return saved


def _send(environment: ClientEnvironment, service: AssertionService, assertion: Path) -> str:
    return curl(environment, service.url, *card_options(environment), "--data-binary", f"@{assertion}")


def _signed_again(saved: Path, card: Card, roles: tuple[str, str], change: Callable[[Any], None]) -> Path:
    """The assertion after a change, signed by a key of the card as a program would that has it.

    :param roles: of the key, then of the certificate.
    """
    assertion = etree.parse(saved).getroot()
    place = assertion.find(SIGNATURE)
    place.clear()
    place.set("Id", "placeholder")
    change(assertion)
    credential, shown = (identity(card.name).credentials[role] for role in roles)
    key = _for_cryptography(credential.key.p, credential.key.q, credential.key.e)
    signer = XMLSigner(method=methods.enveloped, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    holder = [load_der_x509_certificate(shown.certificate)]
    saved.write_bytes(etree.tostring(signer.sign(assertion, key=key, cert=holder, reference_uri=assertion.get("ID"))))
    return saved


def _for_cryptography(p: int, q: int, e: int) -> rsa.RSAPrivateKey:
    d = rsa.rsa_recover_private_exponent(e, p, q)
    own = rsa.RSAPublicNumbers(e, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), own
    ).private_key()


def _value(assertion: Any, name: str) -> str:
    (attribute,) = [each for each in assertion.iter(f"{SAML}Attribute") if each.get("Name") == name]
    return str(attribute.findtext(f"{SAML}AttributeValue"))
