"""C_Initialize and C_Finalize, after the checks of the shim (PKCS#11 3.2, 5.4)."""

from __future__ import annotations

from cryptolib.abi import core, library
from cryptolib.abi.call import cryptoki_call
from cryptolib.cryptoki.constants import CKF_LIBRARY_CANT_CREATE_OS_THREADS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_Initialize(pInitArgs: CData) -> None:
    """Ignores `pReserved`: the original took options there that this module does not need."""
    library.initialize(_may_start_threads(pInitArgs))


def _may_start_threads(arguments: CData) -> bool:
    if not arguments:
        return True
    flags: int = core.ffi.cast("CK_C_INITIALIZE_ARGS *", arguments).flags
    return not flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS


@cryptoki_call
def C_Finalize(pReserved: CData) -> None:
    library.finalize()
