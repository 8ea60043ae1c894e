"""Leaving: without C_Finalize, in the middle of a call, after dlclose; never a crash, never a hang."""

from __future__ import annotations

import pytest

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


def test_exit_from_another_thread_while_calls_run(c_host: Run) -> None:
    c_host(
        """
        for (int i = 0; i < 20; i++)
            IN_CHILD({
                pthread_t threads[4];
                OK(p11->C_Initialize(NULL));
                start_threads(threads, 3, hammer, NULL);
                start_threads(threads + 3, 1, leave, NULL);
                join_threads(threads + 3, 1);
            });
        """,
        before=THREADS
        + """
        static void *leave(void *unused)
        {
            usleep(10000);
            exit(0);
            return unused;
        }
        """,
    )


@pytest.mark.parametrize("end", ["exit", "_exit"])
def test_a_signal_handler_ends_the_process_in_the_middle_of_calls(c_host: Run, end: str) -> None:
    c_host(
        """
        for (int i = 0; i < 20; i++)
            IN_CHILD({
                struct itimerval soon = { { 0, 0 }, { 0, 1000 + 500 * i } };
                pthread_t thread;
                signal(SIGVTALRM, leave);
                OK(p11->C_Initialize(NULL));
                start_threads(&thread, 1, hammer, NULL);
                setitimer(ITIMER_VIRTUAL, &soon, NULL);
                for (;;)
                    slots();
            });
        """,
        before="#include <sys/time.h>\n" + THREADS + f"static void leave(int signal) {{ (void)signal; {end}(0); }}",
    )


def test_abort_in_the_middle_of_calls(c_host: Run) -> None:
    c_host(
        """
        pid_t child = fork();
        int status;
        if (child == 0) {
            pthread_t threads[2];
            OK(p11->C_Initialize(NULL));
            start_threads(threads, 2, hammer, NULL);
            usleep(10000);
            abort();
        }
        EXPECT(child, waitpid(child, &status, 0));
        EXPECT(1, WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        """,
        before=THREADS,
    )


def test_no_descriptor_for_input_and_output(c_host: Run) -> None:
    """The numbers 0 to 2 may become the module's own; nothing is written to them, and none is left open."""
    c_host(
        """
        close(0), close(1), close(2);
        OK(p11->C_Initialize(NULL));
        OK(slots());
        OK(p11->C_Finalize(NULL));
        for (int file = 0; file < 3; file++)
            EXPECT(-1, fcntl(file, F_GETFD));
        """,
        before="#include <fcntl.h>",
    )


@pytest.mark.parametrize("spare", [0, 1, 2, 3, 5, 8])
def test_few_descriptors_or_none_left(c_host: Run, spare: int) -> None:
    """A start that gets no descriptor fails and may be repeated; once it is done, calls need none."""
    c_host(
        f"""
        struct rlimit all, few;
        getrlimit(RLIMIT_NOFILE, &all);
        few = all;
        few.rlim_cur = 3 + {spare};
        setrlimit(RLIMIT_NOFILE, &few);
        if (p11->C_Initialize(NULL) != CKR_OK) {{
            setrlimit(RLIMIT_NOFILE, &all);
            OK(p11->C_Initialize(NULL));
            setrlimit(RLIMIT_NOFILE, &few);
        }}
        OK(slots());
        OK(p11->C_Finalize(NULL));
        OK(p11->C_Initialize(NULL));
        """,
        before="#include <sys/resource.h>",
    )


def test_descriptors_above_1024(c_host: Run) -> None:
    c_host(
        """
        struct rlimit many;
        getrlimit(RLIMIT_NOFILE, &many);
        many.rlim_cur = many.rlim_max;
        setrlimit(RLIMIT_NOFILE, &many);
        while (open("/dev/null", O_RDONLY) < 1100)
            ;
        OK(p11->C_Initialize(NULL));
        OK(slots());
        OK(p11->C_Finalize(NULL));
        """,
        before="#include <fcntl.h>\n#include <sys/resource.h>",
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


@pytest.mark.timing
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
