"""The module where p11-kit finds it, for GnuTLS and all that is built on it; as docs/clients/p11-kit.md says."""

from __future__ import annotations

import os
from collections.abc import Mapping

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.documented_commands import TOKEN, blocks
from conformance.testbed.pty_driver import at_terminal

# p11-kit does not look at what root registered: root becomes another user.
AS_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--") if os.geteuid() == 0 else ()


def register(environment: ClientEnvironment, *, alone: bool = False) -> str:
    """Gives what p11-kit lists; ``alone``: without OpenSC's module, which sees a token in a CPS3, too."""
    if alone:
        settings = environment.home / ".config" / "pkcs11" / "pkcs11.conf"
        settings.parent.mkdir(parents=True)
        settings.write_text("user-config: only\n")
    (script,) = blocks("Register the module", "sh", "docs/clients/p11-kit.md")
    return environment.run(*AS_USER, "bash", "-euc", script, env={"MODULE": environment.module})


def run_documented(
    environment: ClientEnvironment,
    script: str,
    *typed: str,
    env: Mapping[str, str] | None = None,
    fails: bool = False,
) -> str:
    """Runs commands of docs/clients on a terminal, and types there what they ask for."""
    return environment.run(
        *AS_USER, *at_terminal("bash", "-euc", TOKEN + script), stdin="\n".join(typed),
        env={"MODULE": environment.module, **(env or {})}, fails=fails,
    )  # fmt: skip
