"""Access to the card of a token: the lock, the transaction, and the place where a fault becomes a CK_RV."""

from __future__ import annotations

from time import monotonic

from cryptolib.cards.errors import CardError, CardFault, NotAuthenticated, UnknownCard
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import CardRemoved, TransportError
from cryptolib.iso7816.tlv import TlvError
from cryptolib.token import fresh
from cryptolib.token.faults import code_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.card import Card
    from cryptolib.token.slot_lock import SlotLock


class CardAccess:
    """`with card_access:` gives this thread and this process the card alone. Nested uses in one thread do nothing more.

    `login_lost` is called when the login has ended, `contradicted` when copies of the card's files may be wrong.
    """

    def __init__(
        self, card: Card, lock: SlotLock, login_lost: Callable[[], None], contradicted: Callable[[], None]
    ) -> None:
        self._card = card
        self._lock = lock
        self._login_lost = login_lost
        self._contradicted = contradicted
        self._resets = card.resets
        self._depth = 0
        self._looked = 0.0
        self.gone = False
        """Whether a look found that the card of this connection has gone."""

    def __enter__(self) -> None:
        """Raises CryptokiError: CKR_FUNCTION_FAILED while others keep the card, and the code of a card's or
        reader's fault.
        """
        self._lock.__enter__()
        try:
            if self._depth == 0:
                self._begin()
            self._depth += 1
        except BaseException as fault:
            self._lock.release()
            self._translate(fault)
            raise

    def __exit__(self, _kind: object, fault: BaseException | None, _traceback: object) -> None:
        try:
            self._depth -= 1
            if self._depth == 0:
                self.end_login_if_reset()
                self._card.end_transaction()
                if fault is not None:
                    self._translate(fault)
        finally:
            self._lock.release()

    def look_for_reset(self) -> None:
        """End the login if another process has reset the card; does nothing while a call uses the card, which notices
        it itself.

        Asks pcscd at most once in `fresh.SECONDS`.
        """
        now = monotonic()
        if now - self._looked >= fresh.SECONDS and self._lock.acquire(0):
            try:
                if self._depth == 0 and self._was_reset():
                    self._login_lost()
                self._looked = now
            finally:
                self._lock.release()

    def _was_reset(self) -> bool:
        try:
            return self._card.connection.was_reset()
        except CardRemoved:
            self.gone = True
            return True

    def _begin(self) -> None:
        self._card.begin_transaction()
        self.end_login_if_reset()

    def end_login_if_reset(self) -> None:
        """End the login if another process has reset the card since the last call of this."""
        if self._card.resets != self._resets:
            self._resets = self._card.resets
            self._login_lost()

    def _translate(self, fault: BaseException) -> None:
        """Raise a card's or a reader's fault as CryptokiError; return for any other exception."""
        if not isinstance(fault, CardError | TransportError | TlvError):
            if not isinstance(fault, CryptokiError):
                # For example MemoryError, perhaps after the card carried out the command.
                self._card.forget()
            return
        if isinstance(fault, TransportError):
            # After a transport fault the state of the card is unknown.
            self._card.forget()
        if isinstance(fault, NotAuthenticated | TransportError):
            self._login_lost()
        if isinstance(fault, CardFault | UnknownCard | TlvError):
            self._contradicted()
        raise CryptokiError(code_of(fault), str(fault)) from fault
