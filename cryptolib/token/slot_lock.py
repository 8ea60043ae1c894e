"""The lock of a slot: a card serves one call at a time (PKCS#11 3.2, 5.1.5)."""

from __future__ import annotations

from _thread import RLock

from cryptolib.cryptoki.constants import CKR_FUNCTION_FAILED
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# How long a call waits for other threads on the same card, in seconds: two dozen signatures of a slow card.
PATIENCE = 60.0


class SlotLock:
    """A reentrant lock. `with` raises CKR_FUNCTION_FAILED when other calls do not end in time.

    Each holder runs `tidy` before it releases the lock, to release what its call made superfluous.
    """

    def __init__(self, tidy: Callable[[], None]) -> None:
        self._lock = RLock()
        self._depth = 0
        self._tidy = tidy

    def acquire(self, patience: float) -> bool:
        """Take the lock within `patience` seconds; 0 does not wait. True if it is ours."""
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
