"""The module file of p11-kit, for GnuTLS, GNOME, OpenSSL's engine and whatever else asks p11-kit (pkcs11.conf(5))."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers import documents
from cryptolib.cli.browsers.target import Program, State, state_of

FILE = "cryptolib-cps.module"
# Some distributions give browsers all of p11-kit's modules through its proxy. Ours they get directly, as that works
# everywhere; by both ways every card would be there twice, and ask for its code twice.
_SERVED_DIRECTLY = (
    "firefox, firefox-esr, firefox-bin, thunderbird, thunderbird-esr, thunderbird-bin, "
    "chromium, chromium-browser, chrome, msedge, brave, vivaldi-bin, opera"
)


@dataclass(frozen=True, slots=True)
class ModuleFile:
    path: Path
    program: Program = Program.P11_KIT

    def state(self, module: Path) -> State:
        return state_of(module_of(documents.read(self.path)), module)

    def in_use(self) -> bool:
        """p11-kit reads it when a program starts."""
        return False

    def register(self, module: Path) -> None:
        documents.write(self.path, content(module))

    def unregister(self) -> None:
        documents.remove(self.path)


def content(module: Path) -> str:
    return f"# Cryptolib CPS. See pkcs11.conf(5).\nmodule: {module}\ndisable-in: {_SERVED_DIRECTLY}\n"


def module_of(text: str) -> str | None:
    lines = (line.partition(":") for line in text.splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == "module"), None)
