"""One slot of the virtual reader: its card, faults and APDU log, and another program that uses the card."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.testbed.control_socket import LIMIT_SECONDS, RETRY_SECONDS, ControlSocket
from conformance.testbed.helper import Helper, RigError
from conformance.virtual_card.exchange_log import Exchange, parse_lines
from conformance.virtual_card.profiles import ATR, profile_of

REUSED_SECONDS = 0.005
"""The module may rely for 3 ms on what it saw of a reader (docs/adr/0016)."""


class VirtualSlot:
    """A slot; `open` connects to its helpers and `close` disconnects."""

    def __init__(self, reader: str, directory: Path, prefix: str = "") -> None:
        self.reader = reader
        self.log_file = directory / f"{prefix}apdu.log"
        self.control = directory / f"{prefix}control"
        self._pcscd_log = directory / "pcscd.log"
        self._log_start = 0

    def open(self, env: dict[str, str]) -> None:
        """Start the other program that uses the slot."""
        self._companion = Helper(sys.executable, "-m", "conformance.testbed.pcsc_control", self.reader, env=env)

    def connect(self) -> None:
        """Connect to the virtual card, which may still be starting."""
        self._control = ControlSocket(self.control)
        self.clear_log()

    # The card

    def insert(self, card: str | None = None) -> None:
        """Insert a card, in place of another one; the last card if none is named. Returns when pcscd has seen it."""
        name, presence = self._settled()
        wanted = card or name
        if presence == "present" and wanted == name:
            return
        if presence != "absent":
            self.remove()
        self._companion_request("empty")
        self._control.command(f"insert {wanted}")
        self._wait_present(wanted)

    def insert_upside_down(self) -> None:
        """Insert the card so that it cannot answer. Returns when pcscd has found it mute."""
        self.remove()
        self._control.command("upside-down")
        self._companion_request("mute")

    def remove(self) -> None:
        """Remove the card. Returns when pcscd has seen it."""
        self.pull()
        self._companion_request("empty")

    def pull(self) -> None:
        """Remove the card, and leave it to pcscd when it sees that."""
        self._control.command("remove")

    def new_pins(self) -> None:
        """Restore the PIN, the PUK and their counters."""
        self._control.command("new-pins")

    def reissue(self) -> None:
        """Restore codes, counters and files as issued."""
        self._control.command("reset")

    def vary(self, *specs: str) -> None:
        """Insert another card of this profile, with variations (conformance.virtual_card.variations) or as issued."""
        self._control.command(f"vary {' '.join(specs)}")

    def put_file(self, path: str, content: bytes) -> None:
        """Put a public file such as ``3F00/D010`` on the card, or replace it."""
        self._control.command(f"file {path} {content.hex()}")

    def remove_file(self, path: str) -> None:
        """Delete a file from the card."""
        self._control.command(f"file {path}")

    @property
    def pin_tries(self) -> int:
        return int(self._control.command("counters").split()[0])

    @property
    def puk_tries(self) -> int:
        return int(self._control.command("counters").split()[1])

    def latency(self, spec: str) -> None:
        """Set the latency model: ``realistic``, ``none``, or ``byte=0.12,apdu=5,rsa=500,reset=43``."""
        self._control.command(f"latency {spec}")

    # Another program resets the card.

    def reset_card(self) -> None:
        """Another program resets the card."""
        self._companion_request("disconnect reset")

    def unpower_card(self) -> None:
        """Another program disconnects as pyscard does by default: the card loses its power."""
        self._companion_request("disconnect unpower")

    def eject_card(self) -> None:
        """Another program asks to eject the card, which a reader without a motor ignores."""
        self._companion_request("disconnect eject")

    def connect_as_another(self) -> None:
        """Another program connects, and leaves the card as it is.

        :raises RigError: if PC/SC refuses.
        """
        self._companion_request("disconnect leave")

    def start_disconnect(self, how: str) -> None:
        """Another program waits to disconnect with a ``reset`` or an ``unpower`` as soon as no transaction forbids
        it.
        """
        self._companion.send(f"disconnect-soon {how}")

    def finish_disconnect(self) -> None:
        """Wait until it has disconnected."""
        self._companion_answer("disconnect-soon", self._companion.receive())

    def transmit(self, *commands: str) -> list[bytes]:
        """Another program sends commands (hexadecimal) in one transaction; returns the answers."""
        return [bytes.fromhex(answer) for answer in self._companion_request(f"transmit {' '.join(commands)}").split()]

    def ask_reader(self, code: int, data: bytes = b"") -> bytes:
        """The reader's answer to SCardControl from another program.

        :raises RigError: with the error of PC/SC if the reader does not answer.
        """
        return bytes.fromhex(self._companion_request(f"control {code} {data.hex()}"))

    @contextmanager
    def shared_with_another(self) -> Iterator[None]:
        """Another program is connected and idle."""
        yield from self._kept("shared")

    @contextmanager
    def shared_with_another_that_resets(self) -> Iterator[None]:
        """Another program is connected, and resets the card at the end if it is still there."""
        yield from self._kept("shared", "release reset")

    @contextmanager
    def held_by_another(self) -> Iterator[None]:
        """Another program keeps a transaction: pcscd delays commands and connections of others."""
        yield from self._kept("hold")

    @contextmanager
    def exclusive_to_another(self) -> Iterator[None]:
        """Another program is connected exclusively: nobody else can connect.

        :raises RigError: if PC/SC refuses because somebody is connected.
        """
        yield from self._kept("exclusive")

    def _kept(self, how: str, release: str = "release") -> Iterator[None]:
        self._companion_request(how)
        try:
            yield
        finally:
            self._companion_request(release)

    # Add a fault; conformance.virtual_card.faults describes the syntax.

    def fault(self, spec: str) -> None:
        """Add a fault; conformance.virtual_card.faults describes the syntax."""
        self._control.command(f"fault {spec}")

    def clear_faults(self) -> None:
        """Delete all faults. Returns when the reader has found a mute card again."""
        self._control.command("clear-faults")
        self._settled()

    # The exchanges since the last ``clear_log``; codes are masked.

    def log(self) -> list[Exchange]:
        """The exchanges since the last ``clear_log``; codes are masked."""
        with self.log_file.open("rb") as file:
            file.seek(self._log_start)
            return list(parse_lines(file.read().decode("ascii")))

    def events(self) -> list[str]:
        """The events of the card since the last ``clear_log``: resets, insertions, faults."""
        with self.log_file.open("rb") as file:
            file.seek(self._log_start)
            lines = file.read().decode("ascii").splitlines()
        return [line.split(maxsplit=2)[2] for line in lines if line.startswith("#")]

    def faulted(self) -> bool:
        """True if a fault has happened, or is about to, since the last ``clear_log``."""
        return any(event.startswith("fault") for event in self.events())

    def clear_log(self) -> None:
        self._log_start = self.log_file.stat().st_size

    def apdu_count(self) -> int:
        return len(self.log())

    def byte_count(self) -> int:
        """The bytes of commands and answers, with headers and status words."""
        return sum(len(exchange.command) + len(exchange.response) for exchange in self.log())

    # Plumbing

    def close(self) -> None:
        self._control.close()

    def close_companion(self) -> None:
        self._companion.close()

    def _serving(self) -> bool:
        """True while pcscd runs and notices cards."""
        return True

    def _wait_present(self, card: str) -> None:
        self._companion_request(f"present {ATR[profile_of(card)].hex()}")

    def _wait_as_it_is(self) -> None:
        """Wait until pcscd has seen the card, or the empty slot."""
        card, presence = self._control.command("status").split()
        if presence == "absent":
            self._companion_request("empty")
        else:
            self._wait_present(card)

    def _settled(self) -> tuple[str, str]:
        """The card, and ``present``, ``mute`` or ``absent`` once the reader driver knows."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            name, presence = self._control.command("status").split()
            if presence != "waiting" or not self._serving():
                return name, presence
            if time.monotonic() > deadline:
                raise RigError("the reader does not find the card")
            time.sleep(RETRY_SECONDS)

    def _companion_request(self, request: str) -> str:
        """What the other program answers; whoever calls the module after it is told of the change."""
        answer = self._companion_answer(request, self._companion.ask(request))
        time.sleep(REUSED_SECONDS)
        return answer

    def _companion_answer(self, request: str, said: str) -> str:
        verdict, _, answer = said.partition(" ")
        if verdict != "ok":
            raise RigError(f"PC/SC: {request}: {verdict} {answer} {self._last_words()}".rstrip())
        return answer

    def _last_words(self) -> str:
        """The last line in the log of pcscd or the card."""
        lines = self._pcscd_log.read_text(errors="replace").splitlines()
        return f"({lines[-1]})" if lines else ""
