"""Readers, cards and a library that was initialised on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKA_LABEL, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.provider import Provider
from tests.support import PIN, PUK, VirtualReaders, secret

# How long a thread may take that should not have to wait at all.
PATIENCE = 10


class Library:
    """Readers and a library that was initialised on them."""

    def __init__(self, *cards: str | None) -> None:
        self.readers = VirtualReaders()
        for number, card in enumerate(cards):
            self.readers.add(f"Reader {number}", card)
        self.provider = Provider(self.readers, self.readers.connect, driver_of)

    def session(self, slot: int = 0, writable: bool = True) -> int:
        return self.provider.open_session(slot, writable)

    def log_in(self, handle: int, user: int = CKU_USER) -> None:
        with self.provider.session(handle) as session:
            session.log_in(user, secret(PIN if user == CKU_USER else PUK))

    def user(self, handle: int) -> int | None:
        with self.provider.session(handle) as session:
            return session.slot.logged_in()

    def labels(self, handle: int) -> list[str]:
        with self.provider.session(handle) as session:
            return [item.value(CKA_LABEL).decode() for item in session.visible_objects()]


def code(work: Callable[[], object]) -> int:
    with pytest.raises(CryptokiError) as caught:
        work()
    return caught.value.code
