"""A machine that lets its users in with PAM: files of its own where PAM and pam_pkcs11 look for them."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.documented_settings import settings
from conformance.clients.support.mount_namespace import in_mount_namespace
from conformance.testbed.documented_commands import blocks
from conformance.testbed.pty_driver import at_terminal

PAGE = "docs/clients/login.md"
USER = "medecin"
PASSWORD = "Repos-et-grand-air"
_SETTINGS = Path("/etc/pam_pkcs11")
_PROFILES = Path("/usr/share/pam-configs")
_STATES = (Path("/var/lib/pam"), Path("/var/cache/debconf"))  # of pam-auth-update
_SERVICES = Path("/etc/pam.d")


class LoginMachine:
    """A machine without card logins until the test runs the commands of the page."""

    def __init__(self, environment: ClientEnvironment) -> None:
        self._environment = environment
        root = environment.directory / "machine"
        root.mkdir()
        self._mounts: dict[Path, Path] = {}
        for fixed in (_SETTINGS, _PROFILES, _SERVICES, *_STATES):
            self._mounts[fixed] = Path(shutil.copytree(fixed, root / fixed.name, symlinks=True))
        hashed = environment.run("openssl", "passwd", "-6", "-stdin", stdin=f"{PASSWORD}\n").strip()
        self._add_line(root, Path("/etc/passwd"), f"{USER}:x:4242:4242::/nonexistent:/usr/sbin/nologin")
        self._add_line(root, Path("/etc/shadow"), f"{USER}:{hashed}:19000:0:99999:7:::")

    def _add_line(self, root: Path, fixed: Path, line: str) -> None:
        own = Path(shutil.copy(fixed, root))
        own.write_text(f"{own.read_text()}{line}\n")
        self._mounts[fixed] = own

    def configure(self) -> None:
        """Everything that the page asks of root, up to and with the profile of PAM."""
        environment = self._environment
        shutil.copy(environment.cards_authority, self._mounts[_SETTINGS] / "cacerts")
        (written,) = settings(environment, "Name the authority and the module", PAGE)
        (self._mounts[_SETTINGS] / "pam_pkcs11.conf").write_text(written)
        (profile,) = settings(environment, "Ask for the card", PAGE)
        (self._mounts[_PROFILES] / "cps").write_text(profile)
        (hash_links,) = blocks("Name the authority and the module", "sh", PAGE)
        (enable, _) = blocks("Ask for the card", "sh", PAGE)
        self.run(hash_links + enable)

    def register_card(self, user: str = USER) -> str:
        """Says whose card is in the reader, and gives what pam_pkcs11 says of it then."""
        (register,) = blocks("Say whose card it is", "sh", PAGE)
        return self.run(register.replace(USER, user))

    def log_in(self, *typed: str, fails: bool = False) -> str:
        """The command of the page that tries a login, and what is typed when it asks."""
        (_, attempt) = blocks("Ask for the card", "sh", PAGE)
        return self.run(attempt, *typed, fails=fails)

    def run(self, script: str, *typed: str, fails: bool = False) -> str:
        """Runs commands there, with a terminal, and types a line at each question that hides it."""
        return self._environment.run(
            *self.inside(*at_terminal("bash", "-euo", "pipefail", "-c", script)),
            stdin="\n".join(typed), env={"MODULE": self._environment.module}, fails=fails,
        )  # fmt: skip

    def inside(self, *command: str | Path) -> tuple[str | Path, ...]:
        """The command line of a program that runs there."""
        return in_mount_namespace(self._mounts, *command)
