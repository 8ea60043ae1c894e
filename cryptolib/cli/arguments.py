"""The command line: commands and options, with argparse's messages in the user's language."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from cryptolib.cli import commands as run
from cryptolib.cli.browsers.target import Program
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.messages.language import CATALOGUES, Messages, preferred
from cryptolib.cli.usage import usage_text

Run = Callable[[Context, argparse.Namespace], Exit]


def language(arguments: Sequence[str]) -> str:
    """The user's language, found before the command line is parsed: the help is already in it."""
    first = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    first.add_argument("--lang", choices=CATALOGUES)
    try:
        chosen: str | None = first.parse_known_args(arguments)[0].lang
    except argparse.ArgumentError:
        chosen = None
    return chosen or preferred(os.environ)


def parser(messages: Messages) -> argparse.ArgumentParser:
    root = _parser_class(messages)(prog="cps", description=messages.text("help.cps"))
    root.add_argument("--version", action=_Version, help=messages.text("help.version"))
    _common(root, messages, json=False, lang=messages.language)
    commands = _commands(root, messages)
    _command(commands, messages, "status", "help.status", run.STATUS)
    _show(_command(commands, messages, "show", "help.show", run.SHOW), messages)
    _code(_command(commands, messages, "code", "help.code"), messages)
    _certificates(_command(commands, messages, "certificates", "help.certificates", run.CERTIFICATES), messages)
    _data(_command(commands, messages, "data", "help.data"), messages)
    _codes(_command(commands, messages, "selftest", "help.selftest", run.SELFTEST), messages)
    _sign(_command(commands, messages, "sign", "help.sign", run.SIGN), messages)
    _verify(_command(commands, messages, "verify", "help.verify", run.VERIFY), messages)
    _vihf(_command(commands, messages, "vihf", "help.vihf", run.VIHF), messages)
    _command(commands, messages, "watch", "help.watch", run.WATCH)
    _gestion(_command(commands, messages, "gestion", "help.gestion", run.GESTION), messages)
    _browsers(_command(commands, messages, "browsers", "help.browsers"), messages)
    _diag(_command(commands, messages, "diag", "help.diag", run.DIAG), messages)
    _report(_command(commands, messages, "report", "help.report", run.REPORT), messages)
    return root


def _reader(command: argparse.ArgumentParser, messages: Messages) -> None:
    command.add_argument("--reader", metavar=messages.text("help.name"), help=messages.text("help.reader"))


def _codes(command: argparse.ArgumentParser, messages: Messages) -> None:
    """The options of a command that uses one card and may need a code."""
    _reader(command, messages)
    command.add_argument("--pin-fd", type=int, metavar="N", help=messages.text("help.codes_fd"))
    command.add_argument("--force", action="store_true", help=messages.text("help.last_try"))


def _show(command: argparse.ArgumentParser, messages: Messages) -> None:
    _codes(command, messages)
    command.add_argument("--situations", action="store_true", help=messages.text("help.situations"))
    command.add_argument(
        "--raw", nargs="?", const="", metavar=messages.text("help.label"), help=messages.text("help.raw")
    )


def _code(parent: argparse.ArgumentParser, messages: Messages) -> None:
    commands = _commands(parent, messages)
    _reader(_command(commands, messages, "status", "help.code.status", run.CODE_STATUS), messages)
    _codes(_command(commands, messages, "change", "help.code.change", run.CODE_CHANGE), messages)
    _codes(_command(commands, messages, "unblock", "help.code.unblock", run.CODE_UNBLOCK), messages)


def _certificates(command: argparse.ArgumentParser, messages: Messages) -> None:
    _reader(command, messages)
    command.add_argument("--save", type=Path, metavar=messages.text("help.folder"), help=messages.text("help.save"))


def _data(parent: argparse.ArgumentParser, messages: Messages) -> None:
    commands = _commands(parent, messages)
    get = _command(commands, messages, "get", "help.data.get", run.DATA_GET)
    _reader(get, messages)
    get.add_argument(
        "file", nargs="?", type=Path, metavar=messages.text("help.file"), help=messages.text("help.output")
    )
    put = _command(commands, messages, "put", "help.data.put", run.DATA_PUT)
    _codes(put, messages)
    put.add_argument("file", type=Path, metavar=messages.text("help.file"), help=messages.text("help.input"))


def _sign(command: argparse.ArgumentParser, messages: Messages) -> None:
    text = messages.text
    _codes(command, messages)
    command.add_argument("file", type=Path, metavar=text("help.file"), help=text("help.to_sign"))
    command.add_argument("--save", type=Path, metavar=text("help.file"), help=text("help.save_signature"))
    command.add_argument("--detached", action="store_true", help=text("help.detached"))


def _verify(command: argparse.ArgumentParser, messages: Messages) -> None:
    text = messages.text
    command.add_argument("file", type=Path, metavar=text("help.file"), help=text("help.to_verify"))
    command.add_argument("--signature", type=Path, metavar=text("help.file"), help=text("help.signature"))
    command.add_argument(
        "--authority", type=Path, action="append", metavar=text("help.file"), help=text("help.authority")
    )


