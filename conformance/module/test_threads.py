"""Many threads in one application, with and without arguments to C_Initialize, whoever holds the interpreter's lock.

PKCS #11 Specification 3.1, clause 5.4.1; four threads on two processors and one card.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module, Refused, mechanism, module_path
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, InitializeArguments
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig

THREADS = 4
ROUNDS = 5
RECIPE = RECIPES[CKM.SHA256_RSA_PKCS]

Result = TypeVar("Result")


def in_threads(work: Callable[[int], Result], count: int = THREADS) -> list[Result]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


@pytest.fixture(params=[False, True], ids=["interpreter lock released", "interpreter lock held"])
def module(request: pytest.FixtureRequest, rig: Rig, card: Card) -> Module:
    return Module(module_path(), holds_gil=request.param)


@pytest.fixture(params=[None, CKF.OS_LOCKING_OK], ids=["C_Initialize(NULL)", "OS locking"])
def shared(request: pytest.FixtureRequest, module: Module) -> Iterator[Module]:
    arguments = None
    if request.param is not None:
        arguments = ctypes.byref(InitializeArguments(flags=request.param))
    module.ok("C_Initialize", arguments)
    yield module
    module.C_Finalize(None)


def test_four_threads_sign_on_sessions_of_their_own(shared: Module, card: Card) -> None:
    (slot,) = shared.slots()
    sessions = [shared.open(slot) for _ in range(THREADS)]
    shared.ok("C_Login", sessions[0], 1, PIN, len(PIN))

    def work(number: int) -> None:
        session, names = sessions[number], card.keys[number % 2]
        for turn in range(ROUNDS):
            message = b"thread %d, turn %d" % (number, turn)
            key = shared.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, names.private))
            signature = shared.sign(session, key, RECIPE.mechanism(), message)
            assert RECIPE.holds(card.public_key(names), message, signature)

    in_threads(work)


def test_four_threads_sign_in_parts_at_the_same_time(shared: Module, card: Card) -> None:
    """Each part is given when all threads are ready: no operation may leak into another session's."""
    (slot,) = shared.slots()
    sessions = [shared.open(slot) for _ in range(THREADS)]
    shared.ok("C_Login", sessions[0], 1, PIN, len(PIN))
    key = shared.one(sessions[0], (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, card.signature.private))
    abreast = threading.Barrier(THREADS)

    def parts(number: int) -> Iterator[bytes]:
        for turn in range(ROUNDS):
            abreast.wait(30)
            yield b"thread %d, part %d; " % (number, turn)

    def work(number: int) -> None:
        signature = shared.sign_parts(sessions[number], key, RECIPE.mechanism(), parts(number))
        message = b"".join(b"thread %d, part %d; " % (number, turn) for turn in range(ROUNDS))
        assert RECIPE.holds(card.public_key(card.signature), message, signature)

    in_threads(work)


def test_four_threads_search_and_read(shared: Module, card: Card) -> None:
    (slot,) = shared.slots()

    def work(_: int) -> list[tuple[int, str, bytes]]:
        session = shared.open(slot)
        seen = []
        for _turn in range(ROUNDS):
            handles = shared.find(session)
            seen = [(one, shared.label(session, one), shared.attribute(session, one, CKA.CLASS)) for one in handles]
        shared.ok("C_CloseSession", session)
        return seen

    first, *others = in_threads(work)
    assert first
    assert all(other == first for other in others)


def test_of_many_threads_that_initialise_one_does(module: Module) -> None:
    answers = in_threads(lambda _: module.C_Initialize(None), 8)
    try:
        assert sorted(answers) == [CKR.OK] + [CKR.CRYPTOKI_ALREADY_INITIALIZED] * 7
        assert len(module.slots()) == 1
    finally:
        assert module.C_Finalize(None) == CKR.OK


def test_finalising_ends_the_calls_of_other_threads_cleanly(module: Module, card: Card) -> None:
    module.ok("C_Initialize", None)
    (slot,) = module.slots()
    started = threading.Barrier(THREADS + 1)

    def work(_: int) -> CKR:
        started.wait(30)
        while True:
            try:
                session = module.open(slot)
                module.find(session)
                module.digest(session, mechanism(CKM.SHA256), b"message")
            except Refused as refused:
                return refused.rv

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(work, number) for number in range(THREADS)]
        started.wait(30)
        assert module.C_Finalize(None) == CKR.OK
        answers = {future.result(60) for future in running}
    assert answers <= {CKR.CRYPTOKI_NOT_INITIALIZED, CKR.SESSION_HANDLE_INVALID}


def test_a_thread_that_waits_for_a_card_is_woken_by_finalising(module: Module, card: Card) -> None:
    module.ok("C_Initialize", None)
    where = ctypes.c_ulong()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(module.C_WaitForSlotEvent, 0, ctypes.byref(where), None)
        threading.Event().wait(0.2)
        assert not waiting.done()
        assert module.C_Finalize(None) == CKR.OK
        assert waiting.result(10) == CKR.CRYPTOKI_NOT_INITIALIZED


def test_a_thread_that_waits_for_a_card_leaves_the_others_alone(module: Module, card: Card, rig: Rig) -> None:
    module.ok("C_Initialize", None)
    where = ctypes.c_ulong(99)
    try:
        (slot,) = module.slots()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(module.C_WaitForSlotEvent, 0, ctypes.byref(where), None)
            session = module.open(slot)
            assert module.login(session, PIN) == CKR.OK
            assert not waiting.done()
            rig.remove()
            assert waiting.result(10) == CKR.OK
        assert where.value == slot
    finally:
        module.C_Finalize(None)
        rig.insert(card.name)
