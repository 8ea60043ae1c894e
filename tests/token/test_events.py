"""Slot events: reported once each, missed never, waited for without holding anything."""

from __future__ import annotations

import threading

from cryptolib.cryptoki.constants import CKR_CRYPTOKI_NOT_INITIALIZED, CKR_DEVICE_REMOVED
from cryptolib.iso7816.connection import ServiceStopped
from tests.token.library import PATIENCE, Library, code


class TestEvents:
    def test_what_was_there_before_is_none(self) -> None:
        assert Library("cps3", None).provider.wait_for_event(block=False) is None

    def test_each_insertion_and_removal_is_reported_once(self) -> None:
        library = Library("cps3", None)
        library.readers.plugged[1].insert("cps4")
        assert library.provider.wait_for_event(block=False) == 1
        assert library.provider.wait_for_event(block=False) is None
        library.readers.plugged[0].remove()
        library.readers.plugged[1].remove()
        reported = {library.provider.wait_for_event(block=False) for _ in range(2)}
        assert reported == {0, 1}
        assert library.provider.wait_for_event(block=False) is None

    def test_a_new_reader_is_one(self) -> None:
        library = Library()
        library.readers.add("Reader 0", "cps3")
        assert library.provider.wait_for_event(block=False) == 0
        assert library.provider.wait_for_event(block=False) is None

    def test_those_that_another_call_saw_are_not_lost(self) -> None:
        library = Library("cps3")
        library.readers.plugged[0].remove()
        library.provider.slots(with_card=True)
        assert library.provider.wait_for_event(block=False) == 0

    def test_waiting_until_something_happens(self) -> None:
        library = Library(None)
        reported: list[int | None] = []
        waiting = threading.Thread(target=lambda: reported.append(library.provider.wait_for_event(block=True)))
        waiting.start()
        library.readers.plugged[0].insert("cps3")
        library.readers.wake()
        waiting.join(PATIENCE)
        assert reported == [0]

    def test_what_happens_just_before_waiting_is_not_missed(self) -> None:
        """A card comes between the look that found nothing and the wait."""
        library = Library(None)
        wait = library.readers.wait

        def late(seen: object) -> None:
            if library.readers.plugged[0].card is None:
                library.readers.plugged[0].insert("cps3")
                library.provider.slots(with_card=True)  # another thread's look takes the change away
            wait(seen)  # type: ignore[arg-type]

        library.readers.wait = late  # type: ignore[method-assign]
        reported: list[int | None] = []
        waiting = threading.Thread(target=lambda: reported.append(library.provider.wait_for_event(block=True)))
        waiting.start()
        waiting.join(PATIENCE / 2)
        assert reported == [0]

    def test_waiting_for_a_service_that_is_not_there_is_an_error(self) -> None:
        library = Library("cps3")

        def nobody(seen: object) -> None:
            raise ServiceStopped("SCardEstablishContext")

        library.readers.wait = nobody  # type: ignore[method-assign]
        assert code(lambda: library.provider.wait_for_event(block=True)) == CKR_DEVICE_REMOVED

    def test_closing_wakes_who_waits(self) -> None:
        library = Library("cps3")
        codes: list[int] = []
        waiting = threading.Thread(
            target=lambda: codes.append(code(lambda: library.provider.wait_for_event(block=True)))
        )
        waiting.start()
        library.provider.close()
        waiting.join(PATIENCE)
        assert codes == [CKR_CRYPTOKI_NOT_INITIALIZED]
