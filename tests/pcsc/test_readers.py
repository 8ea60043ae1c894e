"""Readers seen through a service that starts, stops and restarts, with cards that come and go."""

import threading
from typing import Any

import pytest

from cryptolib.iso7816.connection import Interrupted, ServiceSilent, ServiceStopped
from cryptolib.pcsc.gate import PATIENCE as PATIENCE_OF_GATE
from cryptolib.pcsc.gate import gate
from cryptolib.pcsc.readers import Readers
from cryptolib.pcsc.scard import scard
from tests.pcsc.service import ATR, Reader, Service

PATIENCE = 5


def names(readers: Readers) -> list[str]:
    return [state.name for state in readers.poll()]


class TestLooking:
    def test_each_reader_with_what_is_in_it(self, service: Service) -> None:
        with_card, empty = Readers().poll()
        assert (with_card.name, with_card.present, with_card.atr) == ("Reader A", True, ATR)
        assert (empty.name, empty.present, empty.atr) == ("Reader B", False, b"")

    def test_an_insertion_has_a_name_of_its_own(self, service: Service) -> None:
        readers = Readers()
        first = readers.insertion("Reader A")
        assert first == readers.poll()[0].insertion == readers.insertion("Reader A")
        service.remove("Reader A")
        assert readers.insertion("Reader A") is None
        service.insert("Reader A")
        assert readers.insertion("Reader A") not in (None, first)

    def test_no_reader_and_a_reader_that_is_not_there(self, service: Service) -> None:
        readers = Readers()
        assert readers.insertion("Reader C") is None
        assert readers.insertion("Reader B") is None
        service.readers.clear()
        assert readers.poll() == []

    def test_one_context_for_all_looks(self, service: Service) -> None:
        readers = Readers()
        for _ in range(5):
            readers.poll()
            readers.insertion("Reader A")
        assert service.established == 1
        readers.close()
        assert service.contexts == set()

    def test_a_reader_that_goes_between_list_and_state(self, service: Service) -> None:
        service.answers["SCardGetStatusChange"] = [scard.SCARD_E_UNKNOWN_READER]
        assert names(Readers()) == ["Reader A", "Reader B"]


class TestService:
    @pytest.mark.parametrize(
        "code", [scard.SCARD_E_NO_SERVICE, scard.SCARD_W_SECURITY_VIOLATION, scard.SCARD_E_NO_MEMORY]
    )
    def test_without_a_service_there_is_no_reader(self, service: Service, code: int) -> None:
        readers = Readers()
        service.answers["SCardEstablishContext"] = [code] * 3
        assert readers.poll() == []
        assert readers.insertion("Reader A") is None
        assert names(readers) == ["Reader A", "Reader B"]

    def test_one_that_starts_later_is_found(self, service: Service) -> None:
        service.running = False
        readers = Readers()
        assert readers.poll() == []
        service.running = True
        assert names(readers) == ["Reader A", "Reader B"]

    def test_one_that_restarted_is_found_again(self, service: Service) -> None:
        readers = Readers()
        readers.poll()
        service.restart()
        assert names(readers) == ["Reader A", "Reader B"]
        assert service.established == 2

    def test_after_a_restart_no_insertion_is_one_of_before(self, service: Service) -> None:
        """Its counters start again at the same numbers; the card may be another."""
        readers = Readers()
        service.readers["Reader A"].events = 0
        before = readers.insertion("Reader A")
        service.restart()
        assert readers.insertion("Reader A") is None
        assert readers.insertion("Reader A") not in (None, before)

    def test_one_that_stopped_for_good(self, service: Service) -> None:
        readers = Readers()
        readers.poll()
        service.running = False
        for _ in range(3):
            assert readers.poll() == []
            assert readers.insertion("Reader A") is None


