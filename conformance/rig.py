"""``python -m conformance.rig --card cps4 -- COMMAND...``: runs a command with a virtual card in its reader.

Without a command it prints the variables that lead any PC/SC application there and waits for Ctrl-C.
"""

import argparse
import subprocess
import sys
import time

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
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        with Rig(card_name(options.card, options.holder), options.latency, options.variation) as rig:
            if options.second:
                rig.second.insert(options.second)
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
