"""A PC/SC context: a connection to the PC/SC service."""

from __future__ import annotations

from cryptolib import files
from cryptolib.iso7816.connection import ServiceSilent
from cryptolib.pcsc.faults import check
from cryptolib.pcsc.gate import gate
from cryptolib.pcsc.scard import scard


class Context:
    """Established on creation. pcsc-lite serialises the calls of one context, so a blocking call needs its own.

    Only its owner calls it, and releases it after the last call. Any thread may call `cancel` at any time.
    """

    __slots__ = ("handle",)

    def __init__(self) -> None:
        with gate.changing():
            while gate.unreleased:
                scard.SCardReleaseContext(gate.unreleased.pop())
            filled = files.fill_standard_streams()
            gate.establishing = True
            code, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            gate.establishing = False
            files.close(filled)
        if code != scard.SCARD_S_SUCCESS and not files.can_open():
            # libpcsclite says that there is no service.
            raise MemoryError("no descriptor is left for SCardEstablishContext")
        check(code, "SCardEstablishContext")

    def readers(self) -> list[str]:
        """Names of the readers, in the service's order; empty when there is none."""
        with gate.looking():
            code, names = scard.SCardListReaders(self.handle, [])
        if code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        check(code, "SCardListReaders")
        return list(names)

    def status_change(self, timeout: int, known: list[tuple[str, int]]) -> list[tuple[str, int, bytes]]:
        """Reader states (name, state word, ATR) as soon as one differs from `known`, or after `timeout`
        milliseconds.
        """
        with gate.passing() if timeout else gate.looking():
            code, states = scard.SCardGetStatusChange(self.handle, timeout, known)
        if code != scard.SCARD_E_TIMEOUT:
            check(code, "SCardGetStatusChange")
        return [(name, state, bytes(atr)) for name, state, atr in states]

    def state(self, reader: str) -> int:
        """The state word of `reader` now."""
        return self.status_change(0, [(reader, scard.SCARD_STATE_UNAWARE)])[0][1]

    def cancel(self) -> None:
        """Make a blocking `status_change` of another thread return. Has no effect just before that call begins."""
        try:
            with gate.passing():
                scard.SCardCancel(self.handle)
        except ServiceSilent:
            pass

    def release(self) -> None:
        """Release the context; never raises. If the service does not answer, it is released before the next context
        is made.
        """
        try:
            with gate.changing():
                scard.SCardReleaseContext(self.handle)
        except ServiceSilent:
            gate.unreleased.append(self.handle)
