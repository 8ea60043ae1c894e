"""pyscard's compiled winscard binding, loaded without the package smartcard.

`import smartcard` costs threads, observers and ten milliseconds at every start; the extension in it is all that is
needed. It keeps its full name in sys.modules, so that a host that uses pyscard shares it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "smartcard.scard._scard"


def _load() -> Any:
    loaded = sys.modules.get(NAME)
    if loaded is not None:
        return loaded
    # importlib.machinery gives the same names, but with more imports.
    from _frozen_importlib import ModuleSpec
    from _frozen_importlib_external import ExtensionFileLoader, PathFinder

    package = PathFinder.find_spec("smartcard")
    if package is None or package.submodule_search_locations is None:
        raise ImportError("pyscard is not installed", name="smartcard")
    folders = [folder + "/scard" for folder in package.submodule_search_locations]
    found = PathFinder.find_spec("_scard", folders)
    if found is None or found.origin is None:
        raise ImportError("pyscard has no compiled winscard binding", name=NAME)
    loader = ExtensionFileLoader(NAME, found.origin)
    module = loader.create_module(ModuleSpec(NAME, loader, origin=found.origin))
    loader.exec_module(module)
    sys.modules[NAME] = module
    return module


scard: Any = _load()
