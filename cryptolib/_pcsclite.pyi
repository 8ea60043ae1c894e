"""What the module asks of libpcsclite beside pyscard, compiled from native/pcsclite.c."""

from typing import Any

ffi: Any
lib: Any
