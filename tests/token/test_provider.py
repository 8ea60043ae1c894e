"""Readers and cards that come and go, and the sessions on them."""

from __future__ import annotations

import pytest

from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import (
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_SESSION_READ_WRITE_SO_EXISTS,
    CKR_SLOT_ID_INVALID,
    CKR_TOKEN_NOT_PRESENT,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_USER_NOT_LOGGED_IN,
    CKU_SO,
    CKU_USER,
)
from cryptolib.iso7816.connection import ServiceSilent, TransportError
from cryptolib.token.provider import Provider
from tests.token.library import Library, code


class TestSlots:
    def test_each_reader_is_a_slot_with_or_without_a_card(self) -> None:
        library = Library("cps3", None, "cps4")
        assert library.provider.slots(with_card=False) == [0, 1, 2]
        assert library.provider.slots(with_card=True) == [0, 1]

    def test_readers_with_a_cps_come_first_at_the_start(self) -> None:
        """Some applications take the first slot, whatever is in it."""
        library = Library(None, "cps3", None, "cps4")
        readers = [library.provider.slot(number).reader for number in range(4)]
        assert readers == ["Reader 1", "Reader 3", "Reader 0", "Reader 2"]

    def test_a_cps_that_comes_later_changes_no_slot(self) -> None:
        library = Library(None, None)
        library.readers.plugged[1].insert("cps4")
        library.readers.add("Reader 2", "cps3")
        assert library.provider.slots(with_card=True) == [1, 2]
        assert [library.provider.slot(number).reader for number in range(3)] == ["Reader 0", "Reader 1", "Reader 2"]

    def test_looking_at_them_opens_no_card(self) -> None:
        library = Library("cps4", "cps3")
        for slot in library.provider.slots(with_card=True):
            assert library.provider.slot(slot).recognised()
            assert library.provider.slot(slot).mechanisms()
        assert [reader.connections for reader in library.readers.plugged] == [[], []]

    def test_without_any_reader(self) -> None:
        library = Library()
        assert library.provider.slots(with_card=False) == []
        assert code(lambda: library.provider.slot(0)) == CKR_SLOT_ID_INVALID

    @pytest.mark.parametrize("slot", [-1, 1, 1 << 63])
    def test_a_slot_that_never_was(self, slot: int) -> None:
        library = Library("cps3")
        assert code(lambda: library.provider.slot(slot)) == CKR_SLOT_ID_INVALID
        assert code(lambda: library.session(slot)) == CKR_SLOT_ID_INVALID

    def test_a_reader_keeps_its_slot_for_life(self) -> None:
        library = Library("cps3", "cps4")
        unplugged = library.readers.plugged.pop(0)
        library.readers.add("Reader 2")
        assert library.provider.slots(with_card=False) == [1, 2]
        assert not library.provider.slot(0).plugged
        library.readers.plugged.append(unplugged)
        assert library.provider.slots(with_card=False) == [0, 1, 2]
        assert library.provider.slot(0).reader == "Reader 0"

    def test_an_empty_reader_and_a_strange_card(self) -> None:
        library = Library("cps3", None)
        assert code(lambda: library.session(1)) == CKR_TOKEN_NOT_PRESENT
        assert code(lambda: library.provider.slot(1).mechanisms()) == CKR_TOKEN_NOT_PRESENT
        strange = library.readers.plugged[0]
        strange.atr = bytes.fromhex("3B6500002063CB6A00")
        strange.events += 1
        assert library.provider.slots(with_card=True) == []
        assert code(lambda: library.session(0)) == CKR_TOKEN_NOT_RECOGNIZED
        assert strange.connections == []

    def test_a_card_that_was_mute_when_it_came(self) -> None:
        """Power comes later, and nothing says that a card came."""
        library = Library(None)
        (reader,) = library.readers.plugged
        reader.atr = b"\x00"
        reader.insert("cps4")
        assert code(lambda: library.session()) == CKR_TOKEN_NOT_RECOGNIZED
        reader.atr = None
        assert library.session()

    def test_a_card_that_cannot_be_reached(self) -> None:
        library = Library("cps4")

        def fail(_reader: str) -> None:
            raise TransportError("SCardConnect: 8010000B")

        library.provider.slot(0)._connect = fail  # type: ignore[assignment]
        assert code(lambda: library.session()) == CKR_DEVICE_ERROR
        library.provider.slot(0)._connect = library.readers.connect
        library.log_in(library.session())

    def test_a_card_that_is_not_what_its_answer_to_reset_says(self) -> None:
        library = Library("cps4")
        library.readers.plugged[0].card.files.remove("3F00/D003")  # type: ignore[union-attr]
        assert code(lambda: library.session()) == CKR_TOKEN_NOT_RECOGNIZED
        assert library.readers.plugged[0].connection.closed


