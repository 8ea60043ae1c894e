"""The callbacks behind the C_ functions, compiled from native/core.c; `cryptolib.abi.entry.install` receives both names."""

from typing import Any

ffi: Any
lib: Any
