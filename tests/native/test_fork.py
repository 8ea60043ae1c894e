"""fork: the child is not initialised, may initialise, and then works, whatever the parent's threads were doing.

PKCS#11 3.2, clause 5.4 (C_Initialize).
"""

from __future__ import annotations

import pytest

from tests.native.hosts import BOTH, CHURN, Run

pytestmark = BOTH

HAMMER = (
    CHURN
    + """
static void *hammer(void *unused)
{
    while (!stop)
        OK(python("sorted(range(50), key=lambda n: -n); rv[0] = 0"));
    return unused;
}
static void *block(void *unused)
{
    p11->C_WaitForSlotEvent(0, NULL, NULL);
    return unused;
}
static void initialise_again(void)
{
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    OK(p11->C_Initialize(NULL));
    OK(slots());
    OK(python("import json, decimal; rv[0] = 0"));
    OK(p11->C_Finalize(NULL));
}
"""
)


def test_the_child_initialises_again_and_the_parent_notices_nothing(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        IN_CHILD({ initialise_again(); });
        OK(slots());
        EXPECT(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(NULL));
        OK(p11->C_Finalize(NULL));
        IN_CHILD({ initialise_again(); });
        """,
        before=HAMMER,
    )


def test_a_child_may_have_children(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        IN_CHILD({
            OK(p11->C_Initialize(NULL));
            IN_CHILD({ initialise_again(); });
            OK(slots());
        });
        """,
        before=HAMMER,
    )


def test_the_parent_may_fork_before_it_initialises(c_host: Run) -> None:
    c_host(
        """
        IN_CHILD({ initialise_again(); });
        OK(p11->C_Initialize(NULL));
        """,
        before=HAMMER,
    )


def test_fifty_children_of_a_host_with_four_busy_threads(c_host: Run) -> None:
    c_host(
        """
        pthread_t threads[4];
        OK(p11->C_Initialize(NULL));
        start_threads(threads, 4, hammer, NULL);
        for (int i = 0; i < 50; i++)
            IN_CHILD({ initialise_again(); });
        stop = 1;
        join_threads(threads, 4);
        """,
        before=HAMMER,
    )


def test_threads_end_while_others_fork(c_host: Run) -> None:
    """Each thread calls once and ends: what it leaves behind must not be locked in a child."""
    c_host(
        """
        pthread_t threads[4];
        OK(p11->C_Initialize(NULL));
        start_threads(threads, 4, churn, NULL);
        for (int i = 0; i < 2000; i++)
            IN_CHILD({ EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots()); });
        for (int i = 0; i < 100; i++)
            IN_CHILD({ initialise_again(); });
        stop = 1;
        join_threads(threads, 4);
        """,
        before=HAMMER,
    )


@pytest.mark.timing
def test_short_threads_leave_nothing_behind(c_host: Run) -> None:
    c_host(
        """
        pthread_t threads[4];
        long before = 0;
        OK(p11->C_Initialize(NULL));
        for (int i = 0; i < 5500; i++) {
            start_threads(threads, 4, call_once, NULL);
            join_threads(threads, 4);
            if (i == 500)
                before = resident();
        }
        EXPECT(1, resident() - before < 64);
        """,
        before=HAMMER,
    )


def test_a_fork_does_not_wait_for_a_card_that_finalising_waits_for(c_host: Run) -> None:
    """Nor does anybody else but who initialises again; the child is as clean as any."""
    c_host(
        """
        pthread_t closing, opening;
        OK(p11->C_Initialize(NULL));
        OK(python("import __main__; __main__.seconds_to_close = 2; rv[0] = 0"));
        start_threads(&closing, 1, finalise, NULL);
        while (slots() == CKR_OK)
            usleep(1000);
        start_threads(&opening, 1, initialise, NULL);
        double before = now();
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        IN_CHILD({
            EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
            EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
            OK(p11->C_Initialize(NULL));
            OK(slots());
        });
        EXPECT(1, now() - before < 1);
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        join_threads(&closing, 1);
        join_threads(&opening, 1);
        OK(slots());
        """,
        before=HAMMER
        + """
        static void *finalise(void *unused)
        {
            OK(p11->C_Finalize(NULL));
            return unused;
        }
        static void *initialise(void *unused)
        {
            double before = now();
            OK(p11->C_Initialize(NULL));
            EXPECT(1, now() - before > 1);
            return unused;
        }
        """,
    )


