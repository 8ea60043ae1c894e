"""C_Initialize and C_Finalize, behind the checks that the shim makes (PKCS#11 3.2, 5.4)."""

from __future__ import annotations

from cryptolib.abi import core, library
from cryptolib.abi.call import cryptoki_call
from cryptolib.cryptoki.constants import CKF_LIBRARY_CANT_CREATE_OS_THREADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_Initialize(pInitArgs: CData) -> None:
    """Whatever string `pReserved` holds is tolerated; what it asked of the original is not needed here."""
    library.initialize(_may_start_threads(pInitArgs))


def _may_start_threads(arguments: CData) -> bool:
    if not arguments:
        return True
    flags: int = core.ffi.cast("CK_C_INITIALIZE_ARGS *", arguments).flags
    return not flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS


@cryptoki_call
def C_Finalize(pReserved: CData) -> None:
    library.finalize()
