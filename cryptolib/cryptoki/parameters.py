"""CK_MECHANISM and the structures of its parameters (PKCS#11 3.2, 5.1 and 6.1), read when a mechanism needs them."""

from __future__ import annotations

from cryptolib.cryptoki.attributes import ULONG_SIZE, from_ulong
from cryptolib.cryptoki.constants import CKR_MECHANISM_PARAM_INVALID, CKZ_DATA_SPECIFIED
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Memory = Callable[[int, int], bytes]


# CK_RSA_PKCS_OAEP_PARAMS without a label.
NO_SOURCE = 0


class CkMechanism:
    """A mechanism type and the address of its parameter, which is read only when a mechanism asks for it."""

    __slots__ = ("_address", "_length", "_memory", "type")

    def __init__(self, mechanism_type: int, address: int, length: int, memory: Memory) -> None:
        """`memory` reads bytes at an address of the host."""
        self.type = mechanism_type
        self._address = address
        self._length = length
        self._memory = memory

    def require_no_parameter(self) -> None:
        """Raises CKR_MECHANISM_PARAM_INVALID if there is a parameter."""
        if self._address or self._length:
            raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "a parameter where the mechanism takes none")

    def ulongs(self, count: int) -> list[int]:
        """The parameter as `count` CK_ULONG fields. Raises CKR_MECHANISM_PARAM_INVALID."""
        if not self._address or self._length != count * ULONG_SIZE:
            raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "the parameter is missing or of another size")
        data = self._memory(self._address, self._length)
        return [from_ulong(data[start : start + ULONG_SIZE]) for start in range(0, len(data), ULONG_SIZE)]

    def pss(self) -> tuple[int, int, int]:
        """CK_RSA_PKCS_PSS_PARAMS: hash, mask generation function, salt length in bytes."""
        hash_type, mgf, salt = self.ulongs(3)
        return hash_type, mgf, salt

    def oaep(self) -> tuple[int, int, bytes]:
        """CK_RSA_PKCS_OAEP_PARAMS: hash, mask generation function, label."""
        hash_type, mgf, source, address, length = self.ulongs(5)
        if source not in (NO_SOURCE, CKZ_DATA_SPECIFIED) or (length and not (address and source)):
            raise CryptokiError(CKR_MECHANISM_PARAM_INVALID, "a label that is not given")
        return hash_type, mgf, self._memory(address, length) if length else b""
