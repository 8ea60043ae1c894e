"""python-pkcs11 and PyKCS11: everything they can do to a card, with threads, and both of them in one process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from conformance.clients.story import Story, expect
from conformance.clients.support.client_environment import World
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.signing_jobs import mistakes, told

_PROGRAMS = Path(__file__).parent / "programs"
_SIGNING_PROGRAMS = Path(__file__).parents[1] / "module" / "programs"


def _signs(program: str) -> Callable[[World], None]:
    def every_signature(world: World) -> None:
        printed = world.run(
            sys.executable, "-P", _SIGNING_PROGRAMS / program,
            feed=told(world.module, world.card), env={"CPS_TEST_PIN": world.pin}, seconds=120,
        )  # fmt: skip
        wrong = mistakes(world.card, printed)
        expect(not wrong, ", ".join(wrong))

    return every_signature


def _explores(program: str) -> Callable[[World], None]:
    def explore(world: World) -> None:
        lines = (world.module, world.pin, WRONG_PIN.decode())
        printed = world.run(sys.executable, "-P", _PROGRAMS / program, feed="\n".join(lines) + "\n")
        expect(printed == "explored\n", printed)
        expect(world.rig.pin_tries == 3, f"{world.rig.pin_tries} tries are left after the right code")

    return explore


def both(world: World) -> None:
    printed = world.run(
        sys.executable, "-P", _PROGRAMS / "use_both_libraries.py", feed=f"{world.module}\n{world.pin}\n"
    )
    expect(printed == "both libraries were served\n", printed)


_EXPLORED = "slots, login, search, attributes, digests, random"
_SIGNED = "every signature, alone and in four threads"

STORIES = (
    Story("python-pkcs11", _EXPLORED, _explores("explore_with_python_pkcs11.py")),
    Story("python-pkcs11", _SIGNED, _signs("sign_with_python_pkcs11.py")),
    Story("PyKCS11", _EXPLORED, _explores("explore_with_pykcs11.py")),
    Story("PyKCS11", _SIGNED, _signs("sign_with_pykcs11.py")),
    Story("python-pkcs11 and PyKCS11", "both in one process", both),
)
