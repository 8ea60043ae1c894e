"""The options of each command as dataclasses, so that the type checker finds wrong names."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

Options = TypeVar("Options")


def typed(kind: type[Options], given: Namespace) -> Options:
    """The options from the command line; each field has an argument of its name."""
    options: Any = kind
    return kind(**{field.name: getattr(given, field.name) for field in fields(options)})


@dataclass(frozen=True, slots=True)
class NoOptions:
    """For a command with the common options only, which are in the context."""


@dataclass(frozen=True, slots=True)
class CardOptions:
    reader: str | None
    """Part of the reader's name."""


@dataclass(frozen=True, slots=True)
class ScreenOptions(CardOptions):
    plain: bool
    """Lines instead of a screen."""


@dataclass(frozen=True, slots=True)
class CodeOptions(CardOptions):
    """For a command that may need a code."""

    pin_fd: int | None
    force: bool
    """Use the last try without asking."""


@dataclass(frozen=True, slots=True)
class ShowOptions(CodeOptions):
    situations: bool
    raw: str | None
    """The label of an object, empty for all of them."""


@dataclass(frozen=True, slots=True)
class CertificateOptions(CardOptions):
    save: Path | None
    """The folder."""


@dataclass(frozen=True, slots=True)
class DataGetOptions(CardOptions):
    file: Path | None


@dataclass(frozen=True, slots=True)
class DataPutOptions(CodeOptions):
    file: Path


@dataclass(frozen=True, slots=True)
class VihfOptions(CodeOptions):
    shape: str
    situation: int | None
    patient: str | None
    role: list[str] | None
    """Each `code^OID`."""
    attribute: list[str] | None
    """Each `name=value`."""
    save: Path | None


@dataclass(frozen=True, slots=True)
class SignOptions(CodeOptions):
    file: Path
    save: Path | None
    detached: bool
    """Beside the file even for a PDF, which is otherwise signed in itself."""


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    file: Path
    signature: Path | None
    authority: list[Path] | None
    """Certificates that are trusted, in PEM."""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    file: Path | None
    yes: bool
    """Write it without asking."""
    show: bool
    """Show what would be in it, and write nothing."""


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    only: list[str] | None
    system: bool
    root: Path


@dataclass(frozen=True, slots=True)
class DiagnosisOptions:
    pin_fd: int | None
    force: bool
    web: bool
    open: bool
    wait: float
