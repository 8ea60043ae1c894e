"""The action of each menu entry: it runs commands, in the right order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cryptolib.cli import certificate_list, selftest, status
from cryptolib.cli.card_choice import library, no_reader, one_card
from cryptolib.cli.cards import Tries, card_in_use
from cryptolib.cli.codes import command as codes
from cryptolib.cli.codes.lines import tries_lines
from cryptolib.cli.codes.login import holder_session
from cryptolib.cli.context import Context
from cryptolib.cli.diagnosis import command as diagnosis
from cryptolib.cli.failure import Failure
from cryptolib.cli.options import CardOptions, CertificateOptions, CodeOptions, DiagnosisOptions, NoOptions, ShowOptions
from cryptolib.cli.screen.documents import make_report, sign_file, verify_file, write_vihf
from cryptolib.cli.screen.state import State
from cryptolib.cli.screen.traces import folder, traces
from cryptolib.cli.severity import NEEDS_ATTENTION, Severity
from cryptolib.cli.show import command as show
from cryptolib.cli.show.holder import certificate_line, holder_lines, identity_lines
from cryptolib.cli.show.situations import situation_lines
from cryptolib.cli.watch import snapshots

Action = Callable[[State], None]


def run(state: State, name: str) -> None:
    """Run the action of an entry. Its result, or the reason for a failure, is shown and goes into the journal."""
    state.output.clear()
    state.journal.add(state.context.text(f"gestion.menu.{name}"))
    try:
        with card_in_use():
            ACTIONS[name](state)
    except Failure as failure:
        failure.report(state.context)


def change_card(state: State) -> None:
    state.questions.new_card(state.context.text("gestion.change_card"))


def change_code(state: State) -> None:
    _with_code(state, codes.change)


def unblock_code(state: State) -> None:
    _with_code(state, codes.unblock)


def enter_code(state: State) -> None:
    """Present the code porteur, without doing anything else."""
    _with_code(state, _present)


def _present(context: Context, options: CodeOptions) -> None:
    _, card = one_card(context, options.reader)
    if card.code is Tries.NONE:
        raise Failure("failure.no_code")
    with holder_session(context, card, options):
        context.output.line(context.text("gestion.code_right"), Severity.OK)


def _with_code(state: State, command: Callable[[Context, CodeOptions], object]) -> None:
    """Show the tries left before and after the command."""
    options = state.options()
    codes.status(state.context, CardOptions(options.reader))
    state.output.clear()
    try:
        command(state.context, options)
    except Failure as failure:
        failure.report(state.context)
    codes.status(state.context, CardOptions(options.reader))


def read_data(state: State) -> None:
    """Show the two blocks of CPS Gestion's first screen, then codes and certificates. Warnings come first:
    further down they may be out of sight.
    """
    context, options = state.context, state.options()
    _, card = one_card(context, options.reader)
    held = show.read(context, card, _show(options))
    messages, now = context.messages, datetime.now(UTC)
    panels = {
        "gestion.holder": holder_lines(held, messages),
        "gestion.card": identity_lines(held, messages, now),
        "gestion.codes": [*tries_lines(card, messages)],
        "gestion.certificates": [certificate_line(each, messages, now) for each in held.certificates],
    }
    if warnings := [line for lines in panels.values() for line in lines if line.severity in NEEDS_ATTENTION]:
        context.output.panel(context.text("gestion.attention"), warnings)
    for title, lines in panels.items():
        context.output.panel(context.text(title), lines)


def read_situations(state: State) -> None:
    """Show holder and situations; asks for the code porteur."""
    context, options = state.context, state.options()
    _, card = one_card(context, options.reader)
    held = show.read(context, card, _show(options, situations=True))
    context.output.panel(context.text("gestion.holder"), holder_lines(held, context.messages))
    for title, lines in situation_lines(held, context.messages):
        context.output.panel(title, lines)


def read_certificates(state: State) -> None:
    certificate_list.run(state.context, CertificateOptions(state.options().reader, None))


def save_certificates(state: State) -> None:
    options = state.options()
    one_card(state.context, options.reader)  # first, so that nobody is asked for a folder in vain
    named = state.questions.line(state.context.text("gestion.folder"))
    if named:
        certificate_list.run(state.context, CertificateOptions(options.reader, Path(named).expanduser()))


def check_services(state: State) -> None:
    selftest.run(state.context, state.options())


def check_readers(state: State) -> None:
    status.run(state.context, NoOptions())


def change_reader(state: State) -> None:
    """Use the chosen reader from now on, whatever is in the others."""
    names = list(snapshots(library()))
    if not names:
        raise no_reader()
    chosen = state.questions.choice(state.context.text("gestion.which_reader"), names)
    if chosen is not None:
        state.reader = names[chosen]
        read_data(state)


def show_journal(state: State) -> None:
    for line in state.journal.lines:
        state.context.output.plain(line)


def show_diagnosis(state: State) -> None:
    options = DiagnosisOptions(pin_fd=None, force=False, web=False, open=False, wait=0)
    diagnosis.run(state.context, options)


def show_traces(state: State) -> None:
    found = traces()
    for path, lines in found:
        state.context.output.line(str(path))
        for line in lines:
            state.context.output.plain(line)
    if not found:
        state.context.output.line(state.context.text("gestion.no_traces", folder=folder()))


def show_objects(state: State) -> None:
    options = state.options()
    show.run(state.context, replace(_show(options), raw=""))


def _show(options: CodeOptions, *, situations: bool = False) -> ShowOptions:
    return ShowOptions(options.reader, options.pin_fd, options.force, situations, None)


_ALL: tuple[Action, ...] = (
    change_card, change_code, unblock_code, enter_code,
    read_data, read_situations, read_certificates, save_certificates, check_services,
    check_readers, change_reader,
    show_journal, show_diagnosis, show_traces, show_objects,
    sign_file, verify_file, write_vihf, make_report,
)  # fmt: skip
ACTIONS = {action.__name__: action for action in _ALL}