class TestSessions:
    def test_handles_are_never_used_again(self) -> None:
        library = Library("cps3")
        first = library.session()
        library.provider.close_session(first)
        assert library.session() != first
        assert code(lambda: library.provider.close_session(first)) == CKR_SESSION_HANDLE_INVALID
        assert code(lambda: library.user(0)) == CKR_SESSION_HANDLE_INVALID

    def test_they_are_counted_by_slot(self) -> None:
        library = Library("cps3", "cps4")
        library.session(0)
        library.session(0, writable=False)
        library.session(1)
        counts = [library.provider.session_counts(library.provider.slot(number)) for number in (0, 1)]
        assert counts == [(2, 1), (1, 1)]

    def test_the_login_is_shared_and_goes_with_the_last_session(self) -> None:
        library = Library("cps3")
        first, second = library.session(), library.session(writable=False)
        library.log_in(first)
        assert library.user(second) == CKU_USER
        library.provider.close_session(first)
        assert library.user(second) == CKU_USER
        library.provider.close_session(second)
        assert library.user(library.session()) is None

    def test_closing_all_of_a_slot(self) -> None:
        library = Library("cps3", "cps4")
        first, other = library.session(0), library.session(1)
        library.log_in(first)
        library.log_in(other)
        library.provider.close_all_sessions(0)
        assert code(lambda: library.user(first)) == CKR_SESSION_HANDLE_INVALID
        assert library.user(library.session(0)) is None
        assert library.user(other) == CKU_USER

    def test_the_security_officer_and_read_only_sessions_exclude_each_other(self) -> None:
        library = Library("cps3")
        writable, other = library.session(), library.session(writable=False)
        assert code(lambda: library.log_in(writable, CKU_SO)) == CKR_SESSION_READ_ONLY_EXISTS
        library.provider.close_session(other)
        library.log_in(writable, CKU_SO)
        assert code(lambda: library.session(writable=False)) == CKR_SESSION_READ_WRITE_SO_EXISTS

    def test_private_objects_are_hidden_from_all_but_the_holder(self) -> None:
        library = Library("cps4")
        handle = library.session()
        public = library.labels(handle)
        library.log_in(handle)
        assert set(library.labels(handle)) - set(public) >= {"CPS_PRIV_SIG", "CPS_PRIV_AUT", "CPS_ACTIVITY_01_PS"}
        with library.provider.session(handle) as session:
            session.token.log_out()
        library.log_in(handle, CKU_SO)
        assert library.labels(handle) == public


