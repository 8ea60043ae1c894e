"""Readers and cards that come and go, and the sessions on them."""

from __future__ import annotations

import pytest

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
from tests.token.desk import Desk, code


class TestSlots:
    def test_each_reader_is_a_slot_with_or_without_a_card(self) -> None:
        desk = Desk("cps3", None, "cps4")
        assert desk.provider.slots(with_card=False) == [0, 1, 2]
        assert desk.provider.slots(with_card=True) == [0, 1]

    def test_readers_with_a_cps_come_first_at_the_start(self) -> None:
        """Some applications take the first slot, whatever is in it."""
        desk = Desk(None, "cps3", None, "cps4")
        readers = [desk.provider.slot(number).reader for number in range(4)]
        assert readers == ["Reader 1", "Reader 3", "Reader 0", "Reader 2"]

    def test_a_cps_that_comes_later_changes_no_slot(self) -> None:
        desk = Desk(None, None)
        desk.readers.plugged[1].insert("cps4")
        desk.readers.add("Reader 2", "cps3")
        assert desk.provider.slots(with_card=True) == [1, 2]
        assert [desk.provider.slot(number).reader for number in range(3)] == ["Reader 0", "Reader 1", "Reader 2"]

    def test_looking_at_them_opens_no_card(self) -> None:
        desk = Desk("cps4", "cps3")
        for slot in desk.provider.slots(with_card=True):
            assert desk.provider.slot(slot).recognised()
            assert desk.provider.slot(slot).mechanisms()
        assert [reader.connections for reader in desk.readers.plugged] == [[], []]

    def test_without_any_reader(self) -> None:
        desk = Desk()
        assert desk.provider.slots(with_card=False) == []
        assert code(lambda: desk.provider.slot(0)) == CKR_SLOT_ID_INVALID

    @pytest.mark.parametrize("slot", [-1, 1, 1 << 63])
    def test_a_slot_that_never_was(self, slot: int) -> None:
        desk = Desk("cps3")
        assert code(lambda: desk.provider.slot(slot)) == CKR_SLOT_ID_INVALID
        assert code(lambda: desk.session(slot)) == CKR_SLOT_ID_INVALID

    def test_a_reader_keeps_its_slot_for_life(self) -> None:
        desk = Desk("cps3", "cps4")
        unplugged = desk.readers.plugged.pop(0)
        desk.readers.add("Reader 2")
        assert desk.provider.slots(with_card=False) == [1, 2]
        assert not desk.provider.slot(0).plugged
        desk.readers.plugged.append(unplugged)
        assert desk.provider.slots(with_card=False) == [0, 1, 2]
        assert desk.provider.slot(0).reader == "Reader 0"

    def test_an_empty_reader_and_a_strange_card(self) -> None:
        desk = Desk("cps3", None)
        assert code(lambda: desk.session(1)) == CKR_TOKEN_NOT_PRESENT
        assert code(lambda: desk.provider.slot(1).mechanisms()) == CKR_TOKEN_NOT_PRESENT
        strange = desk.readers.plugged[0]
        strange.atr = bytes.fromhex("3B6500002063CB6A00")
        strange.events += 1
        assert desk.provider.slots(with_card=True) == []
        assert code(lambda: desk.session(0)) == CKR_TOKEN_NOT_RECOGNIZED
        assert strange.connections == []

    def test_a_card_that_cannot_be_reached(self) -> None:
        desk = Desk("cps4")

        def fail(_reader: str) -> None:
            raise TransportError("SCardConnect: 8010000B")

        desk.provider.slot(0)._connect = fail  # type: ignore[assignment]
        assert code(lambda: desk.session()) == CKR_DEVICE_ERROR
        desk.provider.slot(0)._connect = desk.readers.connect
        desk.log_in(desk.session())

    def test_a_card_that_is_not_what_its_answer_to_reset_says(self) -> None:
        desk = Desk("cps4")
        desk.readers.plugged[0].card.files.remove("3F00/D003")  # type: ignore[union-attr]
        assert code(lambda: desk.session()) == CKR_TOKEN_NOT_RECOGNIZED
        assert desk.readers.plugged[0].connection.closed


