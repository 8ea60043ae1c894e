"""A private PC/SC world for one test: a virtual card, its reader, a real pcscd, and nothing of the machine's own.

``python -m conformance.rig --card cps4 -- COMMAND...`` runs a command in it; without a command it prints the variable
that leads any PC/SC application there and waits for Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from conformance.private_pcscd import PCSCD, SOCKET
from conformance.usb_reader import SLOTS, VPCD_DRIVER
from conformance.vcard.exchange_log import Exchange, parse_lines
from conformance.vcard.profiles import ATR, INSERTABLE

READER = "Virtual PCD 00 00"

_ROOT = Path(__file__).parents[1]
_PATIENCE = 10.0
_RETRY_SECONDS = 0.005


class RigError(Exception):
    """The rig cannot do what it was asked for; the text says what to do about it."""


class _Helper:
    """A child process that takes a line and answers a line; it ends when its standard input does."""

    def __init__(self, *command: str, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
            env=env,
            start_new_session=True,
        )

    def ask(self, line: str) -> str:
        """The answer; the helper's last words when it died."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.listen()

    def listen(self) -> str:
        assert self._process.stdout is not None and self._process.stderr is not None
        answer = self._process.stdout.readline().strip()
        if not answer:
            complaint = self._process.stderr.read().strip().splitlines()
            raise RigError(complaint[-1] if complaint else f"helper ended with {self._process.wait()}")
        return answer

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._process.wait()


def _check_installed() -> None:
    for path, package in ((PCSCD, "pcscd"), (VPCD_DRIVER, "vsmartcard-vpcd")):
        if not path.exists():
            raise RigError(f"{path} is missing: install the Debian package {package}")


def _start_in_namespaces(*command: str) -> _Helper:
    """As root, new mount and network namespaces; else, or when root may not, those of a new user namespace."""
    attempts = ["-mn", "-Urmn"] if os.geteuid() == 0 else ["-Urmn"]
    complaints = []
    for flags in attempts:
        helper = _Helper("unshare", flags, "--", *command)
        try:
            helper.listen()
        except RigError as error:
            complaints.append(str(error))
            helper.close()
        else:
            return helper
    raise RigError(
        f"no private pcscd ({complaints[-1]}): run as root, or permit unprivileged user namespaces "
        "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
    )


