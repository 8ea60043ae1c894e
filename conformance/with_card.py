"""Runs a command, or a shell, with a virtual card in the reader: `python -m conformance.with_card cps4 pkcs11-tool -L`.

The command finds the private pcscd by itself; MODULE in its environment is the path of the built module.
"""

import argparse
import os
import subprocess
import sys

from conformance.client import module_path
from conformance.rig import Rig
from conformance.suites.cards import CARDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.with_card", description=__doc__.splitlines()[0])
    parser.add_argument("card", choices=sorted(CARDS))
    parser.add_argument("command", nargs=argparse.REMAINDER, help="without one: your shell")
    chosen = parser.parse_args()
    command = chosen.command or [os.environ.get("SHELL", "/bin/sh")]
    with Rig(chosen.card) as rig:
        if not chosen.command:
            print(f"{rig.reader} holds a {chosen.card}, code porteur 1234. The module is in $MODULE; leave with exit.")
        return subprocess.run(command, env={**rig.env, "MODULE": module_path()}).returncode


if __name__ == "__main__":
    sys.exit(main())