class TestSessions:
    def test_handles_are_never_used_again(self) -> None:
        desk = Desk("cps3")
        first = desk.session()
        desk.provider.close_session(first)
        assert desk.session() != first
        assert code(lambda: desk.provider.close_session(first)) == CKR_SESSION_HANDLE_INVALID
        assert code(lambda: desk.user(0)) == CKR_SESSION_HANDLE_INVALID

    def test_they_are_counted_by_slot(self) -> None:
        desk = Desk("cps3", "cps4")
        desk.session(0)
        desk.session(0, writable=False)
        desk.session(1)
        counts = [desk.provider.session_counts(desk.provider.slot(number)) for number in (0, 1)]
        assert counts == [(2, 1), (1, 1)]

    def test_the_login_is_shared_and_goes_with_the_last_session(self) -> None:
        desk = Desk("cps3")
        first, second = desk.session(), desk.session(writable=False)
        desk.log_in(first)
        assert desk.user(second) == CKU_USER
        desk.provider.close_session(first)
        assert desk.user(second) == CKU_USER
        desk.provider.close_session(second)
        assert desk.user(desk.session()) is None

    def test_closing_all_of_a_slot(self) -> None:
        desk = Desk("cps3", "cps4")
        first, other = desk.session(0), desk.session(1)
        desk.log_in(first)
        desk.log_in(other)
        desk.provider.close_all_sessions(0)
        assert code(lambda: desk.user(first)) == CKR_SESSION_HANDLE_INVALID
        assert desk.user(desk.session(0)) is None
        assert desk.user(other) == CKU_USER

    def test_the_security_officer_and_read_only_sessions_exclude_each_other(self) -> None:
        desk = Desk("cps3")
        writable, other = desk.session(), desk.session(writable=False)
        assert code(lambda: desk.log_in(writable, CKU_SO)) == CKR_SESSION_READ_ONLY_EXISTS
        desk.provider.close_session(other)
        desk.log_in(writable, CKU_SO)
        assert code(lambda: desk.session(writable=False)) == CKR_SESSION_READ_WRITE_SO_EXISTS

    def test_private_objects_are_hidden_from_all_but_the_holder(self) -> None:
        desk = Desk("cps4")
        handle = desk.session()
        public = desk.labels(handle)
        desk.log_in(handle)
        assert set(desk.labels(handle)) - set(public) >= {"CPS_PRIV_SIG", "CPS_PRIV_AUT", "CPS_ACTIVITY_01_PS"}
        with desk.provider.session(handle) as session:
            session.token.log_out()
        desk.log_in(handle, CKU_SO)
        assert desk.labels(handle) == public


