"""The registration targets of a user, and of the machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cryptolib.cli.browsers import locks, openssl, p11kit
from cryptolib.cli.browsers.nss import NssDatabase
from cryptolib.cli.browsers.policies import Policy
from cryptolib.cli.browsers.profiles import (
    CHROMIUM,
    CHROMIUM_DATABASE,
    CHROMIUM_SANDBOXED,
    MOZILLA,
    profile_folders,
)
from cryptolib.cli.browsers.target import Program, RegistrationTarget, State, UnreachableTarget

_ROOT = Path("/")
# A policy in /etc hides the one beside the program, so an existing one there is the target.
_BESIDE = {
    Program.FIREFOX: ("usr/lib/firefox-esr", "usr/lib/firefox", "usr/lib64/firefox", "opt/firefox"),
    Program.THUNDERBIRD: ("usr/lib/thunderbird", "usr/lib64/thunderbird", "opt/thunderbird"),
}


def of_user(home: Path, configuration: Path) -> list[RegistrationTarget]:
    """The targets of a user; `configuration` is his configuration folder."""
    return [
        *_mozilla(Program.FIREFOX, home),
        *_chromium(home),
        *_mozilla(Program.THUNDERBIRD, home),
        p11kit.ModuleFile(configuration / "pkcs11" / "modules" / p11kit.FILE),
        _openssl(configuration / "cryptolib-cps" / "openssl.cnf", _ROOT),
    ]


def of_machine(root: Path) -> list[RegistrationTarget]:
    """The targets below `root`, which is / except for a system that is being prepared."""
    return [
        *_policies(Program.FIREFOX, root),
        UnreachableTarget(Program.CHROMIUM, Path("~", CHROMIUM_DATABASE), State.NOTHING),
        *_policies(Program.THUNDERBIRD, root),
        _module_file(root),
        _openssl(root / "etc/cryptolib-cps/openssl.cnf", root),
    ]


def _mozilla(program: Program, home: Path) -> list[RegistrationTarget]:
    found: list[RegistrationTarget] = []
    kinds = [kind for kind in MOZILLA if kind.program is program]
    for kind in kinds:
        if kind.sandboxed and (home / kind.folder).is_dir():
            found.append(UnreachableTarget(program, home / kind.folder, State.SANDBOXED))
        elif not kind.sandboxed:
            profiles = profile_folders(home / kind.folder)
            found += [NssDatabase(program, path, partial(locks.mozilla_runs, path)) for path in profiles]
    return found or [UnreachableTarget(program, home / kinds[0].folder, State.NOTHING)]


def _chromium(home: Path) -> list[RegistrationTarget]:
    folders = [home / name for name in CHROMIUM]
    database = home / CHROMIUM_DATABASE
    found: list[RegistrationTarget] = [
        UnreachableTarget(Program.CHROMIUM, home / name, State.SANDBOXED)
        for name in CHROMIUM_SANDBOXED
        if (home / name).is_dir()
    ]
    if database.is_dir() or any(folder.is_dir() for folder in folders):
        found.insert(0, NssDatabase(Program.CHROMIUM, database, lambda: any(map(locks.chromium_runs, folders))))
    return found or [UnreachableTarget(Program.CHROMIUM, database, State.NOTHING)]


def _policies(program: Program, root: Path) -> list[RegistrationTarget]:
    etc = root / "etc" / program / "policies" / "policies.json"
    beside = [root / folder / "distribution" / "policies.json" for folder in _BESIDE[program]]
    there = [] if etc.exists() else [path for path in beside if path.exists()]
    return [Policy(program, path) for path in there or [etc]]


def _module_file(root: Path) -> RegistrationTarget:
    packaged = root / "usr/share/p11-kit/modules" / p11kit.FILE
    if packaged.exists():
        return UnreachableTarget(Program.P11_KIT, packaged, State.REGISTERED)
    return p11kit.ModuleFile(root / "etc/pkcs11/modules" / p11kit.FILE)


def _openssl(path: Path, root: Path) -> RegistrationTarget:
    library = openssl.library(root)
    if library is None:
        return UnreachableTarget(Program.OPENSSL, path, State.NOTHING)
    return openssl.Configuration(path, library)
