"""Other PKCS#11 modules for CPS cards that programs load: OpenSC, and the original."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from cryptolib.cli.browsers import configuration_files, openssl, p11kit
from cryptolib.cli.browsers.nss import NssDatabase
from cryptolib.cli.browsers.policies import Policy
from cryptolib.cli.browsers.states import user_configuration, user_targets
from cryptolib.cli.browsers.target import Program, RegistrationTarget, TargetFailed, is_ours
from cryptolib.cli.browsers.targets import of_machine
from cryptolib.cli.module import library_folders


class OtherModule(StrEnum):
    OPENSC = "opensc"
    ORIGINAL = "original"
    """That of Cryptolib CPS 5."""


@dataclass(frozen=True, slots=True)
class Declaration:
    other: OtherModule
    program: Program
    path: Path
    """The database, policy or file that it is in."""


def declared_for_user() -> list[Declaration]:
    """The other modules that this user's programs load; each place once."""
    root, configuration = Path("/"), user_configuration()
    return declared([*user_targets(), *of_machine(root)], root, configuration)


def declared(targets: list[RegistrationTarget], root: Path, configuration: Path) -> list[Declaration]:
    """The other modules below `root` and in the user's folder `configuration`. Unreadable files count as empty."""
    lists = [each for each in targets if isinstance(each, NssDatabase | Policy)]
    found = [(each.program, each.path, library) for each in lists for library in _read(each.libraries)]
    # p11-kit's files are read together, because one may switch another off.
    modules = p11kit.declared(p11kit.folders(root, configuration))
    found += [(Program.P11_KIT, path, library) for path, library in modules.items()]
    found += [(Program.OPENSSL, path, library) for path in _openssl(root) for library in _read(partial(_named, path))]
    told = [(other_module(library, root), program, path) for program, path, library in found]
    return list(dict.fromkeys(Declaration(other, program, path) for other, program, path in told if other))


def other_module(library: str, root: Path = Path("/")) -> OtherModule | None:
    """Which other module this is; None for ours, for an unknown one, and for a missing file."""
    path = _located(library, root)
    if path is None or is_ours(str(path)):
        return None
    if path.name in {"opensc-pkcs11.so", "onepin-opensc-pkcs11.so"}:
        return OtherModule.OPENSC
    return OtherModule.ORIGINAL if path.name.startswith("libcps3_pkcs11") else None


def _located(library: str, root: Path) -> Path | None:
    """The file of a path, or of a name that the loader or p11-kit looks up."""
    folders = library_folders(root)
    candidates = [folder / library for folder in (*folders, *(folder / "pkcs11" for folder in folders))]
    return next((path for path in candidates if path.is_file()), None)


def _openssl(root: Path) -> list[Path]:
    """The configuration that OPENSSL_CONF names is the only one then (config(5))."""
    named = os.environ.get("OPENSSL_CONF")
    return [Path(named)] if named else openssl.in_force(root)


def _named(path: Path) -> list[str]:
    module = openssl.module_of(configuration_files.read(path))
    return [module] if module else []


def _read(libraries: Callable[[], list[str]]) -> list[str]:
    try:
        return libraries()
    except TargetFailed:
        return []