def test_a_fork_does_not_wait_for_a_reader_that_initialising_waits_for(c_host: Run) -> None:
    c_host(
        """
        pthread_t opening, second;
        OK(p11->C_Initialize(NULL));
        OK(python("import __main__; __main__.seconds_to_open = 2; rv[0] = 0"));
        OK(p11->C_Finalize(NULL));
        start_threads(&opening, 1, initialise, (void *)CKR_OK);
        usleep(300000);
        start_threads(&second, 1, initialise, (void *)CKR_CRYPTOKI_ALREADY_INITIALIZED);
        double before = now();
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        IN_CHILD({ EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots()); });
        EXPECT(1, now() - before < 1);
        join_threads(&opening, 1);
        join_threads(&second, 1);
        OK(slots());
        """,
        before="""
        static void *initialise(void *answer)
        {
            EXPECT(answer, p11->C_Initialize(NULL));
            return NULL;
        }
        """,
    )


def test_a_fork_waits_for_what_python_asks_it_to_wait_for(c_host: Run) -> None:
    """A hook before the fork waits with the GIL free, in a thread that Python never saw."""
    c_host(
        """
        pthread_t busy, forking;
        OK(p11->C_Initialize(NULL));
        OK(python("import __main__, _thread, posix\\n"
                  "gate = __main__.gate = _thread.allocate_lock()\\n"
                  "posix.register_at_fork(before=gate.acquire, after_in_parent=gate.release,"
                  " after_in_child=gate.release)\\n"
                  "rv[0] = 0"));
        start_threads(&busy, 1, work, NULL);
        usleep(200000);
        start_threads(&forking, 1, fork_here, NULL);
        join_threads(&forking, 1);
        join_threads(&busy, 1);
        """,
        before="""
        static void *work(void *unused)
        {
            OK(python("import __main__, time\\n"
                      "with __main__.gate: time.sleep(1); __main__.done = True\\n"
                      "rv[0] = 0"));
            return unused;
        }
        static void *fork_here(void *unused)
        {
            IN_CHILD({
                OK(p11->C_Initialize(NULL));
                OK(python("import __main__; rv[0] = 0 if __main__.done and not __main__.gate.locked() else 1"));
            });
            return unused;
        }
        """,
    )


def test_fork_in_a_thread_that_python_never_saw_while_another_is_blocked(c_host: Run) -> None:
    c_host(
        """
        pthread_t blocked, thread;
        OK(p11->C_Initialize(NULL));
        start_threads(&blocked, 1, block, NULL);
        for (int i = 0; i < 10; i++) {
            start_threads(&thread, 1, fork_here, NULL);
            join_threads(&thread, 1);
        }
        """,
        before=HAMMER
        + """
        static void *fork_here(void *unused)
        {
            IN_CHILD({ initialise_again(); IN_CHILD({ initialise_again(); }); });
            return unused;
        }
        """,
    )


def test_fork_while_another_thread_initialises(c_host: Run) -> None:
    """The fork waits for it: the child gets a whole interpreter, not half of one."""
    c_host(
        """
        pthread_t thread;
        start_threads(&thread, 1, initialise, NULL);
        for (int i = 0; i < 20; i++)
            IN_CHILD({ initialise_again(); });
        join_threads(&thread, 1);
        """,
        before=HAMMER
        + """
        static void *initialise(void *unused)
        {
            OK(p11->C_Initialize(NULL));
            return unused;
        }
        """,
    )


def test_a_child_of_a_bare_clone_is_refused_without_touching_python(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        pid_t child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
        if (child == 0) {
            alarm(SECONDS_UNTIL_HUNG);
            EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
            EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
            EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
            IN_CHILD({
                EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
                EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
            });
            _exit(0);
        }
        wait_for(child);
        OK(slots());
        """
    )


def test_the_child_of_a_python_host(python_host: Run) -> None:
    python_host(
        """
import ctypes, os
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
for _ in range(10):
    child = os.fork()
    if child == 0:
        assert p11.C_GetSlotList(0, None, None) == 0x190
        assert p11.C_Initialize(None) == 0
        assert p11.C_GetSlotList(0, None, None) == 0
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
assert p11.C_GetSlotList(0, None, None) == 0
"""
    )
