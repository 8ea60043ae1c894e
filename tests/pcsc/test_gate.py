"""Which calls may be inside libpcsclite together, and what a fork waits for."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import pytest

from cryptolib.iso7816.connection import ServiceSilent
from cryptolib.pcsc import gate as module
from cryptolib.pcsc.context import Context
from cryptolib.pcsc.gate import Gate, gate
from cryptolib.pcsc.scard import scard
from tests.pcsc.service import Service

PATIENCE = 10


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


class Visit:
    """A thread that is inside until it has to leave."""

    def __init__(self, enter: Callable[[], object]) -> None:
        self._enter = enter
        self._leave = threading.Event()
        self.inside = threading.Event()
        self.thread = started(self._run)

    def _run(self) -> None:
        with self._enter():  # type: ignore[attr-defined]
            self.inside.set()
            self._leave.wait(PATIENCE)

    def leave(self) -> None:
        self._leave.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture
def own(service: Service) -> Gate:
    return Gate()


class TestTogether:
    def test_calls_that_use_handles_do_not_wait_for_each_other(self, own: Gate) -> None:
        visits = [Visit(own.passing) for _ in range(4)]
        assert all(visit.inside.wait(PATIENCE) for visit in visits)
        for visit in visits:
            visit.leave()

    def test_one_that_changes_the_lists_waits_for_a_call_that_just_began(
        self, own: Gate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "SETTLED", PATIENCE)
        visit = Visit(own.passing)
        assert visit.inside.wait(PATIENCE)
        change = Visit(own.changing)
        assert not change.inside.wait(0.1)
        visit.leave()
        assert change.inside.wait(PATIENCE)
        change.leave()

    def test_but_not_for_one_that_has_found_its_handle_long_ago(self, own: Gate) -> None:
        visit = Visit(own.passing)
        assert visit.inside.wait(PATIENCE)
        change = Visit(own.changing)
        assert change.inside.wait(PATIENCE)
        change.leave()
        visit.leave()

    def test_while_the_lists_change_nobody_begins(self, own: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "EXCLUSION", PATIENCE)
        change = Visit(own.changing)
        assert change.inside.wait(PATIENCE)
        others = [Visit(enter) for enter in (own.passing, own.connecting, own.changing)]
        assert not any(visit.inside.wait(0.05) for visit in others)
        change.leave()
        for visit in others:
            assert visit.inside.wait(PATIENCE)
            visit.leave()

    def test_connecting_keeps_out_changes_alone(self, own: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "EXCLUSION", PATIENCE)
        connecting = Visit(own.connecting)
        assert connecting.inside.wait(PATIENCE)
        passing, change = Visit(own.passing), Visit(own.changing)
        assert passing.inside.wait(PATIENCE)
        assert not change.inside.wait(0.05)
        connecting.leave()
        passing.leave()
        assert change.inside.wait(PATIENCE)
        change.leave()

    @pytest.mark.parametrize("how", ["passing", "connecting", "changing"])
    def test_nobody_waits_long_for_one_that_does_not_return(
        self, own: Gate, monkeypatch: pytest.MonkeyPatch, how: str
    ) -> None:
        monkeypatch.setattr(module, "EXCLUSION", 0.05)
        stuck = Visit(own.changing)
        assert stuck.inside.wait(PATIENCE)
        late = Visit(getattr(own, how))
        assert late.inside.wait(PATIENCE)
        late.leave()
        stuck.leave()


class TestSilentService:
    def test_no_call_begins_while_pcscd_is_silent(self, own: Gate, service: Service) -> None:
        service.answering = False
        for enter in (own.passing, own.connecting, own.changing):
            with pytest.raises(ServiceSilent), enter():
                pytest.fail("inside")

    def test_an_answer_is_good_for_a_moment(self, own: Gate, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "FRESH", PATIENCE)
        for _ in range(5):
            with own.passing():
                pass
        assert service.asked == 1

    def test_one_that_is_only_slow_has_its_time_all_the_same(self, own: Gate, service: Service) -> None:
        """A call that can do without an answer waits briefly; its time-out does not count for other calls."""
        service.answering = False
        with pytest.raises(ServiceSilent):
            own.require_answer(module.SHORT_PATIENCE)
        service.answering = True
        with own.passing():
            pass
        assert service.patience == [1000 * module.SHORT_PATIENCE, 1000 * module.PATIENCE]

    def test_an_old_answer_is_not_good_any_more(
        self, own: Gate, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "FRESH", 0)
        with own.passing():
            pass
        service.answering = False
        with pytest.raises(ServiceSilent), own.passing():
            pytest.fail("inside")


class TestFork:
    """The real gate: its handlers are registered for the life of the process."""

    @staticmethod
    def forked(work: Callable[[], bool]) -> int:
        """The exit status of a child that does `work`; it has ten seconds."""
        child = os.fork()
        if child == 0:
            os._exit(0 if work() else 1)
        for _ in range(1000):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(child, 9)
        os.waitpid(child, 0)
        return -1

    def test_the_child_of_a_busy_process_finds_nobody_inside(self, service: Service) -> None:
        visits = [Visit(gate.passing), Visit(gate.connecting)]
        assert all(visit.inside.wait(PATIENCE) for visit in visits)

        def goes_in() -> bool:
            with gate.changing():
                return not gate.lost

        assert self.forked(goes_in) == 0
        for visit in visits:
            visit.leave()

    def test_a_call_that_just_began_is_waited_for(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "SETTLED", PATIENCE)
        visit = Visit(gate.passing)
        assert visit.inside.wait(PATIENCE)
        done: list[int] = []
        forking = started(lambda: done.append(self.forked(lambda: True)))
        time.sleep(0.1)
        assert done == []
        visit.leave()
        forking.join(PATIENCE)
        assert done == [0]

    def test_a_look_at_the_readers_is_waited_for_however_long_ago_it_began(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """libpcsclite (2.0.1 and later) holds a mutex until pcscd has answered."""
        monkeypatch.setattr(module, "SETTLED", 0)
        monkeypatch.setattr(module, "PATIENCE", PATIENCE)
        visit = Visit(gate.looking)
        assert visit.inside.wait(PATIENCE)
        done: list[int] = []
        forking = started(lambda: done.append(self.forked(lambda: not gate.lost)))
        time.sleep(0.1)
        assert done == []
        visit.leave()
        forking.join(PATIENCE)
        assert done == [0]

    def test_a_child_asks_nothing_when_a_look_did_not_end(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "PATIENCE", 0.05)
        stuck = Visit(gate.looking)
        assert stuck.inside.wait(PATIENCE)
        assert self.forked(self.is_refused) == 0
        stuck.leave()
        assert self.forked(lambda: not self.is_refused()) == 0

    @pytest.mark.parametrize("look", ["readers", "state"])
    def test_a_look_of_a_context_is_one(self, service: Service, monkeypatch: pytest.MonkeyPatch, look: str) -> None:
        context = Context()
        seen: list[bool] = []
        called = {"readers": "SCardListReaders", "state": "SCardGetStatusChange"}[look]
        answer = getattr(service, called)

        def watched(*arguments: object) -> object:
            seen.append(threading.get_ident() in gate._lookers)
            return answer(*arguments)

        monkeypatch.setattr(scard, called, watched)
        context.readers() if look == "readers" else context.state("Reader A")
        assert seen == [True]
        context.release()

    @staticmethod
    def is_refused() -> bool:
        try:
            with gate.passing():
                return False
        except ServiceSilent:
            return True

    def test_a_child_never_waits_for_the_mutex_of_a_thread_that_it_does_not_have(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "EXCLUSION", 0.05)
        stuck = Visit(gate.changing)
        assert stuck.inside.wait(PATIENCE)
        monkeypatch.setattr(gate, "establishing", True)
        assert self.forked(self.is_refused) == 0
        stuck.leave()
        assert not gate.lost
