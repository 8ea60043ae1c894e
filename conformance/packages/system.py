"""A small Debian in a folder, to install packages in: made once from the machine's apt sources, copied for each use.

Commands run in namespaces of their own, as root, without a network. Nothing that they start outlives them.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "build" / "systems"
# The release of this machine, and the next one: another Python, another C library.
HERE = platform.freedesktop_os_release()["VERSION_CODENAME"]
NEXT = {"bookworm": "trixie", "trixie": "forky"}
RELEASES = {"bullseye": "Debian 11", "bookworm": "Debian 12", "trixie": "Debian 13", "forky": "Debian testing"}
"""The systems that the packages are for, the oldest first; it has the C library of their build."""

# Packages that a system needs for ours and for the tests.
PACKAGES = ["pcscd", "dbus", "libpam-systemd", "opensc", "openssh-client", "p11-kit", "python3-pykcs11", "python3-venv"]
_FROM_TRIXIE_ON = ["python3-pkcs11"]
# To ask what the rules of AppArmor allow.
_HERE_ALONE = ["apparmor", "strace"]
# The one of each release of today; a name that is newer than debootstrap has none of its own.
_SCRIPT = "/usr/share/debootstrap/scripts/sid"
# A system that has it can also be one that has it not: `dpkg --remove` needs no network.
LIBPYTHON = {"bookworm": "libpython3.11", "trixie": "libpython3.13"}
# Files that no package owns, or that dpkg and rpm keep for themselves.
LEFT_TO_THE_SYSTEM = ("dev", "proc", "tmp", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/lib/rpm", "var/log")

_ENTER = """
root=$1 shared=$2; shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
if [ -n "$shared" ]; then
    mkdir -p "$root$shared"
    mount --bind "$shared" "$root$shared"
fi
exec chroot "$root" "$@"
"""
# Unpacking a package takes seconds; where other programs compute as well, minutes.
COMMAND_SECONDS = 600
_NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child")


def _mirror(release: str) -> str:
    """Where apt of this machine finds the main part of its release; the other releases are there too."""
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", "Created-By: Packages"]
    for line in subprocess.run(targets, check=True, capture_output=True, text=True).stdout.splitlines():
        address, codename, component = line.split()
        if (codename, component) == (HERE, "main"):
            return address
    raise RuntimeError(f"apt knows no source of {HERE} to make a system of {release} from")


def _original(release: str) -> Path:
    """The system as it is before any test."""
    packages = [
        *PACKAGES,
        *(_FROM_TRIXIE_ON if release in ("trixie", "forky") else []),
        *(_HERE_ALONE if release == HERE else []),
    ]
    packages += [LIBPYTHON[release]] if release in LIBPYTHON else []
    recipe = f"{release} {' '.join(packages)}"
    place, label = STORE / release, STORE / f"{release}.made-of"
    if not label.exists() or label.read_text() != recipe:
        shutil.rmtree(place, ignore_errors=True)
        label.unlink(missing_ok=True)
        place.mkdir(parents=True)
        options = ["--variant=minbase", f"--include={','.join(packages)}"]
        made = subprocess.run(
            ["debootstrap", *options, release, str(place), _mirror(release), _SCRIPT],
            capture_output=True, text=True, env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"},
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(made.stdout[-2000:] + made.stderr[-2000:])
        label.write_text(recipe)
    return place


class System:
    """One copy."""

    def __init__(self, root: Path, release: str) -> None:
        self.root = root
        self.release = release
        self._shared = ""
        self._environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "CPS3_CACHE": "0"}

    def share(self, folder: Path) -> None:
        """What runs in it from now on reaches this folder of the machine, in which the pcscd of a rig listens.

        That is this machine's, and speaks to libraries of its own release and of older ones: a newer system gets its.
        """
        self._shared = str(folder)
        releases = list(RELEASES)
        if releases.index(self.release) > releases.index(HERE):
            self._prefer_libpcsclite_of_machine()

    def _prefer_libpcsclite_of_machine(self) -> None:
        """Not with LD_LIBRARY_PATH: a program with another group, as ssh-agent of Debian 13, does not pass that on."""
        libraries = self.root / "usr/local/lib/pcsc"
        if libraries.exists():
            return
        libraries.mkdir()
        (library,) = Path("/usr/lib").glob("*/libpcsclite.so.1")
        shutil.copy(library, libraries)
        (self.root / "etc/ld.so.conf.d/00-pcsc.conf").write_text("/usr/local/lib/pcsc\n")
        self.run("ldconfig")

    def run(self, *command: str, env: Mapping[str, str] | None = None, typed: str = "") -> str:
        """The output of a command, error messages included."""
        done = subprocess.run(
            [*_NAMESPACES, "sh", "-euc", _ENTER, "enter", str(self.root), self._shared, *command],
            env={**self._environment, "DEBIAN_FRONTEND": "noninteractive", **(env or {})},
            input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=COMMAND_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout[-3000:]}"
        return done.stdout

    def install(self, package: Path) -> None:
        """Install like a user; apt must find every dependency in the system."""
        shutil.copy(package, self.root)
        self.run("apt-get", "install", "--yes", "--allow-downgrades", f"/{package.name}")
        (self.root / package.name).unlink()

    def files(self) -> dict[str, tuple[object, ...]]:
        """Everything in it, and what makes a file that file."""
        return dict(self._entries(self.root))

    def _entries(self, folder: Path) -> Iterator[tuple[str, tuple[object, ...]]]:
        for path in folder.iterdir():
            name, status = str(path.relative_to(self.root)), path.lstat()
            if name in LEFT_TO_THE_SYSTEM:
                continue
            facts: tuple[object, ...] = (oct(status.st_mode), status.st_uid, status.st_gid)
            if path.is_symlink():
                yield name, (*facts, os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                yield name, facts
                yield from self._entries(path)
            else:
                yield name, (*facts, status.st_size, status.st_mtime_ns)


@contextmanager
def system(release: str) -> Iterator[System]:
    """A copy that nobody has installed anything in."""
    original = _original(release)
    with tempfile.TemporaryDirectory(prefix="cps-system-", dir=STORE) as folder:
        root = Path(folder, "root")
        subprocess.run(["cp", "--archive", original, root], check=True)
        yield System(root, release)
