"""A slot: one PC/SC reader for life, the card of the moment in it, and their lock (PKCS#11 3.2, 5.5)."""

from __future__ import annotations

from _thread import RLock

from cryptolib.cards.atr import card_of
from cryptolib.cryptoki.constants import CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.catalog import Driver
    from cryptolib.iso7816.connection import Connection
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.token.token import Token


class Slot:
    """`lock` is held during a whole C_ call on this reader; the token lives for one insertion.

    Cards come and go without it: what belonged to a card that left is let go of by whoever holds the lock next.
    """

    def __init__(
        self,
        slot_id: int,
        reader: str,
        connect: Callable[[str], Connection],
        cache: Callable[[], Cache | None] = lambda: None,
    ) -> None:
        self.id = slot_id
        self.reader = reader
        self.lock = RLock()
        self.plugged = True
        self.insertion: tuple[int, int] | None = None
        self._connect = connect
        self._cache = cache
        self._card: str | None = None
        self._token: Token | None = None
        self._token_insertion: tuple[int, int] | None = None

    def arrive(self, insertion: tuple[int, int], atr: bytes) -> None:
        """Another card is here, or the same one again."""
        self.insertion = insertion
        self._card = card_of(atr)

    def leave(self) -> None:
        """The card is gone."""
        self.insertion = None
        self._card = None

    def tidy(self) -> None:
        """Let go of a card that left, unless a call on it is still under way."""
        if self.lock.acquire(blocking=False):
            try:
                self._current_token()
            finally:
                self.lock.release()

    def recognised(self) -> bool:
        """Whether a CPS is in the reader, as its answer to reset tells."""
        return self._card is not None

    def require_card(self) -> Driver:
        """The driver of the CPS in the reader. Raises CKR_TOKEN_NOT_PRESENT and CKR_TOKEN_NOT_RECOGNIZED."""
        if self.insertion is None:
            raise CryptokiError(CKR_TOKEN_NOT_PRESENT)
        if self._card is None:
            raise CryptokiError(CKR_TOKEN_NOT_RECOGNIZED)
        # Imported with the first card that is used: many a host only looks whether there is one.
        from cryptolib.cards.catalog import DRIVERS

        return DRIVERS[self._card]

    def token(self) -> Token:
        """The token, read from the card at the first call after an insertion."""
        token = self._current_token()
        if token is None:
            driver, insertion = self.require_card(), self.insertion
            from cryptolib.token.connect import open_token

            token = self._token = open_token(driver, self._connect, self.reader, self._cache())
            self._token_insertion = insertion
        return token

    def logged_in(self) -> int | None:
        """CKU_USER, CKU_SO or None; sends the card nothing."""
        token = self._current_token()
        return None if token is None else token.user()

    def end_login(self) -> None:
        """No session is left that the login could serve."""
        token = self._current_token()
        if token is not None:
            token.end_login()

    def mechanisms(self) -> dict[int, int]:
        """Mechanism types and their flags: a table, known from the card's answer to reset."""
        driver = self.require_card()
        from cryptolib.mechanisms.table import offered

        return offered(driver.SIGNATURE_SCHEMES | driver.AUTHENTICATION_SCHEMES)

    def key_sizes(self, mechanism: int) -> tuple[int, int]:
        """Smallest and largest modulus in bits, zeros for a mechanism without key."""
        driver = self.require_card()
        from cryptolib.mechanisms.table import RULES, Digest

        return (0, 0) if isinstance(RULES[mechanism], Digest) else driver.KEY_BITS

    def close(self) -> None:
        """Let go of the card."""
        self._forget_token()

    def _current_token(self) -> Token | None:
        if self._token_insertion != self.insertion:
            self._forget_token()
        return self._token

    def _forget_token(self) -> None:
        token, self._token = self._token, None
        if token is not None:
            token.close()
