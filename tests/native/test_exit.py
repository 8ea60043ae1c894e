"""Leaving: without C_Finalize, in the middle of a call, after dlclose; never a crash, never a hang."""

from __future__ import annotations

from tests.native.hosts import BOTH, Run

pytestmark = BOTH

THREADS = """
static void *hammer(void *unused)
{
    for (;;)
        slots();
    return unused;
}
static void *block(void *unused)
{
    p11->C_WaitForSlotEvent(0, NULL, NULL);
    return unused;
}
static void *compute(void *unused)
{
    python("while True: pass");
    return unused;
}
"""


def test_exit_without_finalising(c_host: Run) -> None:
    c_host("OK(p11->C_Initialize(NULL)); exit(0);")


def test_exit_with_threads_inside_calls(c_host: Run) -> None:
    c_host(
        """
        pthread_t threads[4];
        OK(p11->C_Initialize(NULL));
        start_threads(threads, 1, block, NULL);
        start_threads(threads + 1, 1, compute, NULL);
        start_threads(threads + 2, 2, hammer, NULL);
        usleep(50000);
        exit(0);
        """,
        before=THREADS,
    )


def test_finalising_from_an_exit_handler(c_host: Run) -> None:
    c_host(
        "OK(p11->C_Initialize(NULL)); atexit(finalise); exit(0);",
        before="static void finalise(void) { OK(p11->C_Finalize(NULL)); }",
    )


def test_closing_the_library_leaves_it_in_place(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        EXPECT(0, dlclose(module));
        OK(slots());
        OK(p11->C_Finalize(NULL));
        """
    )


def test_opening_and_closing_a_hundred_times_costs_nothing(c_host: Run) -> None:
    c_host(
        """
        long before = 0;
        for (int i = 0; i < 100; i++) {
            OK(p11->C_Initialize(NULL));
            OK(p11->C_Finalize(NULL));
            EXPECT(0, dlclose(module));
            load(argv[1]);
            if (i == 9)
                before = resident();
        }
        EXPECT(1, resident() - before < 64);
        """
    )


def test_a_python_host_finalises_after_its_interpreter_has(python_host: Run) -> None:
    """An exit handler of C runs when Py_IsInitialized() is false already."""
    python_host(
        """
import ctypes
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
ctypes.CDLL(None).on_exit(ctypes.cast(p11.C_Finalize, ctypes.c_void_p), None)
ctypes.CDLL(None).on_exit(ctypes.cast(p11.C_GetFunctionStatus, ctypes.c_void_p), None)
"""
    )


def test_a_python_host_leaves_with_daemon_threads_inside(python_host: Run) -> None:
    python_host(
        """
import ctypes, threading, time
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
def hammer():
    while True:
        p11.C_GetSlotList(0, None, None)
threading.Thread(target=p11.C_WaitForSlotEvent, args=(0, None, None), daemon=True).start()
for _ in range(3):
    threading.Thread(target=hammer, daemon=True).start()
time.sleep(0.05)
"""
    )
