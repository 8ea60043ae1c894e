"""C_Initialize and C_Finalize, behind the checks that the shim makes (PKCS#11 3.2, 5.4)."""

from __future__ import annotations

from cryptolib.abi import library
from cryptolib.abi.call import cryptoki_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_Initialize(arguments: CData) -> None:
    """Whatever string `pReserved` holds is tolerated; what it asked of the original is not needed here."""
    library.initialize()


@cryptoki_call
def C_Finalize(reserved: CData) -> None:
    library.finalize()
