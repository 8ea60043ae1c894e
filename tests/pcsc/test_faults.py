"""The service's return codes as transport errors."""

import pytest

from cryptolib.iso7816.connection import CardBusy, CardRemoved, CardReset, ReaderGone, ServiceStopped, TransportError
from cryptolib.pcsc.faults import check
from cryptolib.pcsc.scard import scard


def test_success_is_none() -> None:
    check(scard.SCARD_S_SUCCESS, "SCardConnect")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("SCARD_E_NO_SMARTCARD", CardRemoved),
        ("SCARD_W_REMOVED_CARD", CardRemoved),
        ("SCARD_W_RESET_CARD", CardReset),
        ("SCARD_E_UNKNOWN_READER", ReaderGone),
        ("SCARD_E_READER_UNAVAILABLE", ReaderGone),
        ("SCARD_E_NO_SERVICE", ServiceStopped),
        ("SCARD_E_SERVICE_STOPPED", ServiceStopped),
        ("SCARD_E_INVALID_HANDLE", ServiceStopped),
        ("SCARD_E_SHARING_VIOLATION", CardBusy),
        ("SCARD_W_UNPOWERED_CARD", CardReset),
        ("SCARD_E_NOT_TRANSACTED", TransportError),
        ("SCARD_W_UNRESPONSIVE_CARD", TransportError),
    ],
)
def test_each_code_has_its_fault(code: str, fault: type[TransportError]) -> None:
    with pytest.raises(TransportError, match=r"^SCardConnect: 80[0-9A-F]{6}$") as caught:
        check(getattr(scard, code), "SCardConnect")
    assert caught.type is fault


def test_codes_are_written_as_pcsc_writes_them() -> None:
    """pyscard gives them as they come: 32 bits of a C long, with or without sign."""
    with pytest.raises(TransportError, match="SCardTransmit: 80100016"):
        check(-0x7FEFFFEA, "SCardTransmit")
