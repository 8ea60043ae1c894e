"""The menu entries that read or write files: a signature, an assertion, the archive for support."""

from __future__ import annotations

from pathlib import Path

from cryptolib.cli.card_choice import one_card
from cryptolib.cli.codes.entry import confirmed
from cryptolib.cli.options import ReportOptions, SignOptions, VerifyOptions, VihfOptions
from cryptolib.cli.report import command as report
from cryptolib.cli.screen.state import State
from cryptolib.cli.signature import signature_certificate
from cryptolib.cli.signing import pdf, sign, verify
from cryptolib.cli.vihf import command as vihf
from cryptolib.cli.vihf.assertion import Shape


def sign_file(state: State) -> None:
    """Sign a file; a PDF gets a separate signature file if pyHanko is missing."""
    context, options = state.context, state.options()
    _require_signature_key(state)
    file = _path(state, context.text("gestion.sign.file"))
    if file is None:
        return
    beside = pdf.is_pdf(file) and not pdf.available() and confirmed(context, context.text("gestion.sign.beside"))
    sign.run(context, SignOptions(options.reader, options.pin_fd, options.force, file, None, beside))


def verify_file(state: State) -> None:
    context = state.context
    file = _path(state, context.text("gestion.verify.file"))
    if file is None:
        return
    authority = _path(state, context.text("gestion.verify.authority"))
    verify.run(context, VerifyOptions(file, None, [authority] if authority else None))


def write_vihf(state: State) -> None:
    """Ask for the situation d'exercice after the code, which protects the list."""
    context, options = state.context, state.options()
    _require_signature_key(state)
    shapes = [*Shape]
    titles = [context.text(f"gestion.vihf.{shape}") for shape in shapes]
    chosen = state.questions.choice(context.text("gestion.vihf.shape"), titles)
    if chosen is None:
        return
    target = _path(state, context.text("gestion.vihf.target"))
    wanted = VihfOptions(
        options.reader, options.pin_fd, options.force, shapes[chosen],
        situation=None, patient=None, role=None, attribute=None, save=target,
    )  # fmt: skip
    vihf.run(context, wanted)


def make_report(state: State) -> None:
    default = report.default_path().absolute()
    target = _path(state, state.context.text("gestion.report.target", path=default)) or default
    report.run(state.context, ReportOptions(target, yes=False, show=False))


def _require_signature_key(state: State) -> None:
    """Called first, so that nobody is asked for a file in vain."""
    _, card = one_card(state.context, state.options().reader)
    signature_certificate(card)


def _path(state: State, prompt: str) -> Path | None:
    named = state.questions.line(prompt)
    return Path(named).expanduser() if named else None