class TestFreshness:
    """The calls of a burst share one look at the reader (ADR 0016)."""

    @pytest.fixture
    def library(self, monkeypatch: pytest.MonkeyPatch) -> Library:
        library = Library("cps3")
        monkeypatch.setattr("cryptolib.token.fresh.SECONDS", 60.0)
        self.looks = 0
        look = library.readers.insertion

        def counted(name: str) -> tuple[int, int] | None:
            self.looks += 1
            return look(name)

        monkeypatch.setattr(library.readers, "insertion", counted)
        return library

    def test_a_burst_looks_once(self, library: Library) -> None:
        handle = library.session()
        for _ in range(10):
            library.provider.find_session(handle)
        assert self.looks == 1

    def test_a_burst_asks_once_whether_the_card_was_reset(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handle = library.session()
        library.log_in(handle)
        connection = library.readers.plugged[0].connection
        asked = []
        monkeypatch.setattr(connection, "was_reset", lambda: asked.append(1))
        assert [library.user(handle) for _ in range(10)] == [CKU_USER] * 10
        assert len(asked) == 1

    def test_a_reset_that_a_use_of_the_card_met_is_seen_by_all(self, library: Library) -> None:
        handle = library.session()
        library.log_in(handle)
        assert library.user(handle) == CKU_USER
        library.readers.plugged[0].connection.reset_elsewhere()
        with library.provider.session(handle) as session:
            session.token.random(8)
        assert library.user(handle) is None

    def test_a_removal_that_anybody_saw_is_seen_by_all(self, library: Library) -> None:
        handle = library.session()
        library.provider.find_session(handle)
        library.readers.plugged[0].remove()
        assert library.provider.slots(with_card=True) == []
        assert code(lambda: library.provider.find_session(handle)) == CKR_SESSION_HANDLE_INVALID


class TestWhileTheServiceIsSilent:
    """pcscd does not answer: what is known stays known, and no session ends for it."""

    @pytest.fixture
    def library(self, monkeypatch: pytest.MonkeyPatch) -> Library:
        library = Library("cps3", None)

        def silent(*_arguments: object) -> None:
            raise ServiceSilent("pcscd does not answer")

        self.handle = library.session()
        for name in ("poll", "insertion"):
            monkeypatch.setattr(library.readers, name, silent)
        return library

    def test_slots_and_sessions_are_there(self, library: Library) -> None:
        assert library.provider.slots(with_card=True) == [0]
        assert library.provider.slots(with_card=False) == [0, 1]
        assert library.provider.find_session(self.handle).slot.id == 0

    def test_a_start_finds_nothing_and_does_not_fail(self, library: Library) -> None:
        assert Provider(library.readers, library.readers.connect, driver_of).slots(with_card=False) == []


class TestComingAndGoing:
    def test_sessions_end_with_their_card(self) -> None:
        library = Library("cps3")
        handle = library.session()
        library.log_in(handle)
        library.readers.plugged[0].remove()
        assert code(lambda: library.user(handle)) == CKR_SESSION_HANDLE_INVALID
        assert code(lambda: library.provider.close_session(handle)) == CKR_SESSION_HANDLE_INVALID
        assert code(library.session) == CKR_TOKEN_NOT_PRESENT
        assert library.provider.slots(with_card=True) == []
        assert library.readers.plugged[0].connection.closed

    def test_the_same_card_again_is_another_insertion(self) -> None:
        library = Library("cps3")
        handle = library.session()
        library.log_in(handle)
        card = library.readers.plugged[0].remove()
        library.readers.plugged[0].insert(card)
        assert code(lambda: library.user(handle)) == CKR_SESSION_HANDLE_INVALID
        again = library.session()
        assert library.user(again) is None
        library.log_in(again)
        assert "CPS_PRIV_SIG" in library.labels(again)

    def test_another_card_in_its_place(self) -> None:
        library = Library("cps3")
        handle = library.session()
        assert "CPS_ACTIVITY_02_PS" not in library.labels(handle)
        library.readers.plugged[0].remove()
        library.readers.plugged[0].insert("cps4")
        handle = library.session()
        with library.provider.session(handle) as session:
            assert session.token.directory.label == "CPS4v1-2899990004"

    def test_a_reader_that_came_back_unseen_with_the_same_card(self) -> None:
        """pcscd counts the insertions of a reader from its arrival on: the number may be the same."""
        library = Library("cps4")
        handle = library.session()
        library.log_in(handle)
        (reader,) = library.readers.plugged
        reader.connection.removed = True
        assert code(lambda: library.user(handle)) == CKR_SESSION_HANDLE_INVALID
        again = library.session()
        assert library.user(again) is None
        library.log_in(again)

    def test_other_cards_do_not_notice(self) -> None:
        library = Library("cps3", "cps4")
        first, other = library.session(0), library.session(1)
        library.log_in(other)
        library.readers.plugged[0].remove()
        assert code(lambda: library.user(first)) == CKR_SESSION_HANDLE_INVALID
        assert library.user(other) == CKU_USER

    def test_a_card_pulled_during_a_call(self) -> None:
        library = Library("cps3")
        handle = library.session()
        library.log_in(handle)

        def pull() -> None:
            with library.provider.session(handle) as session:
                library.readers.plugged[0].remove()
                session.token.random(8)

        assert code(pull) == CKR_DEVICE_REMOVED
        assert code(lambda: library.user(handle)) == CKR_SESSION_HANDLE_INVALID

    def test_a_card_that_changes_unseen_takes_its_login_with_it(self) -> None:
        """Removed and inserted again between the look at the readers and the use of the token."""
        library = Library("cps3")
        library.log_in(library.session())
        card = library.readers.plugged[0].remove()
        library.readers.plugged[0].insert(card)
        assert library.user(library.session()) is None

    def test_a_reset_by_another_process_ends_the_login_and_keeps_the_session(self) -> None:
        library = Library("cps3")
        handle = library.session()
        library.log_in(handle)
        library.readers.plugged[0].connection.reset_elsewhere()
        assert library.user(handle) is None
        with library.provider.session(handle) as session:
            assert code(lambda: session.key(1)) == CKR_USER_NOT_LOGGED_IN
        library.log_in(handle)


def test_closing_lets_go_of_everything() -> None:
    library = Library("cps3", "cps4")
    handles = [library.session(0), library.session(1)]
    for handle in handles:
        library.log_in(handle)
    library.provider.close()
    assert [reader.connection.closed for reader in library.readers.plugged] == [True, True]
    for handle in handles:
        assert code(lambda handle=handle: library.user(handle)) == CKR_CRYPTOKI_NOT_INITIALIZED  # type: ignore[misc]
