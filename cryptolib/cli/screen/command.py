"""`cps gestion`, also installed as `cpgeslux`: the screen, or its menu line by line where a screen is not possible."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from importlib.util import find_spec

from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.options import ScreenOptions
from cryptolib.cli.output import Output
from cryptolib.cli.screen import plain
from cryptolib.cli.screen.menu import MenuMessages


def run(context: Context, options: ScreenOptions) -> Exit:
    if context.json:
        raise Failure("failure.gestion_json", Exit.USAGE)
    messages = MenuMessages(context.messages.language)
    context = replace(context, messages=messages, output=Output(messages))
    if options.plain or not _can_show_a_screen():
        return plain.run(context, options.reader)
    if find_spec("textual") is None:
        raise Failure("failure.no_textual")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure("failure.no_terminal", Exit.USAGE)
    _forget_settings_of_textual()
    from cryptolib.cli.screen.session import run as show

    return show(context, options.reader)


def _can_show_a_screen() -> bool:
    """True if the terminal takes UTF-8 and moves the cursor, which Textual needs."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return utf8 and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def _forget_settings_of_textual() -> None:
    """One of Textual's variables, TEXTUAL_LOG, names a file that gets every pressed key, codes too."""
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]