class TestClosing:
    """The context for looks is released by nobody while a look is under way, and never made again."""

    def test_a_look_that_is_under_way_releases_the_context_at_its_end(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cryptolib.pcsc.readers.CLOSE_PATIENCE", 0.05)
        readers = Readers()
        readers.poll()
        inside, go_on = threading.Event(), threading.Event()
        listed = service.SCardListReaders

        def slow(*arguments: Any) -> tuple[int, list[str]]:
            inside.set()
            go_on.wait(PATIENCE)
            assert service.contexts, "released during a call on it"
            return listed(*arguments)

        monkeypatch.setattr(scard, "SCardListReaders", slow)
        looking = threading.Thread(target=readers.poll, daemon=True)
        looking.start()
        inside.wait(PATIENCE)
        readers.close()
        go_on.set()
        looking.join(PATIENCE)
        assert not looking.is_alive()
        assert service.contexts == set()

    def test_no_new_context_for_who_comes_late(self, service: Service) -> None:
        readers = Readers()
        readers.poll()
        readers.close()
        for late in (readers.poll, lambda: readers.insertion("Reader A")):
            try:
                assert not late()
            except Interrupted:
                pass
        assert service.contexts == set()
        assert service.established == 1


class TestSilence:
    """A service that is there and does not answer, stopped by a signal or after a bad resume."""

    def test_a_silent_service_is_not_a_missing_one(self, service: Service) -> None:
        readers = Readers()
        readers.poll()
        self.silence(service)
        with pytest.raises(ServiceSilent):
            readers.poll()
        with pytest.raises(ServiceSilent):
            readers.insertion("Reader A")

    def test_a_silent_service_is_waited_for_once(self, service: Service) -> None:
        """The callers after the first have it briefly: a host that asks for many things must not wait for each."""
        self.silence(service)
        readers = Readers()
        for _ in range(3):
            with pytest.raises(ServiceSilent):
                readers.poll()
        first, *others = service.patience
        assert first == 1000 * PATIENCE_OF_GATE
        assert all(patience < first / 10 for patience in others)

    def test_a_service_that_answers_again_is_used(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cryptolib.pcsc.gate.SILENCE", 0)
        readers = Readers()
        self.silence(service)
        with pytest.raises(ServiceSilent):
            readers.poll()
        service.answering = True
        assert names(readers) == ["Reader A", "Reader B"]

    def test_what_could_not_be_released_is_released_later(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cryptolib.pcsc.gate.SILENCE", 0)
        readers = Readers()
        readers.poll()
        self.silence(service)
        readers.close()
        assert len(service.contexts) == 1
        service.answering = True
        others = Readers()
        others.poll()
        assert len(service.contexts) == 1
        others.close()
        assert service.contexts == set()

    @staticmethod
    def silence(service: Service) -> None:
        service.answering = False
        gate._answered = float("-inf")


class TestWaiting:
    @staticmethod
    def waiting(readers: Readers) -> threading.Thread:
        seen = readers.poll()
        thread = threading.Thread(target=lambda: readers.wait(seen), daemon=True)
        thread.start()
        return thread

    def test_a_wait_ends_when_a_card_comes(self, service: Service) -> None:
        thread = self.waiting(Readers())
        service.insert("Reader B")
        thread.join(PATIENCE)
        assert not thread.is_alive()

    def test_a_change_since_the_last_look_ends_the_wait_at_once(self, service: Service) -> None:
        readers = Readers()
        seen = readers.poll()
        service.insert("Reader B")
        readers.poll()  # by another thread
        thread = threading.Thread(target=lambda: readers.wait(seen), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive()

    def test_another_reader_ends_the_wait_at_once(self, service: Service) -> None:
        readers = Readers()
        seen = readers.poll()
        service.readers["Reader C"] = Reader()
        readers.wait(seen)

    def test_closing_ends_a_wait(self, service: Service) -> None:
        readers = Readers()
        thread = self.waiting(readers)
        while len(service.contexts) < 2:
            thread.join(0.01)
        readers.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert service.contexts == set()

    def test_closing_ends_a_wait_though_cancellations_are_lost(self, service: Service) -> None:
        """pcsc-lite forgets a cancellation that comes just before the wait."""
        service.lost_cancels = 3
        readers = Readers()
        thread = self.waiting(readers)
        while not service.waiting:
            thread.join(0.01)
        readers.close()
        thread.join(1)
        assert not thread.is_alive()
        assert service.contexts == set()

    def test_nobody_waits_after_close(self, service: Service) -> None:
        readers = Readers()
        seen = readers.poll()
        readers.close()
        readers.wait(seen)
        assert service.contexts == set()

    def test_a_wait_has_a_context_of_its_own(self, service: Service) -> None:
        """pcsc-lite serialises the calls of one context: a look must not wait for who waits."""
        readers = Readers()
        thread = self.waiting(readers)
        assert names(readers) == ["Reader A", "Reader B"]
        assert thread.is_alive()
        readers.close()
        thread.join(PATIENCE)

    def test_ends_when_the_service_does(self, service: Service) -> None:
        readers = Readers()
        seen = readers.poll()
        service.answers["SCardGetStatusChange"] = [scard.SCARD_E_SERVICE_STOPPED]
        readers.wait(seen)
        service.running = False
        with pytest.raises(ServiceStopped):
            readers.wait(seen)

    @pytest.mark.parametrize("number", [15, 16])
    def test_with_as_many_readers_as_pcscd_has(self, service: Service, number: int) -> None:
        """libpcsclite takes 16 states at once, and the one that tells of new readers is one of them."""
        service.readers = {f"Reader {n:02}": Reader() for n in range(number)}
        readers = Readers()
        thread = self.waiting(readers)
        while not service.waiting:
            thread.join(0.01)
            assert thread.is_alive()
        service.insert("Reader 00")
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert service.calls.count("SCardGetStatusChange") == 2

    def test_a_service_that_does_not_let_us_wait_is_left_alone_for_a_while(self, service: Service) -> None:
        readers = Readers()
        seen = readers.poll()
        service.answers["SCardGetStatusChange"] = [scard.SCARD_E_INVALID_VALUE]
        with pytest.raises(ServiceSilent):
            readers.wait(seen)
        assert len(service.contexts) == 1
