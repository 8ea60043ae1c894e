"""Runs the screen. Commands import Textual through this module only."""

from __future__ import annotations

from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.screen.app import Gestion


def run(context: Context, reader: str | None) -> Exit:
    screen = Gestion(context, reader)
    try:
        screen.run()
    finally:
        screen.end()
    if screen.defect is not None:
        raise Failure("failure.screen", detail=type(screen.defect).__name__)
    return Exit.OK
