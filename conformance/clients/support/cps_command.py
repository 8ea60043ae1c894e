"""The command `cps` and what it must do when its user does not want the module any more."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.clients.support.client_environment import ClientEnvironment

CPS = Path(sys.executable).with_name("cps")
ALL_IS_WELL = "Everything works"
"""The title of the page of `cps diag --web --lang en`."""


def check_removal(environment: ClientEnvironment, database: Path) -> None:
    """The command changes nothing while the browser of this NSS database is open; afterwards it removes the module."""
    refused = environment.run(CPS, "browsers", "remove", fails=True)
    assert "Rien n'a été changé" in refused, refused
    environment.stop_programs()
    environment.run(CPS, "browsers", "remove")
    assert "libcryptolib_cps" not in (database / "pkcs11.txt").read_text(), "the browser still knows the module"
