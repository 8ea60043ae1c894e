"""signxml: an assertion as DMP and INSi want it (VIHF), signed and sent with the card; docs/vihf.md tells how."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree

from conformance.clients.servers.assertion_service import SAML, SIGNATURE, AssertionService
from conformance.clients.servers.web_server import TLS12, TLS13
from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import LATENCY, World, eventually
from conformance.clients.support.curl import card_options, curl, without_pss
from conformance.testbed.cards import CARDS
from conformance.testbed.documented_commands import blocks
from conformance.testbed.rig import Rig
from conformance.virtual_card.contents import ACTIVITIES, Activity
from conformance.virtual_card.identity import Holder, identity

_CLIENT = "signxml and curl"
_ROOT = Path(__file__).parents[2]
_PROGRAM = "conformance/clients/programs/vihf.py"
_NAME = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
_ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"


def assertion(world: World) -> None:
    """As docs/vihf.md tells, for each situation of the holder; xmlsec1 agrees with the service about the signatures."""
    sending, verifying = blocks("Sign and send it", "sh", "docs/vihf.md")
    verifying = verifying.replace("cards.pem", str(world.cards_authority))
    with _service(world) as service:
        authority = str(world.authority.certificate)
        sending = sending.replace("https://host/", service.url).replace("authority.pem", authority)
        for activity in ACTIVITIES[world.card.name]:
            said = _play(world, sending.replace("--situation 01", f"--situation {activity.number:02}"))
            expect("<h1>ACCEPTED</h1>" in said, said)
            expect("SignedInfo References (ok/all): 1/1" in world.run("bash", "-euc", verifying), "not for xmlsec1")
        expect(service.refusals == [], "; ".join(service.refusals))
        for activity, accepted in zip(ACTIVITIES[world.card.name], service.accepted, strict=True):
            _check(accepted, identity(world.card.name).holder, activity)


def wrong_key(world: World) -> None:
    saved = _signed(world, "--key", world.card.authentication.private)
    _xmlsec(world, saved)
    _refused(world, saved, "the certificate of the signature is not for signatures")


def tampered(world: World) -> None:
    saved = _signed(world)
    sector = ACTIVITIES[world.card.name][0].sector.encode()
    saved.write_bytes(saved.read_bytes().replace(sector, b"SA01"))
    _xmlsec(world, saved, fails=True)
    _refused(world, saved, "the signature does not hold")


def wrapped(world: World) -> None:
    """The signed assertion moves into another one: its signature still holds, which xmlsec1 confirms, but of what?"""
    saved = _signed(world)
    inside = etree.parse(saved).getroot()
    around = deepcopy(inside)
    around.set("ID", "_another")
    around.find(f"{SAML}Subject/{SAML}NameID").text = "0"
    inside.remove(inside.find(SIGNATURE))
    around.append(inside)
    saved.write_bytes(etree.tostring(around))
    _xmlsec(world, saved)
    _refused(world, saved, "the signature is of something else")


def somebody_else(world: World) -> None:
    """Another holder's assertion, good in itself, sent by who has this card."""
    (other,) = set(CARDS) - {world.card.name}
    with Rig(other, LATENCY) as rig:
        there = {name: value for name, value in rig.env.items() if os.environ.get(name) != value}
        saved = _signed(world, env=there)
    _xmlsec(world, saved)
    _refused(world, saved, "signed by somebody else than who sends it")


def _check(accepted: Any, holder: Holder, activity: Activity) -> None:
    """What the assertion says is what the card was made with."""
    said = _attributes(accepted)
    expect(accepted.findtext(f"{SAML}Subject/{SAML}NameID") == holder.number, "of another holder")
    expect(said["Identifiant_Structure"] == [activity.structure_identifier], str(said))
    expect(said["Secteur_Activite"][0].partition("^")[0] == activity.sector, str(said))
    expect(said[_NAME] == [f"{holder.given} {holder.surname}, {activity.structure}"], str(said))
    expect(said[_ROLE] == ["10", holder.speciality], str(said))


def _service(world: World) -> AssertionService:
    return AssertionService(world, TLS12 if world.card.generation == "CPS3" else TLS13)


def wrong_connection(world: World) -> None:
    """OpenSSL in the service looks at what the certificate may be used for."""
    with _service(world) as service:
        signing = card_options(world, world.card.signature)
        said = curl(world, service.url, *signing, "--data", "nothing", fails=True)
        why = eventually(lambda: service.refusals, f"a refusal, but\n{said}")
        expect("unsuitable certificate purpose" in why[0] and service.accepted == [], why[0])


def _refused(world: World, assertion: Path, why: str) -> None:
    """Sends what is wrong with the right card."""
    with _service(world) as service:
        said = curl(world, service.url, *card_options(world), "--data-binary", f"@{assertion}")
        expect(f"<h1>REFUSED {why}</h1>" in said, said)
        expect(service.accepted == [], "accepted all the same")


def _play(world: World, script: str, env: Mapping[str, str] | None = None) -> str:
    """Runs the program as docs/vihf.md writes it, and types the code porteur."""
    command = script.replace(f"python3 {_PROGRAM}", f"{sys.executable} -P {_ROOT / _PROGRAM}")
    told = {"MODULE": world.module, **without_pss(world), **(env or {})}
    return world.run("bash", "-euc", command, feed=f"{world.pin}\n", env=told)


def _signed(world: World, *options: str, env: Mapping[str, str] | None = None) -> Path:
    """An assertion that is not sent yet."""
    saved = world.directory / "assertion.xml"
    _play(world, shlex.join(["python3", _PROGRAM, "--save", str(saved), *options]), env)
    return saved


def _xmlsec(world: World, assertion: Path, *, fails: bool = False) -> None:
    identifier = "--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"
    said = world.run("xmlsec1", "--verify", "--trusted-pem", world.cards_authority, *identifier, assertion, fails=fails)
    expect(f"SignedInfo References (ok/all): {0 if fails else 1}/1" in said, said)


def _attributes(assertion: Any) -> dict[str, list[str]]:
    """The values of each, text or code."""
    found = {}
    for attribute in assertion.iter(f"{SAML}Attribute"):
        values = list(attribute.iter(f"{SAML}AttributeValue"))
        found[attribute.get("Name")] = [value.text if not len(value) else value[0].get("code") for value in values]
    return found


STORIES = (
    Story(_CLIENT, "assertion signed, sent over mutual TLS and accepted", assertion),
    Story(_CLIENT, "assertion signed with the authentication key is refused", wrong_key),
    Story(_CLIENT, "connection with the signature certificate is refused", wrong_connection),
    Story(_CLIENT, "assertion changed after its signature is refused", tampered),
    Story(_CLIENT, "assertion wrapped in another one is refused", wrapped),
    Story(_CLIENT, "assertion of another holder is refused", somebody_else),
)
