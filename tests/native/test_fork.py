"""fork: the child is not initialised, may initialise, and then works, whatever the parent's threads were doing.

PKCS#11 3.2, clause 5.4 (C_Initialize).
"""

from __future__ import annotations

from tests.native.hosts import BOTH, Run

pytestmark = BOTH

HAMMER = """
static volatile int stop;
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
