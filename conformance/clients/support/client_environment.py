"""The environment of a client: a card in its reader, an empty home, no settings of the user."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from conformance.clients.support.authority import Authority
from conformance.clients.support.processes import end_group, marked
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

Answer = TypeVar("Answer")

ARTEFACTS = Path(__file__).parents[3] / "build" / "clients"
LATENCY = "realistic"
LINGERING_SECONDS = 10.0
"""How long what a test started may take to end, once the test has."""
_MARK = "CPS_CLIENT_TEST"
_POLL_SECONDS = 0.05
# Browsers start in two seconds, or twenty on a busy machine; a client that never comes costs this once.
_PATIENCE_SECONDS = 60
# Variables of a desktop session that would give the client its bus, screen, agents or settings.
_NOT_INHERITED = ("DBUS_", "DISPLAY", "GNOME_", "GPG_", "KDE_", "NSS_", "OPENSSL_", "SSH_", "WAYLAND_", "XAUTH", "XDG_")


class ClientEnvironment:
    """`with` starts it; at the end it stops everything that the test started."""

    def __init__(
        self,
        name: str,
        card: Card,
        not_supported_by_card: Callable[[str], None],
        pinpad: PinpadOptions | None = None,
    ) -> None:
        """``not_supported_by_card`` notes a limit of the chip for the table of results.

        Call it only after the client has refused cleanly, so that the test fails on the day it begins to work.
        """
        self.card = card
        self.pinpad = pinpad
        self.not_supported_by_card = not_supported_by_card
        self.artefacts = ARTEFACTS / name
        self.module = module_path()
        self.pin = PIN.decode()
        self._opened = ExitStack()
        self._programs = ExitStack()
        self._started = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self.artefacts, ignore_errors=True)
        self.artefacts.mkdir(parents=True)
        with ExitStack() as opened:
            self.directory = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cps-client-")))
            self.rig = opened.enter_context(Rig(self.card.name, LATENCY, pinpad=self.pinpad))
            self.home = self.directory / "home"
            self.home.mkdir(mode=0o700)
            self.env = self._environment(self.rig.env)
            opened.callback(self._kill_leftovers)
            opened.callback(self.stop_programs)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _environment(self, offered: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in offered.items() if not name.startswith(_NOT_INHERITED)}
        own = {"HOME": self.home, "TMPDIR": self.directory, "XDG_RUNTIME_DIR": self.home, _MARK: self.directory}
        return kept | {name: str(path) for name, path in own.items()} | {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}

    def _kill_leftovers(self) -> None:
        """Kill what outlived its parent; the test has failed by then."""
        for pid in marked(_MARK, str(self.directory)):
            os.kill(pid, signal.SIGKILL)

    def running(self) -> list[str]:
        """The command line of each process of the test."""
        return list(marked(_MARK, str(self.directory)).values())

    def wait_until_all_ended(self) -> None:
        """Wait for everything that the test started, grandchildren included; fail with the names of what stays."""
        deadline = time.monotonic() + LINGERING_SECONDS
        while left := marked(_MARK, str(self.directory)):
            assert time.monotonic() < deadline, f"left running: {', '.join(left.values())}"
            time.sleep(_POLL_SECONDS)

    @cached_property
    def authority(self) -> Authority:
        """A certification authority for servers of this machine; no client trusts it by default."""
        return Authority(self.directory / "authority")

    @cached_property
    def cards_authority(self) -> Path:
        """The certificate of the cards' authority, as a PEM file."""
        return self.authority.file("cards.pem", self.card.authority())

    @cached_property
    def authentication_certificate(self) -> bytes:
        """The certificate that a server must see, in DER."""
        return self.card.issued(self.card.authentication)

    @property
    def token(self) -> str:
        """The label of the card's token."""
        return self.card.label

    @cached_property
    def pin_file(self) -> Path:
        """The code porteur in a private file, for clients that take it in no better way."""
        path = self.directory / "code"
        path.touch(mode=0o600)
        path.write_text(self.pin)
        return path

    # Programs

    def run(
        self,
        *command: str | Path,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = _PATIENCE_SECONDS,
        fails: bool = False,
    ) -> str:
        """Run a program in the test's folder and return its output, errors included.

        :param stdin: its standard input; empty if None.
        :param env: variables beside those of the test.
        :param fails: true if it must end with an error, which a crash is not; false if it must succeed.
        :raises AssertionError: otherwise, with the output.
        """
        __tracebackhide__ = True
        # A file, not a pipe: a background child would keep a pipe open.
        with tempfile.TemporaryFile("w+", errors="replace") as out:
            ran = self._popen(command, env, out.fileno(), subprocess.DEVNULL if stdin is None else subprocess.PIPE)
            in_time = _ended(ran, stdin, seconds)
            out.seek(0)
            said = out.read()
        assert in_time, f"{_shown(command)}\ndid not end in {seconds:.0f} s\n{said}".rstrip()
        as_wanted = ran.returncode >= 0 and bool(ran.returncode) == fails
        assert as_wanted, f"{_shown(command)}\nended with status {ran.returncode}\n{said}".rstrip()
        return said

    def start(self, *command: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a program that ends with the test; its output is kept among the artefacts."""
        self._started += 1
        log = self.artefacts / f"{self._started:02}-{Path(command[0]).name}.log"
        with log.open("w") as out:
            process = self._popen(command, env, out.fileno(), subprocess.DEVNULL)
        self._programs.callback(end_group, process)
        return process

    def stop_programs(self) -> None:
        """End the started programs, last first."""
        self._programs.close()

    def _popen(
        self, command: tuple[str | Path, ...], env: Mapping[str, str] | None, out: int, stdin: int
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=self.directory,
            env=self.env | dict(env or {}),
            stdin=stdin,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def at_end(self, action: Callable[[], object]) -> None:
        """Run the action at the end of the test; the last one added runs first."""
        self._opened.callback(action)


def wait_until(condition: Callable[[], Answer], what: str, seconds: float = _PATIENCE_SECONDS) -> Answer:
    """The first true result of ``condition``.

    :raises AssertionError: if there is none in time; ``what`` names it.
    """
    __tracebackhide__ = True
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not in {seconds:.0f} s: {what}"
        time.sleep(_POLL_SECONDS)
    return answer


def _ended(process: subprocess.Popen[str], stdin: str | None, seconds: float) -> bool:
    """True if the program ended in time; it is ended in any case."""
    try:
        process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired:
        end_group(process)
        return False
    return True


def _shown(command: tuple[str | Path, ...]) -> str:
    return shlex.join(str(word) for word in command)
