"""An OpenSSL configuration with the module, for programs whose OPENSSL_CONF names it (config(5)).

The system's configuration is not changed: it would load the module into every program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers import configuration_files
from cryptolib.cli.browsers.target import Program, State, state_of
from cryptolib.cli.module import library_folders

_HEAD = """\
# Cryptolib CPS for OpenSSL, from “cps browsers install”. To use it: export OPENSSL_CONF={path}
openssl_conf = cryptolib_cps

[cryptolib_cps]
"""
_PROVIDER = """\
providers = cryptolib_cps_providers

[cryptolib_cps_providers]
default = cryptolib_cps_default
pkcs11 = cryptolib_cps_pkcs11

[cryptolib_cps_default]
activate = 1

[cryptolib_cps_pkcs11]
module = {library}
pkcs11-module-path = {module}
activate = 1
"""
_ENGINE = """\
engines = cryptolib_cps_engines

[cryptolib_cps_engines]
pkcs11 = cryptolib_cps_pkcs11

[cryptolib_cps_pkcs11]
engine_id = pkcs11
dynamic_path = {library}
MODULE_PATH = {module}
init = 0
"""


@dataclass(frozen=True, slots=True)
class Configuration:
    path: Path
    library: Path
    """OpenSSL's own half: the provider or the engine for PKCS#11."""
    program: Program = Program.OPENSSL

    def state(self, module: Path) -> State:
        return state_of(module_of(configuration_files.read(self.path)), module)

    def in_use(self) -> bool:
        """Never: OpenSSL reads it when a program starts."""
        return False

    def register(self, module: Path) -> None:
        template = _HEAD + (_PROVIDER if self.library.parent.name == "ossl-modules" else _ENGINE)
        configuration_files.write(self.path, template.format(path=self.path, library=self.library, module=module))

    def unregister(self) -> None:
        configuration_files.remove(self.path)


def library(root: Path) -> Path | None:
    """The path of the provider, else of the engine, else None."""
    folders = library_folders(root)
    found = [folder / kind / "pkcs11.so" for kind in ("ossl-modules", "engines-3") for folder in folders]
    return next((path for path in found if path.exists()), None)


def module_of(text: str) -> str | None:
    pairs = (line.partition("#")[0].partition("=") for line in text.splitlines())
    settings = {key.strip(): value.strip() for key, _, value in pairs}
    return settings.get("pkcs11-module-path") or settings.get("MODULE_PATH")


def in_force(root: Path) -> list[Path]:
    """The configurations that OpenSSL reads by default, in the places of Debian and Fedora."""
    return [root / "etc/ssl/openssl.cnf", root / "etc/pki/tls/openssl.cnf"]
