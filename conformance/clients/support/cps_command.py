"""The command `cps` as every story uses it, and what it must do when its user does not want the module any more."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.clients.story import expect
from conformance.clients.support.client_environment import World

CPS = Path(sys.executable).with_name("cps")
ALL_IS_WELL = "Everything works"
"""The title of the page of `cps diag --web --lang en`."""


def take_out(world: World, database: Path) -> None:
    """While the browser of this NSS database is open nothing is changed; afterwards it knows the module no more."""
    refused = world.run(CPS, "browsers", "remove", fails=True)
    expect("Rien n'a été changé" in refused, refused)
    world.stop_programs()
    world.run(CPS, "browsers", "remove")
    expect("libcryptolib_cps" not in (database / "pkcs11.txt").read_text(), "the browser still knows the module")
