"""A slot: one PC/SC reader for the whole run, the card that is in it now, and their lock (PKCS#11 3.2, 5.5)."""

from __future__ import annotations

from cryptolib.cards.atr import card_of
from cryptolib.cryptoki.constants import CKR_CRYPTOKI_NOT_INITIALIZED, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.slot_lock import SlotLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.catalog import Driver
    from cryptolib.cards.scheme import Scheme
    from cryptolib.iso7816.connection import Connection
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.token.token import Token


class Slot:
    """`lock` is held while the card is used; a token lasts for one insertion.

    Cards come and go, and sessions end, without the lock. The next or last holder of the lock then releases what is not
    needed any more: the token of a removed card, or a connection without sessions.
    """

    def __init__(
        self,
        slot_id: int,
        reader: str,
        connect: Callable[[str], Connection],
        driver_of: Callable[[str], Driver],
        cache: Callable[[], Cache | None] = lambda: None,
    ) -> None:
        self.id = slot_id
        self.reader = reader
        self.lock = SlotLock(self._release_unused)
        self.plugged = True
        self.insertion: tuple[int, int] | None = None
        # When that insertion, or the empty reader, was last seen (monotonic clock).
        self.seen = 0.0
        # The handles of the sessions on this slot. Guarded by the provider's lock.
        self.sessions: set[int] = set()
        self._closed = False
        self._connect = connect
        self._driver_of = driver_of
        self._cache = cache
        self._card: str | None = None
        self._token: Token | None = None
        self._token_insertion: tuple[int, int] | None = None

    def arrive(self, insertion: tuple[int, int], atr: bytes) -> None:
        """Record a card. Sets `_card` first: a thread that reads the new insertion must not find the old card."""
        self._card = card_of(atr)
        self.insertion = insertion

    def leave(self) -> None:
        """Record that the card is gone."""
        self.insertion = None
        self._card = None

    def has_lost_card(self) -> bool:
        """True if the card of a login has gone unseen: its reader was unplugged and plugged in again, so pcscd
        counts anew.
        """
        token = self._current_token()
        if token is None or not token.has_gone():
            return False
        self._token_insertion = None
        self.leave()
        return True

    def tidy(self) -> None:
        """Release what is not needed any more, unless a call holds the lock: that call does it when it ends."""
        if self._token is not None and self._current_token() is None and self.lock.acquire(0):
            self.lock.release()

    def recognised(self) -> bool:
        """True if a CPS is in the reader, by its ATR."""
        return self._card is not None

    def require_card(self) -> str:
        """The name of the CPS in the reader. Raises CKR_TOKEN_NOT_PRESENT and CKR_TOKEN_NOT_RECOGNIZED."""
        if self.insertion is None:
            raise CryptokiError(CKR_TOKEN_NOT_PRESENT)
        card = self._card
        if card is None:
            raise CryptokiError(CKR_TOKEN_NOT_RECOGNIZED)
        return card

    def driver(self) -> Driver:
        """The driver of that card, imported if it is the first of its kind. Raises as `require_card`."""
        return self._driver_of(self.require_card())

    def token(self) -> Token:
        """The token; the first call after an insertion reads it from the card, later calls wait for nothing."""
        token = self._current_token()
        if token is not None:
            return token
        with self.lock:
            return self._current_token() or self._open_token()

    def logged_in(self) -> int | None:
        """CKU_USER, CKU_SO or None. Sends the card nothing and never waits."""
        token = self._current_token()
        return None if token is None else token.user()

    def end_login(self) -> None:
        """End the login: the last session of the slot was closed."""
        token = self._current_token()
        if token is not None:
            token.end_login()

    def end_update(self) -> None:
        """Give the card back after an update of this session."""
        token = self._current_token()
        if token is not None:
            with self.lock:
                token.end_update()

    def mechanisms(self) -> dict[int, int]:
        """Mechanism types and their CKF_ flags, from a table: the ATR is enough to know them."""
        schemes = self.schemes()
        # Loaded with the part MECHANISMS.
        from cryptolib.mechanisms.table import offered

        return offered(schemes)

    def schemes(self) -> frozenset[Scheme]:
        """The union of what all keys of the card compute."""
        driver = self.driver()
        return driver.SIGNATURE_SCHEMES | driver.AUTHENTICATION_SCHEMES

    def key_sizes(self, mechanism: int) -> tuple[int, int]:
        """Smallest and largest modulus in bits; zeros for a mechanism without a key."""
        driver = self.driver()
        # Loaded with the part MECHANISMS.
        from cryptolib.mechanisms.table import MECHANISMS, Digest

        return (0, 0) if isinstance(MECHANISMS[mechanism], Digest) else driver.KEY_BITS

    def close(self) -> None:
        """Refuse new calls, and have running ones end at their next exchange."""
        self._closed = True
        token = self._token
        if token is not None:
            token.card.connection.interrupt()

    def _open_token(self) -> Token:
        if self._closed:
            raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED)
        self._forget_token()
        insertion, driver = self.insertion, self.driver()
        # Loaded with the part CARD.
        from cryptolib.token.connect import open_token

        self._token_insertion = insertion
        self._token = open_token(driver, self._connect, self.reader, self._cache(), self.lock)
        return self._token

    def _current_token(self) -> Token | None:
        return self._token if self.insertion is not None and self._token_insertion == self.insertion else None

    def _release_unused(self) -> None:
        if self._token is None:
            return
        if self._closed or self._current_token() is None:
            self._forget_token()
        elif not self.sessions:
            # The last session may have been closed while the user was typing the code on the reader.
            self._token.end_login()
            self._token.let_go()

    def _forget_token(self) -> None:
        token, self._token = self._token, None
        if token is not None:
            token.close()
