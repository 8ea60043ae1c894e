"""The interface of a connection to a card, and its errors (ISO/IEC 7816-3, transport)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from cryptolib.iso7816.typed_code import TypedCode

    class Connection(Protocol):
        """An open connection to one inserted card."""

        protocol: int
        """The protocol of this connection: `T0` or `T1`."""

        def begin(self) -> None:
            """Begin the exclusive transaction. Raises CardReset once after another process reset the card."""

        def was_reset(self) -> bool:
            """True if another process has reset the card; the next `begin` still reports it. Never waits.

            Raises CardRemoved when the card has gone, perhaps with its reader.
            """

        def end(self, reset: bool) -> None:
            """End the transaction; reset the card first if asked. Never raises."""

        def transmit(self, command: bytes) -> bytes:
            """One exchange: a command APDU of 4 to 261 bytes; the answer ends with the two status bytes.

            Raises CardReset when another process reset the card nevertheless; the transaction is over then.
            """

        def transmit_secret(self, command: bytearray) -> bytes:
            """As `transmit`, without leaving a copy of `command`; the caller wipes it."""

        def keypad(self) -> Keypad | None:
            """The keypad of the reader, None if it has none. Asks the reader once, in a transaction."""

        def transmit_typed(self, command: bytes, codes: Sequence[TypedCode]) -> bytes:
            """As `transmit`, after the user has typed `codes` on the reader; `command` has places for them.

            Waits for the user. If the user does not finish, the answer is a status word of the reader.
            """

        def reset_if_alone(self) -> None:
            """Reset the card unless another process is connected to it; never raises."""

        def let_go(self) -> None:
            """Leave the card to other programs, without a reset, until the next `begin`; never raises."""

        def interrupt(self) -> None:
            """End the running call, of any thread, before its next exchange."""

        def close(self) -> None:
            """Release the card for good, without a reset; never raises."""


T0 = 1
T1 = 2
# PC/SC part 10 has four bits for the length of a code in a command (bmPINBlockString).
LONGEST_FIELD = 15


class Keypad:
    """What a reader can ask for: codes of `minimum` to `maximum` digits; 0 if it does not say.

    `changes` is true if it can also ask for a new code.
    """

    __slots__ = ("changes", "maximum", "minimum")

    def __init__(self, changes: bool, minimum: int = 0, maximum: int = 0) -> None:
        self.changes = changes
        self.minimum = minimum
        self.maximum = maximum

    def takes(self, minimum: int, maximum: int, field: int) -> bool:
        """True if every code of `minimum` to `maximum` digits can be typed here, for `field` bytes of a command.

        A `field` of 0 has as many bytes as the code has digits.
        """
        if not maximum <= (field or maximum) <= LONGEST_FIELD:
            return False
        return self.minimum <= minimum and (not self.maximum or maximum <= self.maximum)


class TransportError(Exception):
    """The card could not be reached; whether it would have agreed is unknown."""


class CardRemoved(TransportError):
    """The card of this connection is not in the reader any more."""


class CardReset(TransportError):
    """Another process reset the card: security status and selections are lost; the connection is still usable."""


class ReaderGone(TransportError):
    """The reader was unplugged."""


class CardBusy(TransportError):
    """Another program keeps the card, with a transaction or an exclusive connection."""


class Interrupted(TransportError):
    """C_Finalize is running: no further exchange begins."""


class ServiceSilent(TransportError):
    """The PC/SC service is there but does not answer."""


class ServiceStopped(TransportError):
    """The PC/SC service stopped or restarted; all its handles are invalid."""
