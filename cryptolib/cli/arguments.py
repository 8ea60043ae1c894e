"""The command line: commands, options, and argparse's own words in the user's language."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from cryptolib.cli import commands as run
from cryptolib.cli.browsers.place import Program
from cryptolib.cli.context import Context
from cryptolib.cli.exits import Exit
from cryptolib.cli.words.language import CATALOGUES, Words, preferred

Run = Callable[[Context, argparse.Namespace], Exit]


def language(arguments: Sequence[str]) -> str:
    """Known before the command line is read, as its help is in that language already."""
    first = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    first.add_argument("--lang", choices=CATALOGUES)
    try:
        chosen: str | None = first.parse_known_args(arguments)[0].lang
    except argparse.ArgumentError:
        chosen = None
    return chosen or preferred(os.environ)


def parser(say: Words) -> argparse.ArgumentParser:
    root = _parser_class(say)(prog="cps", description=say("help.cps"))
    root.add_argument("--version", action=_Version, help=say("help.version"))
    _common(root, say, json=False, lang=say.language)
    commands = _commands(root, say)
    _command(commands, say, "status", "help.status", run.status)
    _show(_command(commands, say, "show", "help.show", run.show), say)
    _code(_command(commands, say, "code", "help.code"), say)
    _certificates(_command(commands, say, "certificates", "help.certificates", run.certificates), say)
    _data(_command(commands, say, "data", "help.data"), say)
    _codes(_command(commands, say, "selftest", "help.selftest", run.selftest), say)
    _command(commands, say, "watch", "help.watch", run.watch)
    _browsers(_command(commands, say, "browsers", "help.browsers"), say)
    _diag(_command(commands, say, "diag", "help.diag", run.diag), say)
    return root


def _reader(command: argparse.ArgumentParser, say: Words) -> None:
    command.add_argument("--reader", metavar=say("help.name"), help=say("help.reader"))


def _codes(command: argparse.ArgumentParser, say: Words) -> None:
    """Of a command that works with one card and may need a code."""
    _reader(command, say)
    command.add_argument("--pin-fd", type=int, metavar="N", help=say("help.codes_fd"))
    command.add_argument("--force", action="store_true", help=say("help.last_try"))


def _show(command: argparse.ArgumentParser, say: Words) -> None:
    _codes(command, say)
    command.add_argument("--situations", action="store_true", help=say("help.situations"))
    command.add_argument("--raw", nargs="?", const="", metavar=say("help.label"), help=say("help.raw"))


def _code(parent: argparse.ArgumentParser, say: Words) -> None:
    commands = _commands(parent, say)
    _reader(_command(commands, say, "status", "help.code.status", run.code_status), say)
    _codes(_command(commands, say, "change", "help.code.change", run.code_change), say)
    _codes(_command(commands, say, "unblock", "help.code.unblock", run.code_unblock), say)


def _certificates(command: argparse.ArgumentParser, say: Words) -> None:
    _reader(command, say)
    command.add_argument("--save", type=Path, metavar=say("help.folder"), help=say("help.save"))


def _data(parent: argparse.ArgumentParser, say: Words) -> None:
    commands = _commands(parent, say)
    get = _command(commands, say, "get", "help.data.get", run.data_get)
    _reader(get, say)
    get.add_argument("file", nargs="?", type=Path, metavar=say("help.file"), help=say("help.output"))
    put = _command(commands, say, "put", "help.data.put", run.data_put)
    _codes(put, say)
    put.add_argument("file", type=Path, metavar=say("help.file"), help=say("help.input"))


def _browsers(parent: argparse.ArgumentParser, say: Words) -> None:
    commands = _commands(parent, say)
    for name, text, action in (
        ("install", "help.install", run.browsers_install),
        ("remove", "help.remove", run.browsers_remove),
        ("status", "help.browsers.status", run.browsers_status),
    ):
        command = _command(commands, say, name, text, action)
        command.add_argument("--only", action="append", choices=[*map(str, Program)], help=say("help.only"))
        command.add_argument("--system", action="store_true", help=say("help.system"))
        command.add_argument("--root", type=Path, default=Path("/"), metavar=say("help.folder"), help=say("help.root"))


def _diag(command: argparse.ArgumentParser, say: Words) -> None:
    command.add_argument("--pin-fd", type=int, metavar="N", help=say("help.pin_fd"))
    command.add_argument("--force", action="store_true", help=say("help.force"))
    command.add_argument("--web", action="store_true", help=say("help.web"))
    command.add_argument("--no-open", dest="open", action="store_false", help=say("help.no_open"))
    command.add_argument("--wait", type=float, default=180, metavar="S", help=say("help.wait"))


class _Version(argparse.Action):
    """Finds the version of the package out when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *given: object) -> NoReturn:
        from importlib.metadata import version

        sys.stdout.write(f"cps {version('cryptolib-cps')}\n")
        parser.exit()


def _parser_class(say: Words) -> type[argparse.ArgumentParser]:
    """A class, since argparse makes the parsers of the commands from the class of the first one."""

    class Formatter(argparse.HelpFormatter):
        def add_usage(
            self,
            usage: str | None,
            actions: Iterable[argparse.Action],
            groups: Iterable[Any],
            prefix: str | None = None,
        ) -> None:
            super().add_usage(usage, actions, groups, say("help.usage") if prefix is None else prefix)

    class Parser(argparse.ArgumentParser):
        def __init__(self, **options: Any) -> None:
            super().__init__(add_help=False, allow_abbrev=False, formatter_class=Formatter, **options)
            self._optionals.title = say("help.options")
            self.add_argument("-h", "--help", action="help", help=say("help.help"))

        def error(self, message: str) -> NoReturn:
            wrong, more = say("usage.error", detail=message), say("usage.more", command=self.prog)
            self.exit(Exit.USAGE, f"{wrong}\n{more}\n")

    return Parser


def _commands(parent: argparse.ArgumentParser, say: Words) -> Any:
    return parent.add_subparsers(required=True, title=say("help.commands"), metavar=say("help.command"))


def _command(commands: Any, say: Words, name: str, key: str, action: Run | None = None) -> argparse.ArgumentParser:
    text = say(key)
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    if action is not None:
        command.set_defaults(run=action)
    # Given before the command or after it; what is not given after it does not undo what was given before.
    _common(command, say, json=argparse.SUPPRESS, lang=argparse.SUPPRESS)
    return command


def _common(command: argparse.ArgumentParser, say: Words, *, json: object, lang: object) -> None:
    command.add_argument("--json", action="store_true", default=json, help=say("help.json"))
    command.add_argument("--lang", choices=tuple(CATALOGUES), default=lang, help=say("help.lang"))
