"""pthread_cancel in the middle of a call: the call ends, then the thread does, and nothing stays locked."""

from __future__ import annotations

import pytest

from tests.native.hosts import BOTH, Run

pytestmark = BOTH

KINDS = """
#define THREAD(name, ...) \\
    static void *name(void *unused) \\
    { \\
        for (;;) { \\
            __VA_ARGS__ \\
            pthread_testcancel(); \\
        } \\
        return unused; \\
    }
THREAD(computes, python("for n in range(3): sorted(range(100000))");)
THREAD(sleeps, python("import time; time.sleep(0.2)");)
THREAD(writes,
    python("import posix\\n"
           "for n in range(10): f = posix.open('/dev/null', 1); posix.write(f, b'x'); posix.close(f)");)
THREAD(hammers, slots();)
THREAD(waits, p11->C_WaitForSlotEvent(0, NULL, NULL);)
THREAD(opens_and_closes, p11->C_Initialize(NULL); p11->C_Finalize(NULL);)
static volatile int stop;
static void *busy(void *unused)
{
    while (!stop)
        python("sorted(range(1000))");
    return unused;
}
static void *sleeps_and_may_end_anywhere(void *unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    return sleeps(unused);
}
"""

CANCELLED = """
        pthread_t thread, others[2];
        OK(p11->C_Initialize(NULL));
        start_threads(others, 2, busy, NULL);
        for (int i = 0; i < 10; i++) {{
            start_threads(&thread, 1, {kind}, NULL);
            usleep(1 + i * 10000);
            EXPECT(0, pthread_cancel(thread));
            EXPECT(0, pthread_join(thread, NULL));
            CK_RV rv = p11->C_Initialize(NULL);
            EXPECT(1, rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED);
            OK(slots());
        }}
        stop = 1;
        join_threads(others, 2);
        IN_CHILD({{ OK(p11->C_Initialize(NULL)); OK(slots()); }});
        OK(p11->C_Finalize(NULL));
        """


@pytest.mark.parametrize(
    "kind", ["computes", "sleeps", "writes", "hammers", "waits", "opens_and_closes", "sleeps_and_may_end_anywhere"]
)
def test_a_thread_that_is_cancelled_in_a_call(c_host: Run, kind: str) -> None:
    c_host(CANCELLED.format(kind=kind), before=KINDS)


def test_the_end_of_the_process_waits_for_no_cancelled_thread(c_host: Run) -> None:
    c_host(
        """
        pthread_t threads[3];
        OK(p11->C_Initialize(NULL));
        start_threads(threads, 1, waits, NULL);
        start_threads(threads + 1, 1, sleeps, NULL);
        start_threads(threads + 2, 1, hammers, NULL);
        usleep(50000);
        for (int i = 0; i < 3; i++)
            EXPECT(0, pthread_cancel(threads[i]));
        exit(0);
        """,
        before=KINDS,
    )
