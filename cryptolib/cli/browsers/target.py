"""The interface of a registration target: a place where a program looks up its PKCS#11 modules."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import Protocol

from cryptolib.installation import MODULE

NAME = "Cryptolib CPS"
"""What users read in the lists of their programs."""


class Program(StrEnum):
    FIREFOX = "firefox"
    CHROMIUM = "chromium"
    THUNDERBIRD = "thunderbird"
    P11_KIT = "p11-kit"
    OPENSSL = "openssl"


BROWSERS = frozenset({Program.FIREFOX, Program.CHROMIUM, Program.THUNDERBIRD})
"""Browsers and mail: who uses them cannot be expected to know of modules. Who asks p11-kit or OpenSSL can."""


class State(StrEnum):
    REGISTERED = "registered"
    MACHINE = "machine"
    """Registered for all users of the machine."""
    STALE = "stale"
    """Registered by another path than the one of this installation."""
    ABSENT = "absent"
    SANDBOXED = "sandboxed"
    """A snap or a flatpak: the program cannot load a module from outside its sandbox."""
    NOTHING = "nothing"
    """The program is not there, or has not been started yet."""


class TargetFailed(Exception):
    """A target could not be read or changed; the text is the reason."""


class RegistrationTarget(Protocol):
    @property
    def program(self) -> Program: ...
    @property
    def path(self) -> Path: ...
    def state(self, module: Path) -> State: ...
    def in_use(self) -> bool:
        """True if a running program would undo the change or be disturbed by it."""

    def register(self, module: Path) -> None: ...
    def unregister(self) -> None: ...


@dataclass(frozen=True, slots=True)
class UnreachableTarget:
    """A target that cannot be changed, with the reason."""

    program: Program
    path: Path
    why: State

    def state(self, module: Path) -> State:
        return self.why

    def in_use(self) -> bool:
        return False

    def register(self, module: Path) -> None: ...

    def unregister(self) -> None: ...


def is_ours(library: object) -> bool:
    """True if the library is our file, through any link: other middleware may use our name."""
    return isinstance(library, str) and MODULE in {Path(library).name, Path(library).resolve().name}


def free_name(taken: Container[str]) -> str:
    """Our name, or with a number if another module has it."""
    return next(name for name in chain([NAME], (f"{NAME} {number}" for number in count(2))) if name not in taken)


def state_of(library: str | None, module: Path) -> State:
    """The state of an entry with this path; None is no entry."""
    if library is None:
        return State.ABSENT
    return State.REGISTERED if Path(library) == module else State.STALE