class TestFreshness:
    """The calls of a burst share one look at the reader (ADR 0016)."""

    @pytest.fixture
    def desk(self, monkeypatch: pytest.MonkeyPatch) -> Desk:
        desk = Desk("cps3")
        monkeypatch.setattr("cryptolib.token.fresh.SECONDS", 60.0)
        self.looks = 0
        look = desk.readers.insertion

        def counted(name: str) -> tuple[int, int] | None:
            self.looks += 1
            return look(name)

        monkeypatch.setattr(desk.readers, "insertion", counted)
        return desk

    def test_a_burst_looks_once(self, desk: Desk) -> None:
        handle = desk.session()
        for _ in range(10):
            desk.provider.find_session(handle)
        assert self.looks == 1

    def test_a_burst_asks_once_whether_the_card_was_reset(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        handle = desk.session()
        desk.log_in(handle)
        connection = desk.readers.plugged[0].connection
        asked = []
        monkeypatch.setattr(connection, "was_reset", lambda: asked.append(1))
        assert [desk.user(handle) for _ in range(10)] == [CKU_USER] * 10
        assert len(asked) == 1

    def test_a_reset_that_a_use_of_the_card_met_is_seen_by_all(self, desk: Desk) -> None:
        handle = desk.session()
        desk.log_in(handle)
        assert desk.user(handle) == CKU_USER
        desk.readers.plugged[0].connection.reset_elsewhere()
        with desk.provider.session(handle) as session:
            session.token.random(8)
        assert desk.user(handle) is None

    def test_a_removal_that_anybody_saw_is_seen_by_all(self, desk: Desk) -> None:
        handle = desk.session()
        desk.provider.find_session(handle)
        desk.readers.plugged[0].remove()
        assert desk.provider.slots(with_card=True) == []
        assert code(lambda: desk.provider.find_session(handle)) == CKR_SESSION_HANDLE_INVALID


class TestWhileTheServiceIsSilent:
    """pcscd does not answer: what is known stays known, and no session ends for it."""

    @pytest.fixture
    def desk(self, monkeypatch: pytest.MonkeyPatch) -> Desk:
        desk = Desk("cps3", None)

        def silent(*_arguments: object) -> None:
            raise ServiceSilent("pcscd does not answer")

        self.handle = desk.session()
        for name in ("poll", "insertion"):
            monkeypatch.setattr(desk.readers, name, silent)
        return desk

    def test_slots_and_sessions_are_there(self, desk: Desk) -> None:
        assert desk.provider.slots(with_card=True) == [0]
        assert desk.provider.slots(with_card=False) == [0, 1]
        assert desk.provider.find_session(self.handle).slot.id == 0

    def test_a_start_finds_nothing_and_does_not_fail(self, desk: Desk) -> None:
        assert Provider(desk.readers, desk.readers.connect).slots(with_card=False) == []


class TestComingAndGoing:
    def test_sessions_end_with_their_card(self) -> None:
        desk = Desk("cps3")
        handle = desk.session()
        desk.log_in(handle)
        desk.readers.plugged[0].remove()
        assert code(lambda: desk.user(handle)) == CKR_SESSION_HANDLE_INVALID
        assert code(lambda: desk.provider.close_session(handle)) == CKR_SESSION_HANDLE_INVALID
        assert code(desk.session) == CKR_TOKEN_NOT_PRESENT
        assert desk.provider.slots(with_card=True) == []
        assert desk.readers.plugged[0].connection.closed

    def test_the_same_card_again_is_another_insertion(self) -> None:
        desk = Desk("cps3")
        handle = desk.session()
        desk.log_in(handle)
        card = desk.readers.plugged[0].remove()
        desk.readers.plugged[0].insert(card)
        assert code(lambda: desk.user(handle)) == CKR_SESSION_HANDLE_INVALID
        again = desk.session()
        assert desk.user(again) is None
        desk.log_in(again)
        assert "CPS_PRIV_SIG" in desk.labels(again)

    def test_another_card_in_its_place(self) -> None:
        desk = Desk("cps3")
        handle = desk.session()
        assert "CPS_ACTIVITY_02_PS" not in desk.labels(handle)
        desk.readers.plugged[0].remove()
        desk.readers.plugged[0].insert("cps4")
        handle = desk.session()
        with desk.provider.session(handle) as session:
            assert session.token.directory.label == "CPS4v1-2899990004"

    def test_other_cards_do_not_notice(self) -> None:
        desk = Desk("cps3", "cps4")
        first, other = desk.session(0), desk.session(1)
        desk.log_in(other)
        desk.readers.plugged[0].remove()
        assert code(lambda: desk.user(first)) == CKR_SESSION_HANDLE_INVALID
        assert desk.user(other) == CKU_USER

    def test_a_card_pulled_during_a_call(self) -> None:
        desk = Desk("cps3")
        handle = desk.session()
        desk.log_in(handle)

        def pull() -> None:
            with desk.provider.session(handle) as session:
                desk.readers.plugged[0].remove()
                session.token.random(8)

        assert code(pull) == CKR_DEVICE_REMOVED
        assert code(lambda: desk.user(handle)) == CKR_SESSION_HANDLE_INVALID

    def test_a_card_that_changes_unseen_takes_its_login_with_it(self) -> None:
        """Removed and inserted again between the look at the readers and the use of the token."""
        desk = Desk("cps3")
        desk.log_in(desk.session())
        card = desk.readers.plugged[0].remove()
        desk.readers.plugged[0].insert(card)
        assert desk.user(desk.session()) is None

    def test_a_reset_by_another_process_ends_the_login_and_keeps_the_session(self) -> None:
        desk = Desk("cps3")
        handle = desk.session()
        desk.log_in(handle)
        desk.readers.plugged[0].connection.reset_elsewhere()
        assert desk.user(handle) is None
        with desk.provider.session(handle) as session:
            assert code(lambda: session.key(1)) == CKR_USER_NOT_LOGGED_IN
        desk.log_in(handle)


def test_closing_lets_go_of_everything() -> None:
    desk = Desk("cps3", "cps4")
    handles = [desk.session(0), desk.session(1)]
    for handle in handles:
        desk.log_in(handle)
    desk.provider.close()
    assert [reader.connection.closed for reader in desk.readers.plugged] == [True, True]
    for handle in handles:
        assert code(lambda handle=handle: desk.user(handle)) == CKR_CRYPTOKI_NOT_INITIALIZED  # type: ignore[misc]
