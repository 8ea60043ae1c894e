"""The module in a process of its own, for a second rig: libpcsclite uses one pcscd per process.

Arguments and results are copied between the processes, so pointers cannot be passed. Calls from several threads here
run in several threads there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import cast

from conformance.testbed.client import FUNCTIONS, Module, module_path

_SOURCES = str(Path(__file__).resolve().parents[2])
CONVENIENCES = ("ok", "slots", "slot_info", "token_info", "open", "state", "login", "find", "one", "random")


class _Server(BaseManager):
    """The server in the new process."""


_Server.register("Module", Module, exposed=(*FUNCTIONS, *CONVENIENCES))


@contextmanager
def module_process(env: Mapping[str, str]) -> Iterator[Module]:
    """Load the module in a new process, which is killed at the end of `with`."""
    server = _Server(ctx=get_context("spawn"))
    # After the installed package, which the module imports there too.
    sys.path.append(_SOURCES)
    try:
        server.start(_set_environment, (dict(env),))
    finally:
        sys.path.remove(_SOURCES)
    with server:
        yield cast(Module, server.Module(module_path()))  # type: ignore[attr-defined]  # register adds it


def _set_environment(env: Mapping[str, str]) -> None:
    os.environ.update(env)
