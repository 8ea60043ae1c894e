"""Writes results into the host's memory by the two-call rule (PKCS#11 3.2, 5.2)."""

from __future__ import annotations

from cryptolib.abi.core import ffi
from cryptolib.cryptoki.constants import (
    CKR_ARGUMENTS_BAD,
    CKR_BUFFER_TOO_SMALL,
    CKR_DEVICE_ERROR,
)
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


def require(*pointers: CData) -> None:
    """Raises CKR_ARGUMENTS_BAD for a NULL pointer. The trace looks up the name of the argument."""
    for pointer in pointers:
        if not pointer:
            raise CryptokiError(CKR_ARGUMENTS_BAD, "a NULL pointer", pointer)


class Output:
    """A caller's buffer and the address of its length. A NULL buffer asks for the length; a short one is told it."""

    __slots__ = ("_buffer", "_length", "_promised")

    def __init__(self, buffer: CData, length: CData) -> None:
        require(length)
        self._buffer = buffer
        self._length = length
        self._promised = 0

    def ready(self, size: int) -> bool:
        """True if the caller's buffer takes `size` bytes, False for a length query. Raises CKR_BUFFER_TOO_SMALL."""
        room, self._length[0] = self._length[0], size
        if not self._buffer:
            return False
        if room < size:
            raise CryptokiError(CKR_BUFFER_TOO_SMALL)
        self._promised = size
        return True

    def write(self, data: bytes) -> None:
        """Write at most the `size` bytes that `ready` checked: a card may answer with more.

        Raises CKR_DEVICE_ERROR and leaves the buffer as it is.
        """
        if len(data) > self._promised:
            raise CryptokiError(CKR_DEVICE_ERROR, f"{len(data)} bytes where {self._promised} were announced")
        ffi.memmove(self._buffer, data, len(data))
        self._length[0] = len(data)


def write_all(buffer: CData, length: int, data: bytes) -> None:
    """Fill the caller's buffer of `length` bytes. Raises CKR_DEVICE_ERROR, without writing, for data of another
    length.
    """
    if len(data) != length:
        raise CryptokiError(CKR_DEVICE_ERROR, f"{len(data)} bytes where {length} were asked for")
    ffi.memmove(buffer, data, length)


def write_list(values: list[int], array: CData, count: CData) -> None:
    """Write a list of CK_ULONG by the two-call rule."""
    if Output(array, count).ready(len(values)):
        for index, value in enumerate(values):
            array[index] = value
