"""Runs inside the rig's namespaces: starts a pcscd with one virtual reader, and the virtual card in it.

testbed/rig.py starts it under unshare(1), with /run, /sys, a driver folder and a loopback interface of its own, so that
the machine's pcscd, readers and ports are not touched. Commands on standard input: ``stop``, ``start``, ``freeze``,
``thaw`` and ``contexts`` (pcscd), ``unplug`` and ``plug`` (the reader), ``second OPTIONS`` (the card of the second
slot). At the end of its input it ends all processes and removes their folder.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from conformance.testbed.usb_reader import VPCD_PORT, UsbReader

DRIVERS = Path("/usr/lib/pcsc/drivers")
PCSCD = Path("/usr/sbin/pcscd")
SOCKET = "run/pcscd/pcscd.comm"
KEYPAD_CONTROL = "keypad"
"""The socket for who presses the keys."""
_KEYPAD_DRIVER = "keypad-driver"

_SIOCSIFFLAGS = 0x8914
_INTERFACE_UP = 0x1
_PR_SET_PDEATHSIG = 1
_END_SECONDS = 10.0
_SOCKET_TABLES = ("netlink", "tcp", "tcp6", "unix")


def _prepare(directory: Path, *, keypad: bool) -> UsbReader:
    """Prepare the reader, its driver, and a /run in which udev seems to run."""
    for name in ("run/pcscd", "run/udev", "readers"):
        (directory / name).mkdir(parents=True)
    (directory / "run" / "udev" / "control").touch()
    reader = UsbReader(directory, directory / _KEYPAD_DRIVER if keypad else None)
    for source, target in ((reader.drivers, DRIVERS), (reader.sys, "/sys"), (directory / "run", "/run")):
        subprocess.run(["mount", "--bind", source, target], check=True)
    return reader


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _INTERFACE_UP))


def _die_with_parent() -> None:
    """SIGKILL, because a frozen pcscd ignores everything else."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@cache
def _without_polkit() -> tuple[str, ...]:
    """Debian 13's pcscd asks polkit about every client; there is none here. Older ones do not have the option."""
    option = "--disable-polkit"
    known = subprocess.run([PCSCD, "--help"], check=True, capture_output=True, text=True).stdout
    return (option,) if option in known else ()


class PrivatePcscd:
    """The processes of the rig."""

    def __init__(self, directory: Path, keypad_options: str, card_options: list[str]) -> None:
        self._directory = directory
        self._log = (directory / "pcscd.log").open("ab")
        self._cards: list[subprocess.Popen[bytes]] = []
        self._keypads: list[subprocess.Popen[bytes]] = []
        if keypad_options:
            sockets = [str(directory / name) for name in (_KEYPAD_DRIVER, KEYPAD_CONTROL)]
            self._keypads.append(self._spawn_module("conformance.pinpad_reader", *sockets, keypad_options))
        self._add_card(VPCD_PORT, card_options)
        self._pcscd: subprocess.Popen[bytes] | None = None
        self.start()

    def _add_card(self, port: int, options: list[str]) -> None:
        arguments = ("--port", str(port), "--stop-with-stdin", *options)
        self._cards.append(self._spawn_module("conformance.virtual_card", *arguments))

    def _spawn_module(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program that ends with its standard input."""
        return self._spawn(sys.executable, "-m", module, *arguments, stdin=subprocess.PIPE)

    def _spawn(self, *command: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        environment = os.environ | {"SYSTEMD_DEVICE_VERIFY_SYSFS": "0"}
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=environment,
            preexec_fn=_die_with_parent,
        )

    def second(self, options: str) -> None:
        """Put a card into the second slot; no option may contain a blank."""
        self._add_card(VPCD_PORT + 1, options.split(" "))

    def start(self) -> None:
        if self._pcscd is None:
            config = str(self._directory / "readers")
            self._pcscd = self._spawn(str(PCSCD), "--foreground", *_without_polkit(), "--config", config)

    def stop(self) -> None:
        if self._pcscd is not None:
            self._pcscd.terminate()
            self._pcscd.send_signal(signal.SIGCONT)
            _wait(self._pcscd)
            self._pcscd = None

    def freeze(self) -> None:
        if self._pcscd is not None:
            self._pcscd.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, self._pcscd.pid, os.WSTOPPED)

    def thaw(self) -> None:
        if self._pcscd is not None:
            self._pcscd.send_signal(signal.SIGCONT)

    def contexts(self) -> int:
        """The number of PC/SC contexts: each is a connection from the network namespace of an application.

        pcscd's other sockets are in this namespace.
        """
        if self._pcscd is None:
            return 0
        own = {word for name in _SOCKET_TABLES for word in Path("/proc/net", name).read_text().split()}
        descriptors = Path(f"/proc/{self._pcscd.pid}/fd").iterdir()
        sockets = [_socket_number(descriptor) for descriptor in descriptors]
        return sum(number != "" and number not in own for number in sockets)

    def close(self) -> None:
        for keypad in self._keypads:  # before pcscd, which may wait for a key
            _end(keypad)
        self.stop()
        for card in self._cards:
            _end(card)
        self._log.close()


def _socket_number(descriptor: Path) -> str:
    """Empty for another descriptor, and for one that was just closed."""
    with suppress(OSError):
        kind, _, number = os.readlink(descriptor).partition(":")
        if kind == "socket":
            return number.strip("[]")
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end; kill it if it does not."""
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    directory, keypad_options = Path(sys.argv[1]), sys.argv[2]
    try:
        reader = _prepare(directory, keypad=keypad_options != "")
        _raise_loopback()
        running = PrivatePcscd(directory, keypad_options, sys.argv[3:])
        print("ready", flush=True)
        orders: dict[str, Callable[[str], int | None]] = {
            "start": lambda _: running.start(),
            "stop": lambda _: running.stop(),
            "freeze": lambda _: running.freeze(),
            "thaw": lambda _: running.thaw(),
            "contexts": lambda _: running.contexts(),
            "plug": lambda _: reader.plug(),
            "unplug": lambda _: reader.unplug(),
            "second": running.second,
        }
        for line in sys.stdin:
            name, _, argument = line.strip().partition(" ")
            answer = orders[name](argument)
            print("done" if answer is None else answer, flush=True)
        running.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
