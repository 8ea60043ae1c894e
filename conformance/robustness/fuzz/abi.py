"""Random calls of every function, with each card: `python -m conformance.robustness.fuzz.abi --seconds 600`.

The seed is printed, and can be given to meet the same calls again.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.testbed.cards import CARDS, PIN, PUK
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import INSERTABLE

SOURCES = [Path(__file__).with_name(name) for name in ("abi_fuzz.c", "abi_arguments.c")]
HEADERS = Path(__file__).parents[3] / "native" / "pkcs11"
PROTOTYPE = re.compile(r"^(?:CK|CPS)_FUNCTION\((C_\w+), \((.*?)\)\)$", re.M | re.S)
END_SECONDS = 60
"""How long the program may go on after its time is over: its last call, and its end."""

BY_TYPE = {
    "CK_SESSION_HANDLE": "session",
    "CK_SLOT_ID": "slot",
    "CK_OBJECT_HANDLE": "object",
    "CK_USER_TYPE": "user",
    "CK_FLAGS": "flags",
    "CK_BBOOL": "number",
    "CK_MECHANISM_TYPE": "number",
    "CK_MECHANISM_PTR": "mechanism",
    "CK_ATTRIBUTE_PTR": "template",
}
BY_NAME = {
    "pPin": "code",
    "pOldPin": "code",
    "pNewPin": "code",
    "RandomData": "array",
    "pInitArgs": "initialization",
    "pInterfaceName": "name",
    "pReserved": "null",
    "pRserved": "null",
    "pApplication": "null",
    "Notify": "null",
}


def compile_fuzzer(directory: Path) -> Path:
    program = directory / "abi_fuzz"
    options = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", f"-I{HEADERS}", "-o", str(program)]
    command = ["cc", *options, *map(str, SOURCES), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return program


def table() -> str:
    """Every function of the header with the kinds of its arguments, a line each."""
    text = "".join((HEADERS / name).read_text() for name in ("pkcs11.h", "cps.h"))
    lines = []
    for name, declared in PROTOTYPE.findall(text):
        parameters = [tuple(one.split()[-2:]) for one in declared.split(",")]
        types = [kind for kind, _ in parameters]
        kinds = [_kind(kind, called, types[at + 1 : at + 2]) for at, (kind, called) in enumerate(parameters)]
        lines.append(" ".join((name, *_paired(kinds))))
    return "\n".join(lines) + "\n"


def _kind(kind: str, name: str, following: list[str]) -> str:
    if name in BY_NAME or kind in BY_TYPE:
        return BY_NAME.get(name) or BY_TYPE[kind]
    if kind == "CK_ULONG":
        return "length"
    if kind == "CK_ULONG_PTR":
        return kind
    if following == ["CK_ULONG_PTR"] and kind.endswith("_PTR"):
        return "output" if kind in ("CK_BYTE_PTR", "CK_UTF8CHAR_PTR", "CK_VOID_PTR") else "outputs"
    if following == ["CK_ULONG"] and kind.endswith("_PTR"):
        return "array" if kind == "CK_OBJECT_HANDLE_PTR" else "input"
    return kind


def _paired(kinds: list[str]) -> Iterator[str]:
    """A length behind something that has none is a number; a CK_ULONG_PTR behind an output is its room."""
    before = ""
    for kind in kinds:
        if kind == "length" and before not in ("input", "code", "template", "array"):
            yield "number"
        elif kind == "CK_ULONG_PTR" and before in ("output", "outputs"):
            yield "room"
        else:
            yield kind
        before = kind


def run(program: Path, env: Mapping[str, str], seed: int, seconds: int) -> subprocess.CompletedProcess[str]:
    command = [str(program), module_path(), str(seed), str(seconds), PIN.decode(), PUK.decode()]
    return subprocess.run(
        command,
        env=dict(env),
        input=table(),
        capture_output=True,
        text=True,
        timeout=seconds + END_SECONDS,
        check=False,
    )


def new_seed() -> int:
    return time.time_ns() % 1_000_000_007


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.robustness.fuzz.abi", description="Random calls of the module."
    )
    parser.add_argument("--seconds", type=int, default=600, help="for all cards together")
    parser.add_argument("--seed", type=int, default=new_seed())
    parser.add_argument("--card", choices=sorted(INSERTABLE), action="append")
    options = parser.parse_args()
    cards = options.card or sorted(INSERTABLE)
    failed = False
    with Rig(cards[0]) as rig:
        program = compile_fuzzer(rig.directory)
        for card in cards:
            rig.insert(card)
            rig.reissue()
            done = run(program, rig.env, options.seed, options.seconds // len(cards))
            tries = f"tries {rig.pin_tries} {rig.puk_tries}" if card in CARDS else "no codes"
            print(f"{card}: {done.stdout.strip()} {done.stderr.strip()} {tries}", flush=True)
            failed = failed or done.returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
