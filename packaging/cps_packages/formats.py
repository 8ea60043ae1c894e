"""The two package formats, with the names of the dependencies in each."""

from __future__ import annotations

import platform
import re
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cps_packages.bundle import C_LIBRARY, binaries, needed

_DEBIAN_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}
_DEBIAN = {
    "libcrypto.so.3": "libssl3 | libssl3t64",
    "libffi.so.8": "libffi8",
    "libgcc_s.so.1": "libgcc-s1",
    "libpcsclite.so.1": "libpcsclite1",
    "libssl.so.3": "libssl3 | libssl3t64",
    "libz.so.1": "zlib1g",
}
"""The names from Debian 11 to testing, and in Ubuntu; with the 64-bit time only that of OpenSSL changed."""


@dataclass(frozen=True)
class Format:
    packager: str
    file_name: str
    architecture: str
    libraries: Path
    """The folder where applications look for a library by its name."""
    pcscd: str
    c_library: str
    package_of: Callable[[str], str]
    library_mode: int
    """What this kind of systems gives a shared library."""
    licences: Path | None = None
    """The folder where each system has the text of common licences."""

    def depends(self, tree: Path) -> list[str]:
        """The dependencies of everything in the tree."""
        files = binaries(tree)
        libraries = {name for file in files for name in needed(file)}
        ours = {file.name for file in files}
        packages = {self.package_of(name) for name in libraries - C_LIBRARY - ours}
        return [self.c_library.format(_required_glibc(files)), self.pcscd, *sorted(packages)]


DEB = Format(
    packager="deb",
    file_name="{name}_{version}-{release}_{architecture}.deb",
    architecture=_DEBIAN_ARCHITECTURE[platform.machine()],
    libraries=Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or ""),
    pcscd="pcscd",
    c_library="libc6 (>= {})",
    package_of=_DEBIAN.__getitem__,
    library_mode=0o644,
    licences=Path("/usr/share/common-licenses"),
)
RPM = Format(
    packager="rpm",
    file_name="{name}-{version}-{release}.{architecture}.rpm",
    architecture=platform.machine(),
    libraries=Path("/usr/lib64"),
    pcscd="pcsc-lite",
    c_library="libc.so.6(GLIBC_{})(64bit)",
    package_of="{}()(64bit)".format,
    library_mode=0o755,
)


def _required_glibc(files: list[Path]) -> str:
    """The newest version of the C library whose symbols the files use."""
    minors = (int(minor) for file in files for minor in re.findall(rb"GLIBC_2\.(\d+)", file.read_bytes()))
    return f"2.{max(minors)}"
