"""PC/SC return codes as transport errors (PC/SC part 5, 3.1.4; pcsc-lite's pcsclite.h)."""

from __future__ import annotations

from cryptolib.iso7816.connection import CardBusy, CardRemoved, CardReset, ReaderGone, ServiceStopped, TransportError
from cryptolib.pcsc.scard import scard

_FAULTS: dict[int, type[TransportError]] = {
    scard.SCARD_E_NO_SMARTCARD: CardRemoved,
    scard.SCARD_W_REMOVED_CARD: CardRemoved,
    scard.SCARD_W_RESET_CARD: CardReset,
    scard.SCARD_W_UNPOWERED_CARD: CardReset,
    scard.SCARD_E_SHARING_VIOLATION: CardBusy,
    scard.SCARD_E_UNKNOWN_READER: ReaderGone,
    scard.SCARD_E_READER_UNAVAILABLE: ReaderGone,
    scard.SCARD_E_NO_SERVICE: ServiceStopped,
    scard.SCARD_E_SERVICE_STOPPED: ServiceStopped,
    scard.SCARD_E_INVALID_HANDLE: ServiceStopped,
    scard.SCARD_F_COMM_ERROR: ServiceStopped,
}


def check(code: int, call: str) -> None:
    """Return if `code` is success; else raise its TransportError."""
    if code != scard.SCARD_S_SUCCESS:
        raise _FAULTS.get(code, TransportError)(f"{call}: {code & 0xFFFFFFFF:08X}")


def is_lost(code: int) -> bool:
    """True if the card, the reader or the service cannot be reached; False if only this call was refused."""
    return code in _FAULTS


def unsigned(code: int) -> int:
    """Convert a return code of libpcsclite to the unsigned form of pyscard's constants."""
    return code & 0xFFFFFFFF
