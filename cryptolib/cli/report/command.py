"""`cps report`: an archive for support. Lists its files, and shows them on request, before it writes."""

from __future__ import annotations

import zipfile
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from cryptolib.cli.codes.entry import somebody_there
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.files import PRIVATE, require_absent, write_new
from cryptolib.cli.options import ReportOptions
from cryptolib.cli.output import Line
from cryptolib.cli.report.contents import Entry, entries
from cryptolib.cli.severity import Severity
from cryptolib.cli.user_choice import choose


class Decision(StrEnum):
    """What to do with the archive; each value is a message key."""

    NOTHING = "report.nothing"
    SEE = "report.look"
    WRITE = "report.write"


def run(context: Context, options: ReportOptions) -> Exit:
    path = options.file or default_path()
    require_absent(path)
    with context.output.working(context.text("working.gathering")):
        found = entries(context.messages)
    if options.show:
        _show(context, found)
        return Exit.OK
    if not context.json:
        _list(context, found)
    wanted = options.yes or _confirmed(context, found, path)
    if wanted:
        write_new(path, archive(found), PRIVATE)
    if context.json:
        _answer(context, found, path if wanted else None)
    elif wanted:
        context.output.line(context.text("report.written", path=path), Severity.OK)
    else:
        raise Failure("failure.not_confirmed", Exit.REFUSED)
    return Exit.OK if wanted else Exit.REFUSED


def default_path() -> Path:
    """A file in the current folder."""
    return Path(f"cps-report-{datetime.now():%Y%m%d-%H%M%S}.zip")


def archive(found: list[Entry]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for each in found:
            packed.writestr(f"cps-report/{each.name}", each.text)
    return content.getvalue()


def _confirmed(context: Context, found: list[Entry], path: Path) -> bool:
    """Ask whether to write the archive; ask again after showing it."""
    ask = _typed if context.dialogue is None else _chosen
    while somebody_there(context):
        decision = ask(context, path)
        if decision is not Decision.SEE:
            return decision is Decision.WRITE
        context.output.clear()
        _show(context, found)
    return False


def _typed(context: Context, path: Path) -> Decision:
    answer = input(context.text("report.prompt", path=path)).strip().casefold()
    words = {context.text("report.see"): Decision.SEE, context.text("confirm.yes"): Decision.WRITE}
    return words.get(answer, Decision.NOTHING)


def _chosen(context: Context, path: Path) -> Decision:
    decisions = [*Decision]
    chosen = choose(context, context.text("report.question", path=path), [context.text(each) for each in decisions])
    return Decision.NOTHING if chosen is None else decisions[chosen]


def _list(context: Context, found: list[Entry]) -> None:
    lines = [
        Line(each.name, context.text("report.entry", what=context.text(each.key), size=_size(each))) for each in found
    ]
    context.output.panel(context.text("report.title"), lines)
    context.output.line(context.text("report.hidden"))


def _show(context: Context, found: list[Entry]) -> None:
    if context.json:
        context.output.json({each.name: each.text for each in found})
        return
    for each in found:
        context.output.plain(f"--- {each.name}")
        for line in each.text.splitlines():
            context.output.plain(line)


def _answer(context: Context, found: list[Entry], path: Path | None) -> None:
    facts = [{"name": each.name, "size": _size(each), "what": context.text(each.key)} for each in found]
    context.output.json({"file": str(path) if path else None, "entries": facts})


def _size(entry: Entry) -> int:
    """The size in bytes."""
    return len(entry.text.encode())
