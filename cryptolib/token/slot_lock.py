"""The lock of a slot: a card in a reader serves one call at a time (PKCS#11 3.2, 5.1.5)."""

from __future__ import annotations

from _thread import RLock

from cryptolib.cryptoki.constants import CKR_FUNCTION_FAILED
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# How long a call waits for the calls of other threads on the same card, in seconds: two dozen signatures of a slow one.
PATIENCE = 60.0


class SlotLock:
    """`with`, as often as one likes within a thread. Raises CKR_FUNCTION_FAILED when others do not end.

    `tidy` is run by whoever leaves, with the lock still held: what became superfluous during the call, its last user
    lets go of.
    """

    def __init__(self, tidy: Callable[[], None]) -> None:
        self._lock = RLock()
        self._depth = 0
        self._tidy = tidy

    def acquire(self, patience: float) -> bool:
        """Whether the lock is ours within `patience` seconds; 0 asks without waiting."""
        locked = self._lock.acquire(timeout=patience) if patience > 0 else self._lock.acquire(blocking=False)
        self._depth += locked
        return locked

    def release(self) -> None:
        try:
            if self._depth == 1:
                self._tidy()
        finally:
            self._depth -= 1
            self._lock.release()

    def __enter__(self) -> None:
        if not self.acquire(PATIENCE):
            raise CryptokiError(CKR_FUNCTION_FAILED, "other calls on this card do not end")

    def __exit__(self, *_exception: object) -> None:
        self.release()
