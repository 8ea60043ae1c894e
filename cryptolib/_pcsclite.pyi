"""SCardTransmit on buffers of the caller, compiled from native/pcsclite.c."""

from typing import Any

ffi: Any
lib: Any
