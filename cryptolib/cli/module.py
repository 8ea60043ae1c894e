"""Where the module of this installation is: its file, and the name under which others shall remember it."""

from __future__ import annotations

from pathlib import Path

from cryptolib.installation import MODULE, module_path


def registered_path() -> Path:
    """The stable path of the module, such as /usr/lib64/libcryptolib_cps.so; the one in its package when there is none.

    A browser keeps the path for years. That path stays when an upgrade brings another Python or another layout.
    """
    module = module_path()
    return next((path for path in _stable(module) if path.resolve() == module.resolve()), module)


def _stable(module: Path) -> list[Path]:
    """The prefix that the module is installed under goes first, then the directories that are nobody's."""
    return [directory / MODULE for directory in (*module.parents[1:], *library_folders(Path("/")))]


def library_folders(root: Path) -> list[Path]:
    """Where a system keeps its libraries: Debian by architecture, others by size."""
    system = root / "usr" / "lib"
    return [*sorted(system.glob("*-linux-gnu")), root / "usr/lib64", system, root / "usr/local/lib"]
