"""A private PC/SC environment: a virtual card, a virtual reader and a real pcscd."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from threading import Lock
from types import TracebackType

from conformance.pinpad_reader.keypad import Keypad
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.helper import Helper, RigError
from conformance.testbed.private_pcscd import KEYPAD_CONTROL, PCSCD, SOCKET
from conformance.testbed.usb_reader import SLOTS, VPCD_DRIVER
from conformance.testbed.virtual_slot import VirtualSlot
from conformance.virtual_card.identity import DOCTOR
from conformance.virtual_card.profiles import profile_of

READER = "Virtual PCD 00 00"
SECOND_READER = "Virtual PCD 00 01"


def _check_installed() -> None:
    for path, package in ((PCSCD, "pcscd"), (VPCD_DRIVER, "vsmartcard-vpcd")):
        if not path.exists():
            raise RigError(f"{path} is missing: install the Debian package {package}")


def _start_in_namespaces(*command: str) -> Helper:
    """As root, start in new mount and network namespaces; otherwise, or if root may not, also in a new user
    namespace.
    """
    attempts = ["-mn", "-Urmn"] if os.geteuid() == 0 else ["-Urmn"]
    complaints = []
    for flags in attempts:
        helper = Helper("unshare", flags, "--", *command)
        try:
            helper.receive()
        except RigError as error:
            complaints.append(str(error))
            helper.close()
        else:
            return helper
    raise RigError(
        f"no private pcscd ({complaints[-1]}): run as root, or permit unprivileged user namespaces "
        "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
    )


class Rig(VirtualSlot):
    """The environment; `with` starts it with the named card in its reader.

    The rig is the first slot of the reader; ``second`` is the other one. A reader with ``pinpad`` has a ``keypad``.
    """

    keypad: Keypad
    """Only with ``pinpad``."""

    def __init__(
        self,
        card: str,
        latency: str | None = None,
        variations: Sequence[str] = (),
        pinpad: PinpadOptions | None = None,
    ) -> None:
        profile_of(card)
        self._card = card
        self._latency = latency
        self._variations = variations
        self._pinpad = pinpad
        self._running = True
        self._restarting = Lock()

    def __enter__(self) -> Rig:
        _check_installed()
        with ExitStack() as opened:
            self.directory = Path(tempfile.mkdtemp(prefix="cps-rig-"))
            opened.callback(shutil.rmtree, self.directory, ignore_errors=True)
            super().__init__(READER, self.directory)
            self.cache = self.directory / "cache"
            self.env = os.environ | {
                "PCSCLITE_CSOCK_NAME": str(self.directory / SOCKET),
                "CPS3_CACHE": str(self.cache),
            }
            self.open(self.env)
            opened.callback(self.close_companion)
            self._pcscd = _start_in_namespaces(
                sys.executable,
                "-m",
                "conformance.testbed.private_pcscd",
                str(self.directory),
                json.dumps(asdict(self._pinpad)) if self._pinpad else "",
                *self._card_options(self),
            )
            opened.callback(self._pcscd.close)
            if self._pinpad:
                self.keypad = Keypad(self.directory / KEYPAD_CONTROL)
                opened.callback(self.keypad.close)
            self._companion_request(f"readers {SLOTS}")
            self._wait_present(self._card)
            self.connect()
            opened.callback(self.close)
            if self._variations:
                self.vary(*self._variations)
            self._opened = opened.pop_all()
        return self

    def _card_options(self, slot: VirtualSlot) -> list[str]:
        profile, _, holder = self._card.partition(":")
        options = ["--card", profile, "--holder", holder or DOCTOR]
        options += ["--log", str(slot.log_file), "--control", str(slot.control)]
        return [*options, "--latency", self._latency] if self._latency else options

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @cached_property
    def second(self) -> VirtualSlot:
        """The second slot, empty at first."""
        slot = _OtherSlot(self)
        slot.open(self.env)
        self._opened.callback(slot.close_companion)
        self._pcscd.ask(f"second {' '.join([*self._card_options(slot), '--out'])}")
        slot.connect()
        self._opened.callback(slot.close)
        return slot

    def clear_cache(self) -> None:
        """Delete the copies of card files that modules kept in this rig."""
        shutil.rmtree(self.cache, ignore_errors=True)

    # pcscd

    def stop_pcscd(self) -> None:
        self._pcscd.ask("stop")
        self._running = False

    def start_pcscd(self) -> None:
        """Start pcscd; returns when it answers and shows an inserted card."""
        self._pcscd.ask("start")
        self._serves_again()

    def restart_pcscd(self) -> None:
        with self._restarting:
            self.stop_pcscd()
            self.start_pcscd()

    def freeze_pcscd(self) -> None:
        """Stop pcscd with SIGSTOP, as after a bad resume; returns when it has stopped."""
        self._pcscd.ask("freeze")

    def thaw_pcscd(self) -> None:
        """Continue pcscd; returns when it answers."""
        self._pcscd.ask("thaw")
        self._companion_request(f"readers {SLOTS if self._running else 0}")

    def pcscd_contexts(self) -> int:
        """The number of PC/SC contexts of applications; waits for another thread that restarts pcscd."""
        with self._restarting:
            return int(self._pcscd.ask("contexts"))

    # The reader

    def unplug(self) -> None:
        """Unplug the reader with its card; returns when pcscd lists it no more."""
        self._pcscd.ask("unplug")
        self._companion_request("readers 0")
        self._running = False

    def plug(self) -> None:
        """Plug the reader in; returns when it shows an inserted card."""
        self._pcscd.ask("plug")
        self._serves_again()

    # Internals

    def _serving(self) -> bool:
        return self._running

    def _serves_again(self) -> None:
        self._companion_request(f"readers {SLOTS}")
        self._running = True
        self._wait_as_it_is()
        if "second" in self.__dict__:
            self.second._wait_as_it_is()


class _OtherSlot(VirtualSlot):
    def __init__(self, rig: Rig) -> None:
        super().__init__(SECOND_READER, rig.directory, "second-")
        self._rig = rig

    def _serving(self) -> bool:
        return self._rig._running
