"""Frequent problems of users: `cps status`, `show`, `diag` and the screen name each one and its next step."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.testbed.cards import EVERY_CARD
from conformance.testbed.cps_command import BUSY, FAILURE, WARNING, Cps, give_wrong_code, in_one_line
from conformance.testbed.gestion_screen import opened
from conformance.testbed.rig import Rig

COMMANDS = ("status", "show", "diag")
CERTIFICATES = {"signature": "3F00/0001/A001", "authentication": "3F00/0001/A002"}
EF_ACTUA = "3F00/D010"
WIDE = 200
"""Columns of a terminal of 24 lines: each message fits on one line, and the important ones are visible."""


@pytest.fixture(params=["cps3", "cps4"])
def name(request: pytest.FixtureRequest, rig: Rig) -> Iterator[str]:
    """The name of the card in the reader. The card is as issued again after the test."""
    inserted: str = request.param
    rig.insert(inserted)
    rig.new_pins()
    rig.clear_cache()
    yield inserted
    rig.vary()  # as issued
    rig.new_pins()
    rig.clear_cache()
    rig.insert("cps4")


@pytest.fixture
def cps(rig: Rig) -> Cps:
    return Cps({**rig.env, "LC_ALL": "fr_FR.UTF-8"})


def require_said(
    cps: Cps, rig: Rig, codes: dict[str, int], wanted: tuple[str, ...], on_screen: tuple[str, ...]
) -> None:
    for command, code in codes.items():
        answer = cps(command)
        shown = in_one_line(answer.text)
        assert answer.code == code, answer
        assert [each for each in wanted if each not in shown] == [], shown
        assert "Unmapped" not in shown and "DeviceError" not in shown
    with opened(rig, columns=WIDE) as screen:
        screen.wait_for(*on_screen)


@pytest.mark.parametrize(
    ("days", "code", "said"),
    [
        (20, WARNING, ("ATTENTION expire le", "demandez le renouvellement de la carte")),
        (-20, FAILURE, ("ÉCHEC expiré depuis le", "Demandez une nouvelle carte")),
    ],
)
def test_an_expired_or_expiring_card_comes_with_the_next_step(
    cps: Cps, rig: Rig, name: str, days: int, code: int, said: tuple[str, ...]
) -> None:
    for role, path in CERTIFICATES.items():
        rig.put_file(path, ending(name, role, datetime.now(UTC) + timedelta(days=days)))
    require_said(cps, rig, dict.fromkeys(COMMANDS, code), said, said)


def ending(name: str, role: str, end: datetime) -> bytes:
    """The card's certificate with another end date; its signature is not checked in this test."""
    card = EVERY_CARD[name]
    issued = card.certificate(card.keys_of(role))
    made = x509.CertificateBuilder(
        issued.issuer, issued.subject, issued.public_key(), issued.serial_number, issued.not_valid_before_utc, end,
        list(issued.extensions),
    )  # fmt: skip
    return made.sign(rsa.generate_private_key(65537, 2048), hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("name", ["cps3"], indirect=True)  # no other card dates its updates
def test_a_failed_update_comes_with_the_next_step(cps: Cps, rig: Rig, name: str) -> None:
    rig.put_file(EF_ACTUA, bytes(20))
    said = ("dernière mise à jour de la carte", "a échoué", "Faites refaire sa mise à jour", "esante.gouv.fr")
    require_said(cps, rig, dict.fromkeys(COMMANDS, FAILURE), said, said)
    assert cps("show", "--json").facts["failure"] == "failure.update_failed"
    (state, *_) = cps("status", "--json").facts["readers"]
    assert state["state"] == "update_failed"


def test_a_blocked_code_comes_with_the_next_step(cps: Cps, rig: Rig, name: str) -> None:
    while rig.pin_tries:
        give_wrong_code(rig.env)
    codes = dict.fromkeys(COMMANDS, FAILURE)
    said = "permet d'en choisir un nouveau, avec le code de déblocage."
    require_said(cps, rig, codes, ("bloqué", f"« cps code unblock » {said}"), (f"« Débloquer code » {said}",))
    while rig.puk_tries:
        cps("code", "unblock", "--pin-fd", "0", "--force", typed="99999999\n4321\n")
    order = "emandez une nouvelle carte"
    require_said(cps, rig, codes, (order, "esante.gouv.fr"), (order, "Carte inutilisable : ses deux codes"))


def test_a_card_in_use_comes_with_the_next_step(cps: Cps, rig: Rig, name: str) -> None:
    said = ("n autre programme utilise la carte", "gpgconf --kill scdaemon")
    with rig.exclusive_to_another():
        require_said(cps, rig, {"status": BUSY, "show": BUSY, "diag": FAILURE}, said, said)


def test_a_silent_service_comes_with_the_next_step(cps: Cps, rig: Rig) -> None:
    """A program that starts now finds no reader; a running one still has the readers."""
    rig.insert("cps4")
    with opened(rig) as screen:
        screen.wait_for("aucun essai consommé")
        rig.freeze_pcscd()
        try:
            for command in COMMANDS:
                shown = in_one_line(cps(command).text)
                assert "pcscd" in shown and "ne répond pas" in shown
                assert "sudo systemctl restart pcscd.service" in shown
            screen.wait_for("Le service des lecteurs (pcscd) ne répond pas.", "systemctl restart pcscd.service")
        finally:
            rig.thaw_pcscd()
        screen.wait_for("Identification du porteur", "aucun essai consommé")
