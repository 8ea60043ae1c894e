"""The callbacks behind the C_ functions, compiled from native/core.c; `abi.entry.install` receives both names."""

from typing import Any

ffi: Any
lib: Any
