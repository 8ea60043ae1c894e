"""What a story finds: a card in its reader, a home that is nobody's, programs that end with it, files that are kept."""

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

from conformance.clients.servers.authority import Authority
from conformance.clients.story import StoryFailed
from conformance.clients.support.processes import end_group, marked
from conformance.testbed.cards import CARDS, PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

Answer = TypeVar("Answer")

ARTEFACTS = Path(__file__).parents[3] / "build" / "clients"
LATENCY = "realistic"
_MARK = "CPS_PEERS_STORY"
_POLL_SECONDS = 0.05
# Browsers start in two seconds on an idle machine, in twenty on a busy one; what never comes costs this once.
_PATIENCE_SECONDS = 60
# What a desktop session would lend to the client, and a test must not: its bus, its screen, its agents, its settings.
_NOT_INHERITED = ("DBUS_", "DISPLAY", "GNOME_", "GPG_", "KDE_", "NSS_", "OPENSSL_", "SSH_", "WAYLAND_", "XAUTH", "XDG_")


class World:
    """From ``with`` to its end; what the story started is stopped then, whatever happened."""

    def __init__(self, name: str, card: str) -> None:
        self.name = name
        self.card: Card = CARDS[card]
        self.artefacts = ARTEFACTS / f"{name}-{card}"
        self.module = module_path()
        self.pin = PIN.decode()
        self._opened = ExitStack()
        self._programs = ExitStack()
        self._started = 0

    def __enter__(self) -> Self:
        shutil.rmtree(self.artefacts, ignore_errors=True)
        self.artefacts.mkdir(parents=True)
        with ExitStack() as opened:
            self.directory = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cps-peer-")))
            self.rig = opened.enter_context(Rig(self.card.name, LATENCY))
            self.home = self.directory / "home"
            self.home.mkdir(mode=0o700)
            self.env = self._environment(self.rig.env)
            opened.callback(self._end_what_is_left)
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

    def _end_what_is_left(self) -> None:
        """What ended its parent but not itself; a client that does that in a user's session is not to be trusted."""
        for pid in marked(_MARK, str(self.directory)):
            os.kill(pid, signal.SIGKILL)

    def wait_for_the_end(self, seconds: float) -> None:
        """Of everything that the story started, children of children included; StoryFailed names what stays."""
        deadline = time.monotonic() + seconds
        while left := marked(_MARK, str(self.directory)):
            if time.monotonic() > deadline:
                raise StoryFailed(f"left running: {', '.join(left.values())}")
            time.sleep(_POLL_SECONDS)

    @cached_property
    def authority(self) -> Authority:
        """A certification authority for servers on this machine, trusted by nobody who was not told."""
        return Authority(self.directory / "authority")

    @cached_property
    def cards_authority(self) -> Path:
        """The certificate of the authority of the cards, as a PEM file."""
        return self.authority.file("cards.pem", self.card.authority())

    @cached_property
    def authentication_certificate(self) -> bytes:
        """What a server must see, DER."""
        return self.card.issued(self.card.authentication)

    @cached_property
    def pin_file(self) -> Path:
        """The code porteur in a file that only its user reads, for the clients that ask in no better way."""
        path = self.directory / "code"
        path.touch(mode=0o600)
        path.write_text(self.pin)
        return path

    # Programs

    def run(
        self,
        *command: str | Path,
        feed: str | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = _PATIENCE_SECONDS,
        fails: bool = False,
    ) -> str:
        """Runs a program to its end, in the story's folder, and gives what it printed, errors included.

        :param feed: its standard input; nothing when None.
        :param env: what it gets on top of the story's environment.
        :param fails: whether it must end with an error; it must not, otherwise. A crash is never what was wanted.
        :raises StoryFailed: with everything that it printed.
        """
        # A file, not a pipe: a pipe has no end as long as a child that went into the background holds it.
        with tempfile.TemporaryFile("w+", errors="replace") as out:
            ran = self._popen(command, env, out.fileno(), subprocess.DEVNULL if feed is None else subprocess.PIPE)
            in_time = _ended(ran, feed, seconds)
            out.seek(0)
            said = out.read()
        if not in_time:
            raise StoryFailed(f"{_shown(command)}\ndid not end in {seconds:.0f} s\n{said}".rstrip())
        if ran.returncode < 0 or bool(ran.returncode) != fails:
            raise StoryFailed(f"{_shown(command)}\nended with status {ran.returncode}\n{said}".rstrip())
        return said

    def start(self, *command: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Starts a program that ends with the story; what it prints is kept among the artefacts."""
        self._started += 1
        log = self.artefacts / f"{self._started:02}-{Path(command[0]).name}.log"
        with log.open("w") as out:
            process = self._popen(command, env, out.fileno(), subprocess.DEVNULL)
        self._programs.callback(end_group, process)
        return process

    def stop_programs(self) -> None:
        """Ends what was started, the last one first."""
        self._programs.close()

    def _popen(
        self, command: tuple[str | Path, ...], env: Mapping[str, str] | None, out: int, feed: int
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=self.directory,
            env=self.env | dict(env or {}),
            stdin=feed,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def at_end(self, action: Callable[[], object]) -> None:
        """What else has to be undone when the story is over; the last said is the first done."""
        self._opened.callback(action)


def eventually(look: Callable[[], Answer], what: str, seconds: float = _PATIENCE_SECONDS) -> Answer:
    """The first answer of ``look`` that is true.

    :raises StoryFailed: when there is none in time, naming ``what`` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise StoryFailed(f"not in {seconds:.0f} s: {what}")
        time.sleep(_POLL_SECONDS)
    return answer


def _ended(process: subprocess.Popen[str], feed: str | None, seconds: float) -> bool:
    """Whether it came to its end in time; it is at its end in any case."""
    try:
        process.communicate(feed, timeout=seconds)
    except subprocess.TimeoutExpired:
        end_group(process)
        return False
    return True


def _shown(command: tuple[str | Path, ...]) -> str:
    return shlex.join(str(word) for word in command)
