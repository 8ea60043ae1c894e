"""Loads the layers from code that is compiled into the core, without a look-up or a read on disk.

`native/bundle.py` makes the parts when the module is built; `loading` lists what they hold. A module that the host (a
Python program) has imported already is not replaced.
"""

from __future__ import annotations

import gc
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader, SourceFileLoader
from marshal import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType

    # (name, is a package, code); or for a compiled extension (name, False, (file name, index into `Bundle.folders`)).
    Entry = tuple[str, bool, CodeType | tuple[str, int]]

# Indexes into `Bundle.folders`, of the place of a compiled extension.
PACKAGE, PACKAGES = range(2)

# The parts that must be loaded before a part, which does not repeat their modules.
BEFORE = {
    "MECHANISMS": ("CARD",),
    "CPS3": ("CARD",),
    "CPS3CL": ("CARD",),
    "CPS4": ("CARD",),
    "SESSION": ("CARD", "MECHANISMS", "CPS3", "CPS3CL", "CPS4"),
}


class Bundle:
    def __init__(self, parts: dict[str, memoryview], folders: tuple[str, ...]) -> None:
        """`folders`: that of this package; in our own interpreter also those of all packages and of Python's
        extensions.
        """
        self._parts = parts
        self._folders = folders
        self._is_ours = len(folders) > 1

    def load(self, part: str) -> None:
        """Import what is missing. Raises what the import raises, and MemoryError; the caller may try again."""
        for name in (*BEFORE.get(part, ()), part):
            if name in self._parts:
                self._load(self._parts[name])
                del self._parts[name]

    def _load(self, content: memoryview) -> None:
        entries: tuple[Entry, ...]
        if self._is_ours:
            # These modules live as long as the process: the garbage collector need not look at them.
            gc.disable()
        try:
            entries = loads(content)
            for entry in entries:
                if entry[0] not in sys.modules:
                    self._import(*entry)
        finally:
            if self._is_ours:
                gc.freeze()
                gc.enable()

    def _import(self, name: str, is_package: bool, content: CodeType | tuple[str, int]) -> None:
        if isinstance(content, tuple):
            self._import_extension(name, *content)
        else:
            self._import_source(name, is_package, content)

    def _import_source(self, name: str, is_package: bool, code: CodeType) -> None:
        path = f"{self._folders[PACKAGE]}/{code.co_filename}"
        loader = SourceFileLoader(name, path)
        spec = ModuleSpec(name, loader, origin=path, is_package=is_package)
        module = type(sys)(name)
        module.__spec__, module.__loader__, module.__file__ = spec, loader, path
        if is_package:
            module.__package__ = name
            module.__path__ = spec.submodule_search_locations = [path.rpartition("/")[0]]
        else:
            module.__package__ = name.rpartition(".")[0]
        _add(name, module)
        try:
            exec(code, module.__dict__)
        except BaseException:
            del sys.modules[name]
            raise

    def _import_extension(self, name: str, file: str, folder: int) -> None:
        """Import a compiled extension; skip one whose folder is not known, for the ordinary import to find."""
        if folder >= len(self._folders):
            return
        path = f"{self._folders[folder]}/{file}"
        loader = ExtensionFileLoader(name, path)
        # An extension made by SWIG first searches sys.path for a module of its own name.
        searched, sys.path = sys.path, [] if folder == PACKAGES else sys.path
        try:
            module = loader.create_module(ModuleSpec(name, loader, origin=path))
            _add(name, module)
            loader.exec_module(module)
        except BaseException as error:
            sys.modules.pop(name, None)
            if not isinstance(error, ImportError):
                raise
        finally:
            sys.path = searched


def _add(name: str, module: ModuleType) -> None:
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], child, module)