def _vihf(command: argparse.ArgumentParser, messages: Messages) -> None:
    text = messages.text
    _codes(command, messages)
    command.add_argument("--situation", type=int, metavar="N", help=text("help.situation"))
    command.add_argument("--shape", choices=["dmp", "tlsi"], default="dmp", help=text("help.shape"))
    command.add_argument("--patient", metavar="INS", help=text("help.patient"))
    command.add_argument("--role", action="append", metavar="CODE^OID", help=text("help.role"))
    command.add_argument("--attribute", action="append", metavar=text("help.pair"), help=text("help.attribute"))
    command.add_argument("--save", type=Path, metavar=text("help.file"), help=text("help.save_assertion"))


def _report(command: argparse.ArgumentParser, messages: Messages) -> None:
    text = messages.text
    command.add_argument("file", nargs="?", type=Path, metavar=text("help.file"), help=text("help.archive"))
    command.add_argument("--show", action="store_true", help=text("help.show_report"))
    command.add_argument("--yes", action="store_true", help=text("help.yes"))


def _gestion(command: argparse.ArgumentParser, messages: Messages) -> None:
    _reader(command, messages)
    command.add_argument("--plain", action="store_true", help=messages.text("help.plain"))


def _browsers(parent: argparse.ArgumentParser, messages: Messages) -> None:
    commands = _commands(parent, messages)
    for name, text, action in (
        ("install", "help.install", run.BROWSERS_INSTALL),
        ("remove", "help.remove", run.BROWSERS_REMOVE),
        ("status", "help.browsers.status", run.BROWSERS_STATUS),
    ):
        command = _command(commands, messages, name, text, action)
        command.add_argument("--only", action="append", choices=[*map(str, Program)], help=messages.text("help.only"))
        command.add_argument("--system", action="store_true", help=messages.text("help.system"))
        command.add_argument(
            "--root",
            type=Path,
            default=Path("/"),
            metavar=messages.text("help.folder"),
            help=messages.text("help.root"),
        )


def _diag(command: argparse.ArgumentParser, messages: Messages) -> None:
    command.add_argument("--pin-fd", type=int, metavar="N", help=messages.text("help.pin_fd"))
    command.add_argument("--force", action="store_true", help=messages.text("help.force"))
    command.add_argument("--web", action="store_true", help=messages.text("help.web"))
    command.add_argument("--no-open", dest="open", action="store_false", help=messages.text("help.no_open"))
    command.add_argument("--wait", type=float, default=180, metavar="S", help=messages.text("help.wait"))


class _Version(argparse.Action):
    """--version: looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> NoReturn:
        from importlib.metadata import version

        sys.stdout.write(f"cps {version('cryptolib-cps')}\n")
        parser.exit()


def _parser_class(messages: Messages) -> type[argparse.ArgumentParser]:
    """A class, because argparse makes the parsers of the commands from the class of the first parser."""

    class Formatter(argparse.HelpFormatter):
        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[Any],
            prefix: str | None = None,
        ) -> None:
            super().add_usage(usage, actions, groups, messages.text("help.usage") if prefix is None else prefix)

    class Parser(argparse.ArgumentParser):
        def __init__(self, **options: Any) -> None:
            super().__init__(add_help=False, allow_abbrev=False, formatter_class=Formatter, **options)
            self._operands = self.add_argument_group(messages.text("help.operands"))
            self._flags = self.add_argument_group(messages.text("help.options"))
            self.add_argument("-h", "--help", action="help", help=messages.text("help.help"))

        def add_argument(self, *names: str, **options: Any) -> argparse.Action:
            """Add to a group with a translated title: argparse's own titles are English."""
            group = self._flags if names[0].startswith("-") else self._operands
            return group.add_argument(*names, **options)

        def error(self, message: str) -> NoReturn:
            wrong = messages.text("usage.error", detail=usage_text(messages, message))
            more = messages.text("usage.more", command=self.prog)
            self.exit(Exit.USAGE, f"{wrong}\n{more}\n")

    return Parser


def _commands(parent: argparse.ArgumentParser, messages: Messages) -> Any:
    return parent.add_subparsers(
        required=True, title=messages.text("help.commands"), metavar=messages.text("help.command")
    )


def _command(
    commands: Any, messages: Messages, name: str, key: str, action: Run | None = None
) -> argparse.ArgumentParser:
    text = messages.text(key)
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    if action is not None:
        command.set_defaults(run=action)
    # May stand before or after the command; an option left out after it does not reset one given before.
    _common(command, messages, json=argparse.SUPPRESS, lang=argparse.SUPPRESS)
    return command


def _common(command: argparse.ArgumentParser, messages: Messages, *, json: object, lang: object) -> None:
    command.add_argument("--json", action="store_true", default=json, help=messages.text("help.json"))
    command.add_argument("--lang", choices=tuple(CATALOGUES), default=lang, help=messages.text("help.lang"))
