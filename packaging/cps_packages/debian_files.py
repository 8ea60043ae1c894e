"""Files for the Debian package only: lintian overrides, and AppArmor rules for confined programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cps_packages.bundle import ROOT

_PACKAGING = ROOT / "packaging"
_ABSTRACTIONS = Path("/etc/apparmor.d/abstractions")


def files(name: str) -> Iterator[tuple[Path, bytes]]:
    """Each file and its content."""
    yield Path("/usr/share/lintian/overrides", name), (_PACKAGING / "lint" / "lintian-overrides").read_bytes()
    yield _ABSTRACTIONS / name, (_PACKAGING / "apparmor" / name).read_bytes()
    yield _ABSTRACTIONS / "p11-kit.d" / name, f"  #include <abstractions/{name}>\n".encode()
