"""signxml: an assertion as DMP and INSi want it (VIHF), signed and sent with the card as docs/vihf.md says."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from conformance.clients.servers.assertion_service import SAML, SIGNATURE, AssertionService
from conformance.clients.servers.web_server import TlsMode
from conformance.clients.support.client_environment import LATENCY, ClientEnvironment, wait_until
from conformance.clients.tls_clients.curl import card_options, curl, without_pss
from conformance.testbed.cards import CARDS, Card
from conformance.testbed.documented_commands import blocks
from conformance.testbed.rig import Rig
from conformance.virtual_card.contents import ACTIVITIES, Activity
from conformance.virtual_card.identity import Holder, identity

pytestmark = pytest.mark.client("signxml and curl")

_ROOT = Path(__file__).parents[2]
_PROGRAM = "examples/vihf.py"
_NAME = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
_ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"


@pytest.fixture
def service(client_environment: ClientEnvironment, tls_mode: TlsMode) -> Iterator[AssertionService]:
    """A health service that takes assertions."""
    with AssertionService(client_environment, tls_mode) as running:
        yield running


@pytest.mark.does("assertion signed, sent over mutual TLS and accepted")
def test_assertion(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    """For each situation of the holder; xmlsec1 agrees with the service about the signatures."""
    sending, verifying = blocks("Sign and send it", "sh", "docs/vihf.md")
    verifying = verifying.replace("cards.pem", str(client_environment.cards_authority))
    authority = str(client_environment.authority.certificate)
    sending = sending.replace("https://host/", service.url).replace("authority.pem", authority)
    for activity in ACTIVITIES[card.name]:
        situation = sending.replace("--situation 01", f"--situation {activity.number:02}")
        said = _run_documented(client_environment, situation)
        assert "<h1>ACCEPTED</h1>" in said, said
        said = client_environment.run("bash", "-euc", verifying)
        assert "SignedInfo References (ok/all): 1/1" in said, said
    assert service.refusals == []
    for activity, accepted in zip(ACTIVITIES[card.name], service.accepted, strict=True):
        _check(accepted, identity(card.name).holder, activity)


@pytest.mark.does("assertion signed with the authentication key is refused")
def test_wrong_key(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    saved = _signed(client_environment, "--key", card.authentication.private)
    _xmlsec(client_environment, saved)
    _expect_refused(client_environment, service, saved, "the certificate of the signature is not for signatures")


@pytest.mark.does("assertion changed after its signature is refused")
def test_tampered(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    saved = _signed(client_environment)
    sector = ACTIVITIES[card.name][0].sector.encode()
    saved.write_bytes(saved.read_bytes().replace(sector, b"SA01"))
    _xmlsec(client_environment, saved, fails=True)
    _expect_refused(client_environment, service, saved, "the signature does not hold")


@pytest.mark.does("assertion wrapped in another one is refused")
def test_wrapped(client_environment: ClientEnvironment, service: AssertionService) -> None:
    """The signed assertion moves into another one: its signature still holds, which xmlsec1 confirms, but of what?"""
    saved = _signed(client_environment)
    signed = etree.parse(saved).getroot()
    wrapper = deepcopy(signed)
    wrapper.set("ID", "_another")
    wrapper.find(f"{SAML}Subject/{SAML}NameID").text = "0"
    signed.remove(signed.find(SIGNATURE))
    wrapper.append(signed)
    saved.write_bytes(etree.tostring(wrapper))
    _xmlsec(client_environment, saved)
    _expect_refused(client_environment, service, saved, "the signature is of something else")


@pytest.mark.does("assertion of another holder is refused")
def test_somebody_else(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    """Another holder's assertion, good in itself, sent by who has this card."""
    (other,) = set(CARDS) - {card.name}
    with Rig(other, LATENCY) as rig:
        there = {name: value for name, value in rig.env.items() if os.environ.get(name) != value}
        saved = _signed(client_environment, env=there)
    _xmlsec(client_environment, saved)
    _expect_refused(client_environment, service, saved, "signed by somebody else than who sends it")


@pytest.mark.does("connection with the signature certificate is refused")
def test_wrong_connection(client_environment: ClientEnvironment, card: Card, service: AssertionService) -> None:
    """OpenSSL in the service looks at what the certificate may be used for."""
    signing = card_options(client_environment, card.signature)
    said = curl(client_environment, service.url, *signing, "--data", "nothing", fails=True)
    why = wait_until(lambda: service.refusals, f"a refusal, but\n{said}")
    assert "unsuitable certificate purpose" in why[0] and service.accepted == [], why[0]


def _check(accepted: Any, holder: Holder, activity: Activity) -> None:
    """The assertion has the values of the card."""
    said = _attributes(accepted)
    assert accepted.findtext(f"{SAML}Subject/{SAML}NameID") == holder.number, "of another holder"
    assert said["Identifiant_Structure"] == [activity.structure_identifier], str(said)
    assert said["Secteur_Activite"][0].partition("^")[0] == activity.sector, str(said)
    assert said[_NAME] == [f"{holder.given} {holder.surname}, {activity.structure}"], str(said)
    assert said[_ROLE] == ["10", holder.speciality], str(said)


def _expect_refused(environment: ClientEnvironment, service: AssertionService, assertion: Path, why: str) -> None:
    """Sends what is wrong with the right card."""
    said = curl(environment, service.url, *card_options(environment), "--data-binary", f"@{assertion}")
    assert f"<h1>REFUSED {why}</h1>" in said, said
    assert service.accepted == [], "accepted all the same"


def _run_documented(environment: ClientEnvironment, script: str, env: Mapping[str, str] | None = None) -> str:
    """Runs the program as docs/vihf.md writes it, and types the code porteur."""
    command = script.replace(f"python3 {_PROGRAM}", f"{sys.executable} -P {_ROOT / _PROGRAM}")
    settings = {"MODULE": environment.module, **without_pss(environment), **(env or {})}
    return environment.run("bash", "-euc", command, stdin=f"{environment.pin}\n", env=settings)


def _signed(environment: ClientEnvironment, *options: str, env: Mapping[str, str] | None = None) -> Path:
    """An assertion that is not sent yet."""
    saved = environment.directory / "assertion.xml"
    _run_documented(environment, shlex.join(["python3", _PROGRAM, "--save", str(saved), *options]), env)
    return saved


def _xmlsec(environment: ClientEnvironment, assertion: Path, *, fails: bool = False) -> None:
    identifier = "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"
    said = environment.run(
        "xmlsec1", "--verify", "--trusted-pem", environment.cards_authority, *identifier, assertion, fails=fails
    )
    assert f"SignedInfo References (ok/all): {0 if fails else 1}/1" in said, said


def _attributes(assertion: Any) -> dict[str, list[str]]:
    """The values of each, text or code."""
    found = {}
    for attribute in assertion.iter(f"{SAML}Attribute"):
        values = list(attribute.iter(f"{SAML}AttributeValue"))
        found[attribute.get("Name")] = [value.text if not len(value) else value[0].get("code") for value in values]
    return found
