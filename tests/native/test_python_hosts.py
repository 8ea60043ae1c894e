"""A host that is itself Python, of our minor version: one interpreter for both, whoever holds its GIL."""

from __future__ import annotations

import sys

from tests.native.hosts import CHURN, LIBPYTHON, Run


def test_our_directory_comes_last_on_the_hosts_path(python_host: Run) -> None:
    python_host(
        """
import ctypes, sys
before = list(sys.path)
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
assert sys.path == [*before, path.rsplit("/", 2)[0]]
assert p11.C_Finalize(None) == 0
assert p11.C_Initialize(None) == 0
assert len(sys.path) == len(before) + 1
"""
    )


def test_callers_with_and_without_the_gil_race_to_initialise(python_host: Run) -> None:
    for _ in range(3):
        python_host(
            """
import ctypes, threading
hosts = [ctypes.PyDLL(path), ctypes.CDLL(path)]
answers = []
start = threading.Barrier(16)
def initialise(p11):
    start.wait()
    answers.append(p11.C_Initialize(None))
    assert p11.C_GetSlotList(0, None, None) == 0
threads = [threading.Thread(target=initialise, args=(hosts[n % 2],)) for n in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert sorted(answers) == [0] + [0x191] * 15, answers
"""
        )


def test_callers_with_and_without_the_gil_call_initialise_and_finalise(python_host: Run) -> None:
    python_host(
        """
import ctypes, threading
hosts = [ctypes.PyDLL(path), ctypes.CDLL(path)]
def work(p11):
    for n in range(200):
        assert p11.C_Initialize(None) in (0, 0x191)
        assert p11.C_GetSlotList(0, None, None) in (0, 0x190)
        if n % 10 == 0:
            assert p11.C_Finalize(None) in (0, 0x190)
threads = [threading.Thread(target=work, args=(hosts[n % 2],)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    )


def test_ctrl_c_during_a_call_reaches_the_host(python_host: Run) -> None:
    python_host(
        """
import ctypes, signal
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
code = b"import time; time.sleep(20)"
signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
signal.setitimer(signal.ITIMER_REAL, 0.1)
answer = None
try:
    answer = p11.C_InitToken(0, code, len(code), None)
    while True:
        signal.pause()
except KeyboardInterrupt:
    assert answer in (None, 5)
else:
    raise SystemExit("the host never saw the interruption")
assert p11.C_GetSlotList(0, None, None) == 0
"""
    )


def test_a_host_that_has_looked_at_a_capsule(python_host: Run) -> None:
    """That alone makes the start of cffi's embedding mode spin for ever."""
    python_host(
        """
import ctypes, datetime
assert not hasattr(datetime.datetime_CAPI, "anything")
assert ctypes.CDLL(path).C_Initialize(None) == 0
"""
    )


def test_a_c_host_that_runs_python_hidden_from_its_libraries(c_host: Run) -> None:
    """libpython loaded RTLD_LOCAL, its GIL held by the caller, another caller racing."""
    c_host(
        f"""
        pthread_t thread;
        void *python = dlopen("{LIBPYTHON}", RTLD_NOW | RTLD_LOCAL);
        ((void (*)(int))dlsym(python, "Py_InitializeEx"))(0);
        EXPECT(1, dlsym(RTLD_DEFAULT, "Py_GetVersion") == NULL);
        start_threads(&thread, 1, initialise, NULL);
        initialise(NULL);
        ((void *(*)(void))dlsym(python, "PyEval_SaveThread"))();
        join_threads(&thread, 1);
        OK(slots());
        """,
        before="""
        static void *initialise(void *unused)
        {
            CK_RV rv = p11->C_Initialize(NULL);
            if (rv != CKR_OK)
                EXPECT(CKR_CRYPTOKI_ALREADY_INITIALIZED, rv);
            return unused;
        }
        """,
        env={"PYTHONHOME": sys.base_prefix},
    )


def test_threads_of_a_python_host_end_while_it_forks(c_host: Run) -> None:
    """Its threads are C's, unknown to its Python until they call the module."""
    c_host(
        f"""
        pthread_t threads[4];
        hosts_python = dlopen("{LIBPYTHON}", RTLD_NOW | RTLD_GLOBAL);
        PY(void, Py_InitializeEx, int)(0);
        OK(p11->C_Initialize(NULL));
        PY(void *, PyEval_SaveThread, void)();
        start_threads(threads, 4, churn, NULL);
        for (int i = 0; i < 2000; i++)
            fork_as_python_does();
        stop = 1;
        join_threads(threads, 4);
        OK(slots());
        """,
        before=CHURN
        + """
        static void *hosts_python;
        #define PY(result, name, ...) ((result (*)(__VA_ARGS__))dlsym(hosts_python, #name))
        static void fork_as_python_does(void)
        {
            int gil = PY(int, PyGILState_Ensure, void)();
            PY(void, PyOS_BeforeFork, void)();
            pid_t child = fork();
            if (child == 0) {
                alarm(SECONDS_UNTIL_HUNG);
                PY(void, PyOS_AfterFork_Child, void)();
                EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
                OK(p11->C_Initialize(NULL));
                OK(slots());
                _exit(0);
            }
            PY(void, PyOS_AfterFork_Parent, void)();
            PY(void, PyGILState_Release, int)(gil);
            wait_for(child);
        }
        """,
        env={"PYTHONHOME": sys.base_prefix},
    )
