"""Reads arguments from the host's memory. Apart from memory.py, because C_Initialize does not need it."""

from __future__ import annotations

from cryptolib.abi.core import ffi
from cryptolib.abi.memory import require
from cryptolib.cryptoki.constants import CKR_ARGUMENTS_BAD, CKR_MECHANISM_PARAM_INVALID
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.cryptoki.parameters import CkMechanism
from cryptolib.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.mechanisms.hashes import Buffer

# A longer input is a mistake of the caller.
MAX_INPUT = 1 << 31
MAX_PARAMETER = 1 << 16
# Longer than any code.
MAX_CODE = 64
# Longer than any file of a card, and so than any attribute.
MAX_ATTRIBUTE = 1 << 16


def view(pointer: CData, length: int) -> Buffer:
    """The caller's `length` bytes in place, without a copy; valid until the call returns.

    Lengths up to MAX_INPUT are trusted: check a smaller limit before you call this. Raises CKR_ARGUMENTS_BAD for NULL
    with a length, and for a length beyond MAX_INPUT.
    """
    if not length:
        return b""
    require(pointer)
    if length > MAX_INPUT:
        raise CryptokiError(CKR_ARGUMENTS_BAD, "a length that no buffer has")
    memory: Buffer = ffi.buffer(ffi.cast("char *", pointer), length)
    return memory


def read(pointer: CData, length: int) -> bytes:
    """A copy of the caller's `length` bytes; raises like `view`."""
    return bytes(view(pointer, length))


def read_secret(pointer: CData, length: int, most: int = MAX_CODE) -> Secret:
    """Copy a code, or `most` bytes at most of a command that may hold one, into memory that is wiped.

    Raises CKR_ARGUMENTS_BAD for NULL. A caller with a code that is typed on the reader does not come here.
    """
    require(pointer)
    # The length alone makes it wrong: the bytes are not read.
    if length > most:
        return Secret(bytearray(most + 1))
    return Secret(bytearray(ffi.buffer(ffi.cast("char *", pointer), length)) if length else bytearray())


def read_mechanism(pointer: CData) -> CkMechanism:
    """Read CK_MECHANISM; its parameter is read when the mechanism asks for it."""
    require(pointer)
    address = int(ffi.cast("uintptr_t", pointer.pParameter))
    return CkMechanism(pointer.mechanism, address, pointer.ulParameterLen, _at)


def _at(address: int, length: int) -> bytes:
    if length > MAX_PARAMETER:
        raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "a parameter of a length that none has")
    content: bytes = ffi.buffer(ffi.cast("char *", address), length)[:]
    return content
