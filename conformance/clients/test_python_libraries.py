"""python-pkcs11 and PyKCS11: everything they can do to a card, with threads, and both of them in one process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.cards import WRONG_PIN, Card
from conformance.testbed.signing_jobs import request, wrong_signatures

_PROGRAMS = Path(__file__).parent / "programs"
_SIGNING_PROGRAMS = Path(__file__).parents[1] / "module" / "programs"

_each_library = pytest.mark.parametrize("library", ["python-pkcs11", "PyKCS11"])


@pytest.mark.client("{library}")
@pytest.mark.does("slots, login, search, attributes, digests, random")
@_each_library
def test_everything_but_signatures(client_environment: ClientEnvironment, library: str) -> None:
    lines = (client_environment.module, client_environment.pin, WRONG_PIN.decode())
    program = _PROGRAMS / f"explore_with_{_identifier(library)}.py"
    printed = client_environment.run(sys.executable, "-P", program, stdin="\n".join(lines) + "\n")
    assert printed == "explored\n", printed
    assert client_environment.rig.pin_tries == 3


@pytest.mark.client("{library}")
@pytest.mark.does("every signature, alone and in four threads")
@_each_library
def test_every_signature(client_environment: ClientEnvironment, card: Card, library: str) -> None:
    program = _SIGNING_PROGRAMS / f"sign_with_{_identifier(library)}.py"
    printed = client_environment.run(
        sys.executable, "-P", program, stdin=request(client_environment.module, card),
        env={"CPS_TEST_PIN": client_environment.pin}, seconds=120,
    )  # fmt: skip
    assert wrong_signatures(card, printed) == []


@pytest.mark.client("python-pkcs11 and PyKCS11")
@pytest.mark.does("both in one process")
def test_both_libraries(client_environment: ClientEnvironment) -> None:
    lines = f"{client_environment.module}\n{client_environment.pin}\n"
    printed = client_environment.run(sys.executable, "-P", _PROGRAMS / "use_both_libraries.py", stdin=lines)
    assert printed == "both libraries were served\n", printed


def _identifier(library: str) -> str:
    return library.lower().replace("-", "_")
