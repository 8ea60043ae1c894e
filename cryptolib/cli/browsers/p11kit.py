"""The module file of p11-kit, for GnuTLS, GNOME, OpenSSL's engine and other programs (pkcs11.conf(5))."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers import configuration_files
from cryptolib.cli.browsers.target import Program, State, TargetFailed, state_of

FILE = "cryptolib-cps.module"
# Some distributions give browsers all of p11-kit's modules through its proxy. Ours is registered directly, which works
# everywhere; through both, every card would appear twice and ask for its code twice.
_SERVED_DIRECTLY = (
    "firefox, firefox-esr, firefox-bin, thunderbird, thunderbird-esr, thunderbird-bin, "
    "chromium, chromium-browser, chrome, msedge, brave, vivaldi-bin, opera"
)


@dataclass(frozen=True, slots=True)
class ModuleFile:
    path: Path
    program: Program = Program.P11_KIT

    def state(self, module: Path) -> State:
        return state_of(module_of(configuration_files.read(self.path)), module)

    def in_use(self) -> bool:
        """Never: p11-kit reads the file when a program starts."""
        return False

    def register(self, module: Path) -> None:
        configuration_files.write(self.path, content(module))

    def unregister(self) -> None:
        configuration_files.remove(self.path)


def content(module: Path) -> str:
    """The content of the file. Its priority puts the card before other modules, whatever their file names."""
    return f"# Cryptolib CPS. See pkcs11.conf(5).\nmodule: {module}\npriority: 1\ndisable-in: {_SERVED_DIRECTLY}\n"


def module_of(text: str) -> str | None:
    return _settings(text).get("module")


def folders(root: Path, configuration: Path) -> list[Path]:
    """The folders of module files: of packages, of the administrator, of the user. Later ones override earlier ones."""
    return [root / "usr/share/p11-kit/modules", root / "etc/pkcs11/modules", configuration / "pkcs11/modules"]


def declared(places: list[Path]) -> dict[Path, str]:
    """The active modules by file. Files of the same name in several folders count as one, line by line."""
    merged: dict[str, tuple[Path, dict[str, str]]] = {}
    for path in (path for place in places for path in sorted(place.glob("*.module"))):
        with suppress(TargetFailed):  # p11-kit ignores it as well
            settings = _settings(configuration_files.read(path))
            before, earlier = merged.get(path.name, (path, {}))
            merged[path.name] = (path if "module" in settings else before, {**earlier, **settings})
    # An empty `module` disables it, and so does an `enable-in` without a program.
    return {
        path: settings["module"]
        for path, settings in merged.values()
        if settings.get("module") and settings.get("enable-in") != ""
    }


def _settings(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}
