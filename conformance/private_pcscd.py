"""Runs inside the rig's own namespaces: a pcscd that sees one virtual reader, and the virtual card in it.

Started by conformance.rig under unshare(1), with /run, /sys, a driver folder and a loopback of its own, so that neither
the machine's pcscd nor its readers nor its ports are touched. Takes ``stop`` and ``start`` (pcscd), ``unplug`` and
``plug`` (the reader) on standard input; when that ends, by whatever death of the rig, it stops both processes and
removes their folder.
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
from pathlib import Path

from conformance.usb_reader import VPCD_PORT, UsbReader

DRIVERS = Path("/usr/lib/pcsc/drivers")
PCSCD = Path("/usr/sbin/pcscd")
SOCKET = "run/pcscd/pcscd.comm"

_SIOCSIFFLAGS = 0x8914
_INTERFACE_UP = 0x1
_PR_SET_PDEATHSIG = 1


def _prepare(directory: Path) -> UsbReader:
    """The reader and its driver, no other reader, and a /run in which udev seems to be at work."""
    for name in ("run/pcscd", "run/udev", "readers"):
        (directory / name).mkdir(parents=True)
    (directory / "run" / "udev" / "control").touch()
    reader = UsbReader(directory)
    for source, target in ((reader.drivers, DRIVERS), (reader.sys, "/sys"), (directory / "run", "/run")):
        subprocess.run(["mount", "--bind", source, target], check=True)
    return reader


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _INTERFACE_UP))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class PrivatePcscd:
    """The two processes and how they end."""

    def __init__(self, directory: Path, card_options: list[str]) -> None:
        self._directory = directory
        self._log = (directory / "pcscd.log").open("ab")
        self._card = self._spawn(
            sys.executable, "-m", "conformance.vcard", "--port", str(VPCD_PORT), "--stop-with-stdin", *card_options,
            stdin=subprocess.PIPE,
        )  # fmt: skip
        self._pcscd: subprocess.Popen[bytes] | None = None
        self.start()

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

    def start(self) -> None:
        if self._pcscd is None:
            self._pcscd = self._spawn(str(PCSCD), "--foreground", "--config", str(self._directory / "readers"))

    def stop(self) -> None:
        if self._pcscd is not None:
            self._pcscd.terminate()
            self._pcscd.wait()
            self._pcscd = None

    def close(self) -> None:
        self.stop()
        self._card.terminate()
        self._card.wait()
        self._log.close()


def main() -> None:
    directory = Path(sys.argv[1])
    try:
        reader = _prepare(directory)
        _raise_loopback()
        running = PrivatePcscd(directory, sys.argv[2:])
        print("ready", flush=True)
        orders = {"start": running.start, "stop": running.stop, "plug": reader.plug, "unplug": reader.unplug}
        for line in sys.stdin:
            orders[line.strip()]()
            print("done", flush=True)
        running.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
