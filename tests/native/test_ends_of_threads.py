"""A host calls the module at the end of a thread, before or after the module has released the thread."""

from __future__ import annotations

import pytest

from tests.native.hosts import BOTH, CHURN, Run

pytestmark = BOTH


@pytest.mark.parametrize("keys", [1, 32], ids=["before ours", "after ours"])
def test_a_destructor_of_the_host_may_call(c_host: Run, keys: int) -> None:
    """The order follows the numbers of the keys. Meanwhile other threads start and reuse the memory of ended ones."""
    c_host(
        f"""
        pthread_t ending[4], others[2];
        pthread_key_t before;
        pthread_key_create(&before, NULL);
        OK(p11->C_Initialize(NULL));
        pthread_key_delete(before);
        for (int i = 1; i <= {keys}; i++)
            EXPECT(0, pthread_key_create(&key, i < {keys} ? NULL : at_the_end));
        start_threads(others, 2, churn, NULL);
        for (int i = 0; i < 3; i++) {{
            start_threads(ending, 4, end, NULL);
            join_threads(ending, 4);
        }}
        stop = 1;
        join_threads(others, 2);
        EXPECT(12, ended);
        OK(p11->C_Finalize(NULL));
        """,
        before=CHURN
        + """
        static pthread_key_t key;
        static int ended;
        static void at_the_end(void *unused)
        {
            (void)unused;
            for (int i = 0; i < 3; i++)
                OK(python("import time; time.sleep(0.02); sorted(range(1000)); rv[0] = 0"));
            __atomic_add_fetch(&ended, 1, __ATOMIC_RELAXED);
        }
        static void *end(void *unused)
        {
            OK(slots());
            pthread_setspecific(key, &ended);
            return unused;
        }
        """,
        # What is freed is no longer what it was.
        env={"MALLOC_PERTURB_": "165"},
    )


def test_the_first_call_of_a_thread_may_come_at_its_end(c_host: Run) -> None:
    c_host(
        """
        pthread_t ending[4];
        OK(p11->C_Initialize(NULL));
        EXPECT(0, pthread_key_create(&key, at_the_end));
        for (int i = 0; i < 50; i++) {
            start_threads(ending, 4, end, NULL);
            join_threads(ending, 4);
        }
        OK(p11->C_Finalize(NULL));
        """,
        before="""
        static pthread_key_t key;
        static void at_the_end(void *unused)
        {
            (void)unused;
            OK(slots());
        }
        static void *end(void *unused)
        {
            pthread_setspecific(key, &key);
            return unused;
        }
        """,
    )
