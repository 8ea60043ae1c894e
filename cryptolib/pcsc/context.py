"""One PC/SC context: a connection of its own to the PC/SC service."""

from __future__ import annotations

from cryptolib.pcsc.faults import check
from cryptolib.pcsc.scard import scard


class Context:
    """Established on creation. pcsc-lite serialises the calls of one context: what blocks has a context of its own."""

    __slots__ = ("handle",)

    def __init__(self) -> None:
        code, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        check(code, "SCardEstablishContext")

    def readers(self) -> list[str]:
        """Names of the readers, in the service's order; empty when there is none."""
        code, names = scard.SCardListReaders(self.handle, [])
        if code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        check(code, "SCardListReaders")
        return list(names)

    def status_change(self, timeout: int, known: list[tuple[str, int]]) -> list[tuple[str, int, bytes]]:
        """Reader states (name, state word, ATR) once one differs from `known`, or after `timeout` milliseconds."""
        code, states = scard.SCardGetStatusChange(self.handle, timeout, known)
        if code != scard.SCARD_E_TIMEOUT:
            check(code, "SCardGetStatusChange")
        return [(name, state, bytes(atr)) for name, state, atr in states]

    def cancel(self) -> None:
        """Make a blocking `status_change` of another thread return."""
        scard.SCardCancel(self.handle)

    def release(self) -> None:
        scard.SCardReleaseContext(self.handle)
