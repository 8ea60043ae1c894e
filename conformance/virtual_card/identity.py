"""The fictitious holders of the virtual cards, their keys and certificates, and the test authority.

``python -m conformance.virtual_card.identity --card cps4 --out DIR`` writes the certificates as PEM. Certificates: RFC
5280; PEM: RFC 7468.
"""

from __future__ import annotations

import argparse
import base64
import json
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.virtual_card.rsa import PrivateKey

_DATA_FILE = Path(__file__).with_name("identities.json")
_CARD_IDENTITIES = {"cps3": "cps3", "cps3cl": "cps3", "cps4": "cps4", "cps4-other": "cps3"}
DOCTOR = "doctor"
"""The holder of a card that is named without one; each generation has its own."""
HOLDERS = ("pharmacist", "cpf", "cpe", "cpe-service", "cpa")
"""The other holders, who can have a card of either generation: named `cps4:pharmacist`."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The data about a holder on the card."""

    serial: str
    title: str
    given: str
    surname: str
    number: str
    """National identifier: one digit for the type, then the identifier."""
    speciality: str
    civility: int
    card_type: int
    """Of nomenclature G02: 0 CPS, 1 CPF, 2 CPE, 3 CPA."""
    profession: int | None
    """Of nomenclature G15, as a number; None where the card does not have the field."""
    future: int | None = 0
    """The future profession of a CPF, the métier of a CPA; 0 is none."""
    structure: str = ""
    structure_identifier: str = ""
    pseudonym: str = ""
    """Of a card without a name."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A private key and the certificate of its public key."""

    key: PrivateKey
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """A card's holder, credentials by role (signature, authentication, technical), and authority.

    `name` distinguishes the identities of all cards.
    """

    name: str
    holder: Holder
    credentials: dict[str, Credential]
    authority: bytes


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_DATA_FILE.read_text(encoding="utf-8"))
    return loaded


def card_name(profile: str, holder: str) -> str:
    return profile if holder == DOCTOR else f"{profile}:{holder}"


def identity(card: str) -> Identity:
    """The identity written on a card; the contactless CPS3 is the CPS3 seen through its antenna."""
    data = _data()
    profile, _, holder = card.partition(":")
    name = holder or _CARD_IDENTITIES[profile]
    entry = data["cards"][name]
    return Identity(
        name,
        Holder(**entry["holder"]),
        {
            role: Credential(
                PrivateKey(int(secret["p"], 16), int(secret["q"], 16)), base64.b64decode(secret["certificate"])
            )
            for role, secret in entry["keys"].items()
            if role != "technical" or not profile.startswith("cps4")  # a CPS4 has no contactless interface
        },
        base64.b64decode(data["authority"]),
    )


def pem(certificate: bytes) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(certificate).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def export(card: str, directory: Path) -> list[Path]:
    """Writes ``ca.pem`` and one ``<role>.pem`` per certificate of the card; gives the files written."""
    who = identity(card)
    directory.mkdir(parents=True, exist_ok=True)
    certificates = {"ca": who.authority} | {role: held.certificate for role, held in who.credentials.items()}
    written = []
    for name, certificate in certificates.items():
        path = directory / f"{name}.pem"
        path.write_text(pem(certificate), encoding="ascii")
        written.append(path)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m conformance.virtual_card.identity", description=__doc__)
    parser.add_argument("--card", choices=sorted(_CARD_IDENTITIES), required=True)
    parser.add_argument("--holder", choices=(DOCTOR, *HOLDERS), default=DOCTOR)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the PEM files to")
    options = parser.parse_args()
    for path in export(card_name(options.card, options.holder), options.out):
        print(path)


if __name__ == "__main__":
    main()
