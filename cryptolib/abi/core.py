"""The compiled core: `ffi` and `lib` of cffi."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    CData = Any  # cffi has one static type for all its objects

ffi: Any = None
lib: Any = None


def connect(core_ffi: Any, core_lib: Any) -> None:
    """Set `ffi` and `lib`. Must run before the chapters are imported, which bind `ffi` by name."""
    global ffi, lib
    ffi, lib = core_ffi, core_lib
