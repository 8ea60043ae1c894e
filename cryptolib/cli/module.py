"""The path of the installed module, and the stable path to register with programs."""

from __future__ import annotations

from pathlib import Path

from cryptolib.installation import MODULE, module_path


def registered_path() -> Path:
    """The stable path of the module, such as /usr/lib64/libcryptolib_cps.so; else the path in its package.

    A browser keeps the path for years. The stable path survives an upgrade to another Python or layout.
    """
    module = module_path()
    return next((path for path in _stable(module) if path.resolve() == module.resolve()), module)


def _stable(module: Path) -> list[Path]:
    """The paths to try: below the prefix of the installation first, then the system folders."""
    return [directory / MODULE for directory in (*module.parents[1:], *library_folders(Path("/")))]


def library_folders(root: Path) -> list[Path]:
    """The library folders of a system: by architecture on Debian, by word size elsewhere."""
    system = root / "usr" / "lib"
    return [*sorted(system.glob("*-linux-gnu")), root / "usr/lib64", system, root / "usr/local/lib"]
