"""Threads that meet in the library while cards come and go."""

from __future__ import annotations

import threading

import pytest

from cryptolib.cryptoki.constants import (
    CKU_SO,
)
from cryptolib.cryptoki.errors import CryptokiError
from tests.support import PUK, secret
from tests.token.library import PATIENCE, Library


class TestThreads:
    """No order of locks in which two threads could wait for each other."""

    @pytest.mark.parametrize("work", ["log in", "open a session", "count sessions"])
    def test_a_card_is_pulled_while_a_call_holds_its_slot(self, work: str) -> None:
        library = Library("cps3")
        handle = library.session()
        inside, looked = threading.Event(), threading.Event()
        outcomes: list[str] = []

        def call() -> None:
            with library.provider.session(handle) as session:
                inside.set()
                looked.wait(0.3)  # the other thread is now looking at the readers, or has done so
                try:
                    if work == "log in":
                        session.log_in(CKU_SO, secret(PUK))
                    elif work == "open a session":
                        library.session()
                    else:
                        library.provider.session_counts(session.slot)
                except CryptokiError:
                    pass
            outcomes.append("call")

        def look() -> None:
            inside.wait(PATIENCE)
            library.readers.plugged[0].remove()
            library.provider.refresh()
            looked.set()
            outcomes.append("look")

        threads = [threading.Thread(target=target, daemon=True) for target in (call, look)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE / 2)
        assert sorted(outcomes) == ["call", "look"]

    def test_looking_does_not_wait_for_a_card_at_work(self) -> None:
        library = Library("cps3", "cps4")
        handle = library.session(0)
        with library.provider.session(handle):
            library.readers.plugged[0].remove()
            seen: list[list[int]] = []
            looking = threading.Thread(target=lambda: seen.append(library.provider.slots(with_card=True)), daemon=True)
            looking.start()
            looking.join(PATIENCE / 2)
        assert seen == [[1]]

    def test_many_threads_on_two_cards_that_come_and_go(self) -> None:
        library = Library("cps3", "cps4")
        stop, strange = threading.Event(), []

        def work(slot: int) -> None:
            while not stop.is_set():
                try:
                    handle = library.session(slot)
                    assert library.labels(handle)
                    library.provider.close_session(handle)
                except CryptokiError:
                    continue
                except Exception as error:
                    strange.append(error)
                    return

        threads = [threading.Thread(target=work, args=(number % 2,), daemon=True) for number in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(15):
            for reader in library.readers.plugged:
                card = reader.remove()
                library.provider.refresh()
                reader.insert(card)
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert strange == []
        assert not [thread for thread in threads if thread.is_alive()]
        assert library.labels(library.session(0))
