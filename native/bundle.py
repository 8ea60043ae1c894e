"""Compile the Python modules that a start needs into a C header, for the core: see cryptolib/abi/bundle.py.

Arguments: the root of the source tree, the output file. Run it with the Python that the module is built for.

What only a reader of the source needs is left out: annotations, docstrings, imports for the type checker, and the
constants of PKCS#11 that nothing names.
"""

from __future__ import annotations

import ast
import marshal
import os
import runpy
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from typing import Any

LOADER = "cryptolib.abi.bundle"
CONSTANTS = "cryptolib.cryptoki.constants"
NAMED_IN_TRACES = "CKR_"
ENTRY = ("_cffi_backend", "cryptolib.abi.entry")
"""What the core needs before it can be asked for anything."""

SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))
DYNLOAD = Path(sysconfig.get_path("stdlib")) / "lib-dynload"
PACKAGE, PACKAGES, STANDARD = range(3)
"""The folders of cryptolib/abi/bundle.py."""

OWN_EXTENSIONS = ("cryptolib._partial_hash", "cryptolib._pcsclite")
OTHER_EXTENSIONS = {"_cffi_backend": "_cffi_backend", "smartcard.scard._scard": "smartcard/scard/_scard"}
WANTED_BY = {
    "cryptolib.pcsc.scard": ("smartcard.scard._scard",),
    "cryptolib.mechanisms.hashes": ("_sha1", "_sha2", "_sha256", "_sha512"),
}
"""Imports that do not look like one."""

ENCODINGS = {"init": "__init__.py", "aliases": "aliases.py", "utf_8": "utf_8.py"}

BYTES_A_LINE = 24


class Module:
    """A module of ours in source, and the names that it imports when it is imported."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.is_package = path.name == "__init__.py"
        self.tree = ast.fix_missing_locations(Stripped().visit(ast.parse(path.read_text())))

    def imports(self) -> Iterator[str]:
        yield from WANTED_BY.get(self.name, ())
        for node in at_import(self.tree.body):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield str(node.module)
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(statements: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Every node that is executed when the module is imported."""
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


class Stripped(ast.NodeTransformer):
    """Removes what only readers of the source need; keeps the line numbers."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        node.body = without_docstring(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        node.body = without_docstring(node.body)
        return node

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        node.body = without_docstring(node.body)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        self.generic_visit(node)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_If(self, node: ast.If) -> ast.stmt | None:
        self.generic_visit(node)
        return None if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING" else node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        return None if node.module == "__future__" else node


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:] or [ast.copy_location(ast.Pass(), first)]
    return body


class Compiler:
    """Modules in the order in which they have to be imported, each once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def part(self, names: Iterable[str]) -> list[Module | str]:
        """The modules that these names need and no earlier part has: ours as modules, extensions by name."""
        found: list[Module | str] = []
        for name in names:
            self._find(name, found)
        return found

    def _find(self, name: str, found: list[Module | str]) -> None:
        if name in self._seen:
            return
        parent = name.rpartition(".")[0]
        if parent.startswith("cryptolib"):
            self._find(parent, found)
        path = source_of(name)
        if path:
            self._seen.add(name)
            module = Module(name, path)
            for wanted in module.imports():
                self._find(wanted, found)
            found.append(module)
        elif is_extension(name):
            self._seen.add(name)
            found.append(name)


def source_of(name: str) -> Path | None:
    stem = Path(*name.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.exists()), None)


def is_extension(name: str) -> bool:
    return name in OWN_EXTENSIONS or name in OTHER_EXTENSIONS or standard_extension(name) is not None


def standard_extension(name: str) -> str | None:
    """The file of an extension of Python itself, unless the interpreter has it built in."""
    if name in sys.builtin_module_names:
        return None
    return next((name + suffix for suffix in EXTENSION_SUFFIXES if (DYNLOAD / (name + suffix)).exists()), None)


def place_of(name: str) -> tuple[str, int]:
    if name in OWN_EXTENSIONS:
        return name.replace(".", "/") + SUFFIX, PACKAGE
    if name in OTHER_EXTENSIONS:
        return OTHER_EXTENSIONS[name] + SUFFIX, PACKAGES
    return str(standard_extension(name)), STANDARD


def keep_named_constants(parts: Iterable[Sequence[Module | str]]) -> None:
    """Most of the thousand constants of PKCS#11 are named nowhere; a trace names the return values."""
    modules = [module for part in parts for module in part if isinstance(module, Module)]
    named = {
        alias.name
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == CONSTANTS
        for alias in node.names
    }
    for module in modules:
        if module.name == CONSTANTS:
            module.tree.body = [node for node in module.tree.body if is_kept(node, named)]


def is_kept(node: ast.stmt, named: set[str]) -> bool:
    if not isinstance(node, ast.Assign):
        return True
    (target,) = node.targets
    return isinstance(target, ast.Name) and (target.id in named or target.id.startswith(NAMED_IN_TRACES))


def compiled(module: Module) -> CodeType:
    code: CodeType = compile(module.tree, str(module.path), "exec", dont_inherit=True, optimize=0)
    return code


def entry(item: Module | str) -> tuple[str, bool, CodeType | tuple[str, int]]:
    """See `Bundle` in cryptolib/abi/bundle.py."""
    if isinstance(item, str):
        return item, False, place_of(item)
    return item.name, item.is_package, compiled(item)


def codec(name: str) -> CodeType:
    """A module of Python's package `encodings`."""
    path = Path(sysconfig.get_path("stdlib"), "encodings", ENCODINGS[name])
    code: CodeType = compile(Stripped().visit(ast.parse(path.read_text())), f"<frozen encodings.{name}>", "exec")
    return code


def array(name: str, content: bytes) -> str:
    lines = [content[n : n + BYTES_A_LINE] for n in range(0, len(content), BYTES_A_LINE)]
    body = "\n".join("".join(f"{byte}," for byte in line) for line in lines)
    return f"static const unsigned char {name}[] = {{\n{body}\n}};\n"


def entry_in_c(part: str) -> str:
    """An element of `parts` in native/bundle.c."""
    return f'PART("{part}", cps_bundle_{part.lower()}),'


def main(arguments: Sequence[str]) -> None:
    root, output = arguments[0], Path(arguments[1]).resolve()
    os.chdir(root)
    listed = runpy.run_path("cryptolib/abi/loading.py")["PARTS"]
    compiler = Compiler()
    names = {"ENTRY": ENTRY, **listed}
    parts = {part: compiler.part(wanted) for part, wanted in names.items()}
    keep_named_constants(parts.values())
    arrays: dict[str, Any] = {"loader": compiled(Module(LOADER, Path("cryptolib/abi/bundle.py")))}
    arrays |= {f"encodings_{name}": codec(name) for name in ENCODINGS}
    arrays |= {part.lower(): tuple([entry(item) for item in items]) for part, items in parts.items()}
    text = [
        "/* Written by native/bundle.py. */\n",
        f"#define CPS_BUNDLE_MAGIC {int.from_bytes(MAGIC_NUMBER, 'little')}u\n",
        f"#define CPS_BUNDLE_PARTS {' '.join(map(entry_in_c, names))}\n",
        *(array(f"cps_bundle_{name}", marshal.dumps(content)) for name, content in arrays.items()),
    ]
    output.write_text("".join(text))


if __name__ == "__main__":
    main(sys.argv[1:])
