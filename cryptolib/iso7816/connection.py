"""What a connection to a card does and how it fails (ISO/IEC 7816-3, transport)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from cryptolib.iso7816.typed_code import TypedCode

    class Connection(Protocol):
        """One open connection to one inserted card."""

        protocol: int
        """Transmission protocol in force: `T0` or `T1`."""

        def begin(self) -> None:
            """Take the exclusive transaction. Raises CardReset once when another process reset the card."""

        def was_reset(self) -> bool:
            """Whether another process has reset the card; the next `begin` reports it again. Waits for nobody.

            Raises CardRemoved when the card has gone, with its reader perhaps.
            """

        def end(self, reset: bool) -> None:
            """Release the transaction, the card reset first or left as it is; never raises."""

        def transmit(self, command: bytes) -> bytes:
            """One exchange: a command APDU of 4 to 261 bytes, the answer with its two status bytes.

            Raises CardReset when another process reset the card all the same; then the transaction is over.
            """

        def transmit_secret(self, command: bytearray) -> bytes:
            """As `transmit`, leaving no copy of `command` behind; the caller wipes it."""

        def keypad(self) -> Keypad | None:
            """The keypad of the reader, asked for once, in a transaction; None for a reader without one."""

        def transmit_typed(self, command: bytes, codes: Sequence[TypedCode]) -> bytes:
            """As `transmit`, once the user of the reader has typed `codes`, for which `command` has places.

            Waits for the user. Of a reader that does not come to an end of it the answer is a status word of its own.
            """

        def reset_if_alone(self) -> None:
            """Reset the card unless another process is connected to it; never raises."""

        def let_go(self) -> None:
            """Leave the card to other programs, as it is, until the next `begin`; never raises."""

        def interrupt(self) -> None:
            """Have the call that is under way, by whichever thread, end before its next exchange."""

        def close(self) -> None:
            """Let go of the card as it is, for good; never raises."""


T0 = 1
T1 = 2
# PC/SC part 10 gives the length of a code in a command four bits (bmPINBlockString).
LONGEST_FIELD = 15


class Keypad:
    """What a reader can have its user type: codes of `minimum` to `maximum` digits, 0 where it does not say.

    `changes` tells whether it can ask for a new code as well.
    """

    __slots__ = ("changes", "maximum", "minimum")

    def __init__(self, changes: bool, minimum: int = 0, maximum: int = 0) -> None:
        self.changes = changes
        self.minimum = minimum
        self.maximum = maximum

    def takes(self, minimum: int, maximum: int, field: int) -> bool:
        """Whether every code of `minimum` to `maximum` digits can be typed here, for `field` bytes of a command.

        0 bytes are as many as there are digits.
        """
        if not maximum <= (field or maximum) <= LONGEST_FIELD:
            return False
        return self.minimum <= minimum and (not self.maximum or maximum <= self.maximum)


class TransportError(Exception):
    """The card could not be reached; says nothing about what it would have answered."""


class CardRemoved(TransportError):
    """The card this connection was opened for is no longer in the reader."""


class CardReset(TransportError):
    """Another process reset the card: security status and selections are lost, the connection is usable again."""


class ReaderGone(TransportError):
    """The reader itself was unplugged."""


class CardBusy(TransportError):
    """Another program keeps the card for itself: a transaction that does not end, or an exclusive connection."""


class Interrupted(TransportError):
    """The library is being finalised: no further exchange is begun."""


class ServiceSilent(TransportError):
    """The PC/SC service is there and does not answer."""


class ServiceStopped(TransportError):
    """The PC/SC service stopped or restarted; every handle it gave is void."""
