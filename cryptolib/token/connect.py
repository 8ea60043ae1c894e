"""Opens the connection to the card in a reader, and the token on it."""

from __future__ import annotations

from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import TransportError
from cryptolib.token.faults import code_of
from cryptolib.token.token import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.catalog import Driver
    from cryptolib.iso7816.connection import Connection
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.token.slot_lock import SlotLock


def open_token(
    driver: Driver, connect: Callable[[str], Connection], reader: str, cache: Cache | None, lock: SlotLock
) -> Token:
    """Connect and read the token's identity. Raises CryptokiError and leaves no connection open then."""
    try:
        connection = connect(reader)
    except TransportError as fault:
        raise CryptokiError(code_of(fault), str(fault)) from fault
    try:
        return Token(driver(connection), cache, lock)
    except BaseException:
        connection.close()
        raise