class Rig:
    """The private world, from ``with`` to its end: a card of the given profile in its reader when it starts."""

    reader = READER

    def __init__(self, card: str, latency: str | None = None) -> None:
        if card not in INSERTABLE:
            raise ValueError(f"unknown card profile {card!r}")
        self._card = card
        self._latency = latency
        self._log_start = 0
        self._serving = True

    def __enter__(self) -> Rig:
        _check_installed()
        with ExitStack() as opened:
            self.directory = Path(tempfile.mkdtemp(prefix="cps-rig-"))
            opened.callback(shutil.rmtree, self.directory, ignore_errors=True)
            self.cache = self.directory / "cache"
            self.env = os.environ | {
                "PCSCLITE_CSOCK_NAME": str(self.directory / SOCKET),
                "CPS3_CACHE": str(self.cache),
            }
            self._log_file = self.directory / "apdu.log"
            self._companion = _Helper(sys.executable, "-m", "conformance.pcsc_companion", READER, env=self.env)
            opened.callback(self._companion.close)
            self._pcscd = _start_in_namespaces(
                sys.executable, "-m", "conformance.private_pcscd", str(self.directory), *self._card_options()
            )
            opened.callback(self._pcscd.close)
            self._companion_request(f"readers {SLOTS}")
            self._wait_present()
            self._control = self._connect_control()
            opened.callback(self._control.close)
            self.clear_log()
            self._opened = opened.pop_all()
        return self

    def _card_options(self) -> list[str]:
        options = ["--card", self._card, "--log", str(self._log_file), "--control", str(self.directory / "control")]
        return [*options, "--latency", self._latency] if self._latency else options

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    # The card

    def insert(self, card: str | None = None) -> None:
        """Puts a card in, in place of another; the last one when none is named. Returns when pcscd has seen it."""
        name, presence = self._settled()
        wanted = card or name
        if presence == "present" and wanted == name:
            return
        if presence != "absent":
            self.remove()
        self._companion_request("empty")
        self._command(f"insert {wanted}")
        self._card = wanted
        self._wait_present()

    def insert_upside_down(self) -> None:
        """Puts the card in so that it cannot answer. Returns when pcscd has found it mute."""
        self.remove()
        self._command("upside-down")
        self._companion_request("mute")

    def remove(self) -> None:
        """Takes the card out. Returns when pcscd has seen it."""
        self._command("remove")
        self._companion_request("empty")

    def reset_card(self) -> None:
        """Another application resets the card."""
        self._companion_request("reset")

    def transmit(self, *commands: str) -> list[bytes]:
        """What the card answers to another application's commands (hexadecimal), sent in one transaction."""
        return [bytes.fromhex(answer) for answer in self._companion_request(f"transmit {' '.join(commands)}").split()]

    def new_pins(self) -> None:
        """The PIN, the PUK and their counters as on a new card."""
        self._command("new-pins")

    def reissue(self) -> None:
        """The card as on the day it was issued: codes, counters and files."""
        self._command("reset")

    def put_file(self, path: str, content: bytes) -> None:
        """Puts a file that anybody may read on the card, or in place of one, such as ``3F00/D010``."""
        self._command(f"file {path} {content.hex()}")

    def remove_file(self, path: str) -> None:
        """Takes a file off the card."""
        self._command(f"file {path}")

    @property
    def pin_tries(self) -> int:
        return int(self._command("counters").split()[0])

    @property
    def puk_tries(self) -> int:
        return int(self._command("counters").split()[1])

    def latency(self, spec: str) -> None:
        """Changes the latency model: ``realistic``, ``none``, or ``byte=0.12,apdu=5,rsa=500,reset=43``."""
        self._command(f"latency {spec}")

    def clear_cache(self) -> None:
        """Forgets the copies that modules in this world kept of the cards' files."""
        shutil.rmtree(self.cache, ignore_errors=True)

    # Scripted faults

    def fault(self, spec: str) -> None:
        """Adds one, written as conformance.vcard.faults tells."""
        self._command(f"fault {spec}")

    def clear_faults(self) -> None:
        """Forgets them. Returns when the reader has found again a card that was mute."""
        self._command("clear-faults")
        self._settled()

    # The APDU log

    def log(self) -> list[Exchange]:
        """The exchanges since the last ``clear_log``; codes are masked."""
        with self._log_file.open("rb") as file:
            file.seek(self._log_start)
            return list(parse_lines(file.read().decode("ascii")))

    def clear_log(self) -> None:
        self._log_start = self._log_file.stat().st_size

    def apdu_count(self) -> int:
        return len(self.log())

    def byte_count(self) -> int:
        """Bytes of commands and answers, headers and status words included."""
        return sum(len(exchange.command) + len(exchange.response) for exchange in self.log())

    # pcscd

    def stop_pcscd(self) -> None:
        self._pcscd.ask("stop")
        self._serving = False

    def start_pcscd(self) -> None:
        """Returns when the service answers and shows the card, if one is inserted."""
        self._pcscd.ask("start")
        self._serves_again()

    # The reader

    def unplug(self) -> None:
        """Takes the reader away, with the card in it. Returns when pcscd lists it no more."""
        self._pcscd.ask("unplug")
        self._companion_request("readers 0")
        self._serving = False

    def plug(self) -> None:
        """Puts the reader back. Returns when it shows the card, if one is inserted."""
        self._pcscd.ask("plug")
        self._serves_again()

    # Plumbing

    def _serves_again(self) -> None:
        self._companion_request(f"readers {SLOTS}")
        self._serving = True
        if self._command("status").endswith("absent"):
            self._companion_request("empty")
        else:
            self._wait_present()

    def _wait_present(self) -> None:
        self._companion_request(f"present {ATR[self._card].hex()}")

    def _settled(self) -> tuple[str, str]:
        """The card, and ``present``, ``mute`` or ``absent`` once the reader driver knows."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            name, presence = self._command("status").split()
            if presence != "waiting" or not self._serving:
                return name, presence
            if time.monotonic() > deadline:
                raise RigError("the reader does not find the card")
            time.sleep(_RETRY_SECONDS)

    def _companion_request(self, request: str) -> str:
        verdict, _, answer = self._companion.ask(request).partition(" ")
        if verdict != "ok":
            raise RigError(f"PC/SC: {request}: {verdict} {answer} {self._last_words()}".rstrip())
        return answer

    def _last_words(self) -> str:
        """What pcscd or the card last complained about."""
        lines = (self.directory / "pcscd.log").read_text(errors="replace").splitlines()
        return f"({lines[-1]})" if lines else ""

    def _connect_control(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                connection.connect(str(self.directory / "control"))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_SECONDS)
            else:
                return connection

    def _command(self, line: str) -> str:
        self._control.sendall(line.encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = self._control.recv(4096)
            if not part:
                raise RigError("the virtual card has ended")
            answer += part
        verdict, _, result = answer.decode().strip().partition(" ")
        if verdict != "ok":
            raise RigError(result)
        return result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.rig", description="A private pcscd and virtual card.")
    parser.add_argument("--card", choices=INSERTABLE, default="cps4")
    parser.add_argument("--latency", help="byte=MS,apdu=MS,rsa=MS,reset=MS or realistic")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        with Rig(options.card, options.latency) as rig:
            if command:
                return subprocess.run(command, env=rig.env, check=False).returncode
            print(f"export CPS3_CACHE={rig.env['CPS3_CACHE']}", flush=True)
            print(f"export PCSCLITE_CSOCK_NAME={rig.env['PCSCLITE_CSOCK_NAME']}", flush=True)
            return _wait_for_interrupt()
    except RigError as error:
        print(error, file=sys.stderr)
        return 1


def _wait_for_interrupt() -> int:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
