"""Facts about the machine: versions, pcscd, configuration, other modules, traces."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cryptolib.cli.browsers import p11kit
from cryptolib.cli.browsers.states import user_configuration

CONFIGURATION = Path("/etc/opt/santesocial/CPS/cps3_pkcs11.conf")
TRACES = Path("/var/opt/santesocial/CPS/log")
"""Where traces go unless the configuration or the environment says otherwise (docs/configuration.md)."""
_PACKAGES = ("cryptolib-cps", "cffi", "cryptography", "pyscard", "python-pkcs11", "asn1crypto", "rich", "pyHanko")
_VARIABLES = (
    "CPS3_PKCS11_TRACES", "CPS3_DEBUG", "CPS3_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PCSCLITE_CSOCK_NAME",
    "OPENSSL_CONF", "LC_ALL", "LC_MESSAGES", "LANG", "DISPLAY", "WAYLAND_DISPLAY",
)  # fmt: skip
_COMMANDS = (
    ("systemctl", "--no-pager", "status", "pcscd.socket", "pcscd.service"),
    ("journalctl", "--no-pager", "--lines=200", "--unit=pcscd.service"),
    ("lsusb",),
)
_SECONDS = 5
_TRACE_FILES, _TRACE_BYTES = 10, 256 * 1024
_LONGEST = 64 * 1024


def versions() -> dict[str, str]:
    """The versions of the module and its packages, of Python, of the system and of pcscd."""
    found = {"Python": platform.python_version(), "system": _system(), "kernel": platform.release()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {**found, "machine": platform.machine(), "pcscd": _first_line(output("pcscd", "--version"))}


def services() -> str:
    """The state of pcscd and the USB devices; an administrator sees more."""
    return "\n".join(f"$ {' '.join(command)}\n{output(*command)}" for command in _COMMANDS)


def settings() -> str:
    """The environment variables and the configuration file that the module and the command read."""
    lines = [f"{name}={os.environ[name]}" for name in _VARIABLES if name in os.environ]
    return "\n".join((*lines, "", f"# {CONFIGURATION}", _text(CONFIGURATION)))


def other_modules() -> str:
    """The module files of p11-kit, of the system and of the user."""
    places = p11kit.folders(Path("/"), user_configuration())
    files = [path for folder in places for path in sorted(folder.glob("*.module"))]
    return "\n".join(f"# {path}\n{_text(path)}" for path in files)


def traces() -> Iterator[tuple[str, str]]:
    """The newest trace files, the end of each."""
    folder = _trace_folder()
    found = [path for kind in ("cps3p11", "cps3opsc") for path in folder.glob(f"{kind}_*.log") if path.is_file()]
    newest = sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)[:_TRACE_FILES]
    for path in newest:
        try:
            with path.open("rb") as file:
                start = max(0, path.stat().st_size - _TRACE_BYTES)
                file.seek(start)
                if start:
                    file.readline()  # drop the cut line
                yield path.name, file.read().decode("utf-8", "replace")
        except OSError as error:
            yield path.name, str(error)


def output(*command: str) -> str:
    """The output of a system program; empty if there is none."""
    program = shutil.which(command[0]) or shutil.which(command[0], path="/usr/sbin:/sbin")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout + done.stderr


def _trace_folder() -> Path:
    """The trace folder; the environment overrides the file, as in the module."""
    named = os.environ.get("CPS3_PKCS11_TRACES", "")
    if named.startswith("/"):
        return Path(named)
    block = re.search(r"traces\s*\{(.*?)\}", _text(CONFIGURATION), re.IGNORECASE | re.DOTALL)
    path = re.search(r"path\s*=\s*\"?(/[^;\"]+)", block[1], re.IGNORECASE) if block else None
    return Path(path[1].strip()) if path else TRACES


def _text(path: Path) -> str:
    """The beginning of a file; empty if it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST)
    except OSError as error:
        return str(error)


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
