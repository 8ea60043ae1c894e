"""Readers and cards that come and go, sessions on them, events, and threads that meet."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cryptolib.cryptoki.constants import (
    CKA_LABEL,
    CKR_CRYPTOKI_NOT_INITIALIZED,
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
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.connection import TransportError
from cryptolib.token.provider import Provider
from tests.support import PIN, PUK, VirtualReaders, secret

PATIENCE = 10


class Desk:
    """Readers and a library that was initialised on them."""

    def __init__(self, *cards: str | None) -> None:
        self.readers = VirtualReaders()
        for number, card in enumerate(cards):
            self.readers.add(f"Reader {number}", card)
        self.provider = Provider(self.readers, self.readers.connect)

    def session(self, slot: int = 0, writable: bool = True) -> int:
        return self.provider.open_session(slot, writable)

    def log_in(self, handle: int, user: int = CKU_USER) -> None:
        with self.provider.using(handle) as session:
            self.provider.log_in(session, user, secret(PIN if user == CKU_USER else PUK))

    def user(self, handle: int) -> int | None:
        with self.provider.using(handle) as session:
            return session.slot.logged_in()

    def labels(self, handle: int) -> list[str]:
        with self.provider.using(handle) as session:
            return [item.value(CKA_LABEL).decode() for item in session.visible_objects()]


def code(work: Callable[[], object]) -> int:
    with pytest.raises(CryptokiError) as caught:
        work()
    return caught.value.code


class TestSlots:
    def test_each_reader_is_a_slot_with_or_without_a_card(self) -> None:
        desk = Desk("cps3", None, "cps4")
        assert desk.provider.slots(with_card=False) == [0, 1, 2]
        assert desk.provider.slots(with_card=True) == [0, 2]
        assert [desk.provider.slot(number).reader for number in range(3)] == ["Reader 0", "Reader 1", "Reader 2"]

    def test_looking_at_them_opens_no_card(self) -> None:
        desk = Desk("cps3", "cps4")
        for slot in desk.provider.slots(with_card=True):
            assert desk.provider.slot(slot).recognised()
            assert desk.provider.slot(slot).mechanisms()
        desk.session()
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
        desk = Desk(None, "cps3")
        assert code(lambda: desk.session(0)) == CKR_TOKEN_NOT_PRESENT
        assert code(lambda: desk.provider.slot(0).mechanisms()) == CKR_TOKEN_NOT_PRESENT
        strange = desk.readers.plugged[1]
        strange.atr = bytes.fromhex("3B6500002063CB6A00")
        strange.events += 1
        assert desk.provider.slots(with_card=True) == []
        assert code(lambda: desk.session(1)) == CKR_TOKEN_NOT_RECOGNIZED

    def test_a_card_that_cannot_be_reached(self) -> None:
        desk = Desk("cps3")

        def fail(_reader: str) -> None:
            raise TransportError("SCardConnect: 8010000B")

        handle = desk.session()
        desk.provider.slot(0)._connect = fail  # type: ignore[assignment]
        assert code(lambda: desk.log_in(handle)) != 0
        desk.provider.slot(0)._connect = desk.readers.connect
        desk.log_in(handle)

    def test_a_card_that_is_not_what_its_answer_to_reset_says(self) -> None:
        desk = Desk("cps3")
        desk.readers.plugged[0].card.files.remove("3F00/D003")  # type: ignore[union-attr]
        handle = desk.session()
        assert code(lambda: desk.labels(handle)) == CKR_TOKEN_NOT_RECOGNIZED
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
        with desk.provider.using(handle) as session:
            session.token.log_out()
        desk.log_in(handle, CKU_SO)
        assert desk.labels(handle) == public


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
        with desk.provider.using(handle) as session:
            assert session.token.directory.label == "CPS4 VIRTUELLE"

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
            with desk.provider.using(handle) as session:
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
        with desk.provider.using(handle) as session:
            assert code(lambda: session.key(1)) == CKR_USER_NOT_LOGGED_IN
        desk.log_in(handle)


class TestEvents:
    def test_what_was_there_before_is_none(self) -> None:
        assert Desk("cps3", None).provider.wait_for_event(block=False) is None

    def test_each_coming_and_going_is_told_once(self) -> None:
        desk = Desk("cps3", None)
        desk.readers.plugged[1].insert("cps4")
        assert desk.provider.wait_for_event(block=False) == 1
        assert desk.provider.wait_for_event(block=False) is None
        desk.readers.plugged[0].remove()
        desk.readers.plugged[1].remove()
        told = {desk.provider.wait_for_event(block=False) for _ in range(2)}
        assert told == {0, 1}
        assert desk.provider.wait_for_event(block=False) is None

    def test_a_new_reader_is_one(self) -> None:
        desk = Desk()
        desk.readers.add("Reader 0", "cps3")
        assert desk.provider.wait_for_event(block=False) == 0
        assert desk.provider.wait_for_event(block=False) is None

    def test_those_that_another_call_saw_are_not_lost(self) -> None:
        desk = Desk("cps3")
        desk.readers.plugged[0].remove()
        desk.provider.slots(with_card=True)
        assert desk.provider.wait_for_event(block=False) == 0

    def test_waiting_until_something_happens(self) -> None:
        desk = Desk(None)
        told: list[int | None] = []
        waiting = threading.Thread(target=lambda: told.append(desk.provider.wait_for_event(block=True)))
        waiting.start()
        desk.readers.plugged[0].insert("cps3")
        desk.readers.wake()
        waiting.join(PATIENCE)
        assert told == [0]

    def test_what_happens_just_before_waiting_is_not_missed(self) -> None:
        """A card comes between the look that found nothing and the wait."""
        desk = Desk(None)
        wait = desk.readers.wait

        def late(seen: object) -> None:
            if desk.readers.plugged[0].card is None:
                desk.readers.plugged[0].insert("cps3")
                desk.provider.slots(with_card=True)  # another thread's look takes the change away
            wait(seen)  # type: ignore[arg-type]

        desk.readers.wait = late  # type: ignore[method-assign]
        told: list[int | None] = []
        waiting = threading.Thread(target=lambda: told.append(desk.provider.wait_for_event(block=True)))
        waiting.start()
        waiting.join(PATIENCE / 2)
        assert told == [0]

    def test_closing_wakes_who_waits(self) -> None:
        desk = Desk("cps3")
        codes: list[int] = []
        waiting = threading.Thread(target=lambda: codes.append(code(lambda: desk.provider.wait_for_event(block=True))))
        waiting.start()
        desk.provider.close()
        waiting.join(PATIENCE)
        assert codes == [CKR_CRYPTOKI_NOT_INITIALIZED]


def test_closing_lets_go_of_everything() -> None:
    desk = Desk("cps3", "cps4")
    handles = [desk.session(0), desk.session(1)]
    for handle in handles:
        desk.log_in(handle)
    desk.provider.close()
    assert [reader.connection.closed for reader in desk.readers.plugged] == [True, True]
    for handle in handles:
        assert code(lambda handle=handle: desk.user(handle)) == CKR_SESSION_HANDLE_INVALID  # type: ignore[misc]


class TestThreads:
    """No order of locks in which two threads could wait for each other."""

    @pytest.mark.parametrize("work", ["log in", "open a session", "count sessions"])
    def test_a_card_is_pulled_while_a_call_holds_its_slot(self, work: str) -> None:
        desk = Desk("cps3")
        handle = desk.session()
        inside, looked = threading.Event(), threading.Event()
        outcomes: list[str] = []

        def call() -> None:
            with desk.provider.using(handle) as session:
                inside.set()
                looked.wait(0.3)  # the other thread is now looking at the readers, or has done so
                try:
                    if work == "log in":
                        desk.provider.log_in(session, CKU_SO, secret(PUK))
                    elif work == "open a session":
                        desk.session()
                    else:
                        desk.provider.session_counts(session.slot)
                except CryptokiError:
                    pass
            outcomes.append("call")

        def look() -> None:
            inside.wait(PATIENCE)
            desk.readers.plugged[0].remove()
            desk.provider.refresh()
            looked.set()
            outcomes.append("look")

        threads = [threading.Thread(target=target, daemon=True) for target in (call, look)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE / 2)
        assert sorted(outcomes) == ["call", "look"]

    def test_looking_does_not_wait_for_a_card_at_work(self) -> None:
        desk = Desk("cps3", "cps4")
        handle = desk.session(0)
        with desk.provider.using(handle):
            desk.readers.plugged[0].remove()
            seen: list[list[int]] = []
            looking = threading.Thread(target=lambda: seen.append(desk.provider.slots(with_card=True)), daemon=True)
            looking.start()
            looking.join(PATIENCE / 2)
        assert seen == [[1]]

    def test_many_threads_on_two_cards_that_come_and_go(self) -> None:
        desk = Desk("cps3", "cps4")
        stop, strange = threading.Event(), []

        def work(slot: int) -> None:
            while not stop.is_set():
                try:
                    handle = desk.session(slot)
                    assert desk.labels(handle)
                    desk.provider.close_session(handle)
                except CryptokiError:
                    continue
                except Exception as error:
                    strange.append(error)
                    return

        threads = [threading.Thread(target=work, args=(number % 2,), daemon=True) for number in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(15):
            for reader in desk.readers.plugged:
                card = reader.remove()
                desk.provider.refresh()
                reader.insert(card)
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert strange == []
        assert not [thread for thread in threads if thread.is_alive()]
        assert desk.labels(desk.session(0))
