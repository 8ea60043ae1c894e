"""Signs with a virtual CPS4 and a virtual CPS3 through the built module, and prints each step.

Only the card is simulated: the module, pcscd, the vpcd driver, pkcs11-tool and openssl are real.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.testbed.cards import CARDS, PIN, Card, KeyNames
from conformance.testbed.client import module_path
from conformance.testbed.pty_driver import at_terminal
from conformance.testbed.rig import Rig
from conformance.testbed.terminal import Terminal

MESSAGE = "Ordonnance du 14 juillet 2026 : repos, grand air, et deux chapitres de Moliere par jour.\n"
SLOT_LINES = ("Slot 0", "token label", "token manufacturer", "token flags", "serial num", "pin min/max")


class StepFailed(Exception):
    """A command failed; the text is its output."""


@dataclass(frozen=True, slots=True)
class TokenObject:
    kind: str
    label: str
    id: str


def main() -> int:
    # SIGTERM raises an exception, so that pcscd is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    terminal = Terminal(sys.stdout)
    module = module_path()
    terminal.title("Cryptolib CPS", "one holder, a CPS4 and a CPS3, one module")
    terminal.fact("module", module)
    try:
        for card in ("cps4", "cps3"):
            Demonstration(terminal, module, CARDS[card]).run()
    except StepFailed as failure:
        terminal.failed(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130
    print_next_steps(terminal, module)
    return 0


def print_next_steps(terminal: Terminal, module: str) -> None:
    terminal.title("Next steps", "")
    for command, why in (
        (".venv/bin/python -m conformance.rig --card cps4 -- bash", "a shell with a virtual card in the reader"),
        (f"pkcs11-tool --module {module} -L", "your own reader"),
        ("make test", "every test"),
        ("make bench", "APDUs, bytes and milliseconds against OpenSC"),
        ("sudo make install", "for the applications of this machine: see docs/packages.md"),
    ):
        terminal.command(command, why)


class Demonstration:
    """All steps with one card."""

    def __init__(self, terminal: Terminal, module: str, card: Card) -> None:
        self._terminal = terminal
        self._module = module
        self._card = card

    def run(self) -> None:
        self._terminal.title(self._card.generation, "virtual card, real pcscd, real clients")
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as directory, Rig(self._card.name) as rig:
            self._rig = rig
            self._directory = Path(directory)
            self._env = rig.env
            (self._directory / "message").write_text(MESSAGE)
            self._terminal.done("card in the reader", f"{rig.reader}, {time.perf_counter() - started:.1f} s")
            self._list()
            for key in self._card.keys:
                self._read_certificate(key)
            for key in self._card.keys:
                self._sign(key)

    def _list(self) -> None:
        with self._step("pkcs11-tool -L") as step:
            printed = [line.strip() for line in self._tool("-L").splitlines()]
            step.lines = [line for line in printed if line.startswith(SLOT_LINES)]
        with self._step("pkcs11-tool -M") as step:
            names = [line.split(",")[0].strip() for line in self._tool("-M").splitlines() if line.startswith("  ")]
            step.lines = [f"{len(names)} mechanisms: {' '.join(names)}"]
        with self._step("pkcs11-tool -O") as step:
            step.lines = [self._line(found) for found in objects(self._tool("-O"))]
        with self._step("pkcs11-tool --login -O") as step:
            found = objects(self._tool("--login", "-O", typed=PIN.decode()))
            self._ids = {each.label: each.id for each in found if each.id}
            step.lines = [self._line(each) for each in found if each.kind == "private key"]

    @staticmethod
    def _line(found: TokenObject) -> str:
        return f"{found.kind:<12} {found.label:<50} {found.id}".rstrip()

    def _read_certificate(self, key: KeyNames) -> None:
        with self._step(f"read the certificate of {key.private}") as step:
            certificate = self._directory / f"{key.private}.der"
            self._tool("--read-object", "--type", "cert", "--id", key.id.hex(), "--output-file", str(certificate))
            described = self._run(
                "openssl", "x509", "-inform", "DER", "-in", str(certificate), "-noout",
                "-subject", "-nameopt", "utf8,sep_comma_plus_space", "-ext", "keyUsage,extendedKeyUsage",
            )  # fmt: skip
            step.lines = [line.strip() for line in described.splitlines() if not line.startswith("X509v3")]
            public = self._run("openssl", "x509", "-inform", "DER", "-in", str(certificate), "-noout", "-pubkey")
            (self._directory / f"{key.private}.pem").write_text(public)

    def _sign(self, key: KeyNames) -> None:
        message, signature = self._directory / "message", self._directory / f"{key.private}.sig"
        with self._step(f"log in and sign with {key.private}") as step:
            self._tool(
                "--login", "--sign", "--mechanism", "SHA256-RSA-PKCS",
                "--id", self._ids[key.private], "--input-file", str(message), "--output-file", str(signature),
                typed=PIN.decode(),
            )  # fmt: skip
            content = signature.read_bytes()
            step.lines = [f"SHA256-RSA-PKCS, {len(content)} bytes: {content[:24].hex()}..."]
        with self._step("openssl verifies it against the certificate of the card") as step:
            public = self._directory / f"{key.private}.pem"
            verdict = self._run(
                "openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(signature), str(message)
            )
            step.lines = [verdict.strip()]

    @contextmanager
    def _step(self, name: str) -> Iterator["Step"]:
        self._rig.clear_log()
        started = time.perf_counter()
        step = Step()
        yield step
        elapsed = (time.perf_counter() - started) * 1000
        apdus = self._rig.apdu_count()
        self._terminal.done(name, f"{apdus} APDU, {elapsed:.0f} ms" if apdus else f"{elapsed:.0f} ms")
        for line in step.lines:
            self._terminal.detail(line)

    def _tool(self, *arguments: str, typed: str = "") -> str:
        """``typed``: the code that the tool asks for on its terminal."""
        command = ("pkcs11-tool", "--module", self._module, *arguments)
        return run(at_terminal(*command), self._env, typed) if typed else self._run(*command)

    def _run(self, *command: str) -> str:
        return run(command, self._env)


class Step:
    """The result lines of a step."""

    def __init__(self) -> None:
        self.lines: list[str] = []


def run(command: tuple[str, ...], env: Mapping[str, str], typed: str = "") -> str:
    done = subprocess.run(command, env={**env, "LC_ALL": "C.UTF-8"}, input=typed.encode(), capture_output=True)
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if done.returncode:
        raise StepFailed(f"{' '.join(command)}\nended with status {done.returncode}\n{out}{err}".rstrip())
    return out


def objects(listing: str) -> list[TokenObject]:
    """The objects that `pkcs11-tool -O` lists, in its order."""
    found = []
    for paragraph in listing.replace("\n  ", "\0").splitlines():
        head, *fields = paragraph.split("\0")
        if " object" not in head.lower():
            continue
        values = {name.strip().lower(): value.strip(" '\t") for name, _, value in (f.partition(":") for f in fields)}
        kind = head.lower().partition(" object")[0]
        found.append(TokenObject(kind, values.get("label", ""), values.get("id", "")))
    return found


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    sys.exit(main())
