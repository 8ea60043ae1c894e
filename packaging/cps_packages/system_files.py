"""The files of a package outside the bundle: the module, links to commands, registrations."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

from cps_packages.bundle import COMMANDS, HOME, ROOT
from cryptolib.cli.browsers import p11kit

NAME = "libcryptolib_cps.so"
# The name that software for Cryptolib CPS 5 looks up.
OLD_NAME = "libcps3_pkcs11_lux.so"
# The SONAME of the original: what the loader looks for when a program was linked to it.
OLD_SONAME = "libcps3_pkcs11_lux.so.0"
TITLE = "Cryptolib CPS"
# A WebExtension of this identity may load the module by itself, in Firefox.
EXTENSION = "module@cryptolib-cps"


def links(tree: Path, libraries: Path) -> Iterator[tuple[Path, Path]]:
    """Each link and where it leads; `libraries` is the target system's folder for them."""
    yield _relative(HOME / module_in(tree).relative_to(tree), libraries / NAME)
    yield libraries / OLD_NAME, Path(NAME)
    yield libraries / OLD_SONAME, Path(NAME)
    for name in COMMANDS:
        yield _relative(Path("/usr/bin", name), HOME / "bin" / name)
        if name != "cps":
            yield Path("/usr/share/man/man1", f"{name}.1.gz"), Path("cps.1.gz")
            yield Path("/usr/share/man/fr/man1", f"{name}.1.gz"), Path("cps.1.gz")


def _relative(link: Path, target: Path) -> tuple[Path, Path]:
    return link, Path(os.path.relpath(target, link.parent))


def module_in(tree: Path) -> Path:
    """Its place in the bundle."""
    (package,) = tree.glob("lib/*/site-packages/cryptolib")
    return package / NAME


def files(libraries: Path, module_file: Path) -> Iterator[tuple[Path, bytes]]:
    """Each file and its content.

    The module itself is one of them: an agent of OpenSSH refuses a library that really lies outside /usr/lib.
    """
    module = str(libraries / NAME)
    yield libraries / NAME, module_file.read_bytes()
    manifest = {
        "name": "cryptolib_cps",
        "description": f"{TITLE}, PKCS#11 for CPS cards",
        "type": "pkcs11",
        "path": module,
        "allowed_extensions": [EXTENSION],
    }
    mozilla = Path("/usr/lib64" if libraries.name == "lib64" else "/usr/lib", "mozilla", "pkcs11-modules")
    yield Path("/usr/share/p11-kit/modules/cryptolib-cps.module"), p11kit.content(Path(module)).encode()
    yield mozilla / "cryptolib_cps.json", _json(manifest)
    yield HOME / "share" / "policies.json", _json({"policies": {"SecurityDevices": {"Add": {TITLE: module}}}})
    yield HOME / "share" / "policies", (ROOT / "packaging" / "scripts" / "policies").read_bytes()
    for folder in ("", "fr"):
        page = ROOT / "docs" / "man" / folder / "cps.1"
        yield Path("/usr/share/man", folder, "man1", "cps.1.gz"), gzip.compress(page.read_bytes(), mtime=0)
    completion = ROOT / "docs" / "completion"
    yield Path("/usr/share/bash-completion/completions/cps"), (completion / "cps.bash").read_bytes()
    zsh = "site-functions" if libraries.name == "lib64" else "vendor-completions"
    yield Path("/usr/share/zsh", zsh, "_cps"), (completion / "_cps").read_bytes()


def _json(content: object) -> bytes:
    return json.dumps(content, indent=2).encode() + b"\n"
