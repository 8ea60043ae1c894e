"""``python -m conformance.rig --card cps4 -- COMMAND...``: runs a command with a virtual card in its reader.

Without a command it prints the environment variables for PC/SC applications and waits for Ctrl-C. With ``--pinpad`` the
reader has a keypad: the terminal, or the keys of ``--press``, one group for each entry.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from conformance.pinpad_reader.keypad import KeypadError
from conformance.pinpad_reader.options import PinpadOptions
from conformance.pinpad_reader.terminal import keypad_at_terminal
from conformance.testbed.helper import RigError
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import DOCTOR, HOLDERS, card_name
from conformance.virtual_card.profiles import INSERTABLE


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.rig", description="A private pcscd and virtual card.")
    parser.add_argument("--card", choices=INSERTABLE, default="cps4")
    parser.add_argument(
        "--holder", choices=(DOCTOR, *HOLDERS), default=DOCTOR, help="whose it is (default %(default)s)"
    )
    parser.add_argument("--second", choices=INSERTABLE, help="a card in the second slot")
    parser.add_argument("--latency", help="byte=MS,apdu=MS,rsa=MS,reset=MS or realistic")
    parser.add_argument("--variation", action="append", default=[], metavar="SPEC", help="of the first card")
    parser.add_argument("--pinpad", action="store_true", help="a reader with a keypad, at this terminal")
    parser.add_argument(
        "--press", action="append", default=[], metavar="KEYS", help='what to press on it: "1234 OK"; may be repeated'
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        pinpad = PinpadOptions() if options.pinpad or options.press else None
        with Rig(card_name(options.card, options.holder), options.latency, options.variation, pinpad) as rig:
            if options.second:
                rig.second.insert(options.second)
            with _keypad(rig, options.press) if pinpad else nullcontext():
                return _run(rig, command)
    except (RigError, KeypadError) as error:
        print(error, file=sys.stderr)
        return 1


@contextmanager
def _keypad(rig: Rig, presses: list[str]) -> Iterator[None]:
    for keys in presses:
        rig.keypad.press(*keys.split())
    with nullcontext() if presses else keypad_at_terminal(rig.keypad):
        yield


def _run(rig: Rig, command: list[str]) -> int:
    if command:
        return subprocess.run(command, env=rig.env, check=False).returncode
    print(f"export CPS3_CACHE={rig.env['CPS3_CACHE']}", flush=True)
    print(f"export PCSCLITE_CSOCK_NAME={rig.env['PCSCLITE_CSOCK_NAME']}", flush=True)
    return _wait_for_interrupt()


def _wait_for_interrupt() -> int:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
