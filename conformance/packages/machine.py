"""Runs a command in a copy of this machine that has the package: ``python -m conformance.packages.machine -- COMMAND``.

So any suite drives the installed module among the machine's own browsers. The copy is written to memory only; it ends
with the command, and the machine itself never has the package.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = "/usr/lib/x86_64-linux-gnu/libcryptolib_cps.so"

_ENTER = """
copy=$1 package=$2 shared=$3; shift 3
mount -t tmpfs tmpfs "$copy"
mkdir "$copy/written" "$copy/work" "$copy/machine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$copy/written,workdir=$copy/work" "$copy/machine"
mount --rbind /dev "$copy/machine/dev"
mount --rbind /sys "$copy/machine/sys"
mount -t proc proc "$copy/machine/proc"
[ -z "$shared" ] || mount --bind "$shared" "$copy/machine$shared"
chroot "$copy/machine" dpkg --install "$package" >/dev/null
exec chroot "$copy/machine" sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
"""


def with_package(
    command: Sequence[str], env: Mapping[str, str], *, shared: str = "", typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Whatever it prints is kept if something is typed to it. The folder `shared` is the machine's own there too."""
    (package,) = (ROOT / "dist").glob("*.deb")
    with tempfile.TemporaryDirectory(prefix="cps-machine-") as copy:
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", _ENTER, "enter", copy]
        return subprocess.run(
            [*enter, str(package), shared, *command],
            env={**env, "CRYPTOLIB_CPS_MODULE": MODULE}, input=typed, capture_output=typed is not None, text=True,
        )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.packages.machine", description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND...")
    command = parser.parse_args().command
    return with_package(command[1:] if command[:1] == ["--"] else command, os.environ).returncode


if __name__ == "__main__":
    sys.exit(main())
