"""What the host's pointers lead to, read into bytes; apart from memory.py, for a start needs none of it."""

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

# No caller has that much in one piece: a length beyond it is a mistake, not data.
MAX_INPUT = 1 << 31
MAX_PARAMETER = 1 << 16
# No card has a code so long.
MAX_CODE = 64
# Longer than any attribute of an object on a card: no file there is longer.
MAX_ATTRIBUTE = 1 << 16


def view(pointer: CData, length: int) -> Buffer:
    """`length` bytes of the caller where they are; good until the call returns.

    The caller answers for lengths up to MAX_INPUT: what takes less says so before it asks for them. Raises
    CKR_ARGUMENTS_BAD for NULL with a length, and for lengths that no buffer has.
    """
    if not length:
        return b""
    require(pointer)
    if length > MAX_INPUT:
        raise CryptokiError(CKR_ARGUMENTS_BAD, "a length that no buffer has")
    memory: Buffer = ffi.buffer(ffi.cast("char *", pointer), length)
    return memory


def read(pointer: CData, length: int) -> bytes:
    """A copy of them."""
    return bytes(view(pointer, length))


def read_secret(pointer: CData, length: int, most: int = MAX_CODE) -> Secret:
    """A code of the caller, or `most` bytes that may hold one, copied once.

    Raises CKR_ARGUMENTS_BAD for NULL: a code that is typed on the reader is not read.
    """
    require(pointer)
    # Too long a length alone makes it wrong: the bytes need not be looked at.
    if length > most:
        return Secret(bytearray(most + 1))
    return Secret(bytearray(ffi.buffer(ffi.cast("char *", pointer), length)) if length else bytearray())


def read_mechanism(pointer: CData) -> CkMechanism:
    """CK_MECHANISM; its parameter is only read when the mechanism wants it."""
    require(pointer)
    address = int(ffi.cast("uintptr_t", pointer.pParameter))
    return CkMechanism(pointer.mechanism, address, pointer.ulParameterLen, _at)


def _at(address: int, length: int) -> bytes:
    if length > MAX_PARAMETER:
        raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "a parameter of a length that none has")
    content: bytes = ffi.buffer(ffi.cast("char *", address), length)[:]
    return content
