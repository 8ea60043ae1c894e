"""The compiled core (cffi `ffi` and `lib`) as the Python side of the ABI sees it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    CData = Any  # cffi gives no finer static type than its one opaque CData

ffi: Any = None
lib: Any = None


def connect(core_ffi: Any, core_lib: Any) -> None:
    """Remember the core that started us; chapters are imported after this, so they may bind `ffi` by name."""
    global ffi, lib
    ffi, lib = core_ffi, core_lib
