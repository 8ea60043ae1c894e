"""C_Initialize and C_Finalize: which arguments they take, and who wins when many call at once.

PKCS#11 3.2, clause 5.4.
"""

from __future__ import annotations

from tests.native.hosts import BOTH, Run

pytestmark = BOTH

MUTEXES = """
static CK_RV create(CK_VOID_PTR_PTR mutex) { (void)mutex; return CKR_OK; }
static CK_RV use(CK_VOID_PTR mutex) { (void)mutex; abort(); }
"""


def test_before_initialisation_every_function_says_so(c_host: Run) -> None:
    c_host(
        """
        CK_INFO info;
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetInfo(&info));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetInfo(NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Sign(1, NULL, 0, NULL, NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_WaitForSlotEvent(0, NULL, NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetFunctionStatus(1));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_MessageSignInit(1, NULL, 1));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_AsyncJoin(1, NULL, 1, NULL, 0));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        """
    )


def test_all_mutex_callbacks_or_none_and_they_are_never_called(c_host: Run) -> None:
    c_host(
        """
        CK_C_INITIALIZE_ARGS all = { create, use, use, use, 0, NULL };
        CK_C_INITIALIZE_ARGS all_or_system = { create, use, use, use, CKF_OS_LOCKING_OK, NULL };
        CK_C_INITIALIZE_ARGS none = { NULL, NULL, NULL, NULL, 0, NULL };
        CK_C_INITIALIZE_ARGS system = { NULL, NULL, NULL, NULL, CKF_OS_LOCKING_OK, NULL };
        CK_C_INITIALIZE_ARGS no_threads = { NULL, NULL, NULL, NULL, CKF_LIBRARY_CANT_CREATE_OS_THREADS, NULL };
        CK_C_INITIALIZE_ARGS *accepted[] = { &all, &all_or_system, &none, &system, &no_threads };
        for (int i = 0; i < 5; i++) {
            OK(p11->C_Initialize(accepted[i]));
            OK(slots());
            OK(p11->C_Finalize(NULL));
        }
        """,
        before=MUTEXES,
    )


def test_some_mutex_callbacks_are_refused(c_host: Run) -> None:
    c_host(
        """
        for (int set = 1; set < 15; set++) {
            CK_C_INITIALIZE_ARGS some = { set & 1 ? create : NULL, set & 2 ? use : NULL, set & 4 ? use : NULL,
                                          set & 8 ? use : NULL, CKF_OS_LOCKING_OK, NULL };
            EXPECT(CKR_ARGUMENTS_BAD, p11->C_Initialize(&some));
            EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        }
        """,
        before=MUTEXES,
    )


def test_a_string_in_the_reserved_member_is_tolerated(c_host: Run) -> None:
    c_host(
        """
        CK_C_INITIALIZE_ARGS nss = { NULL, NULL, NULL, NULL, CKF_OS_LOCKING_OK, "configdir='/tmp'" };
        OK(p11->C_Initialize(&nss));
        """
    )


def test_initialising_twice_and_finalising_twice(c_host: Run) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        EXPECT(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(NULL));
        EXPECT(CKR_ARGUMENTS_BAD, p11->C_Finalize(&argc));
        OK(slots());
        OK(p11->C_Finalize(NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        OK(p11->C_Initialize(NULL));
        OK(slots());
        """
    )


def test_of_sixteen_threads_one_initialises_and_nobody_returns_before_it_is_done(c_host: Run) -> None:
    c_host(
        """
        pthread_t threads[16];
        start_threads(threads, 16, race, NULL);
        join_threads(threads, 16);
        EXPECT(1, winners);
        """,
        before="""
        static int winners;
        static void *race(void *unused)
        {
            CK_RV rv = p11->C_Initialize(NULL);
            if (rv == CKR_OK)
                __atomic_add_fetch(&winners, 1, __ATOMIC_RELAXED);
            else
                EXPECT(CKR_CRYPTOKI_ALREADY_INITIALIZED, rv);
            OK(slots());
            return unused;
        }
        """,
    )


def test_finalising_ends_a_wait_in_another_thread(c_host: Run) -> None:
    c_host(
        """
        pthread_t thread;
        OK(p11->C_Initialize(NULL));
        start_threads(&thread, 1, wait_for_card, NULL);
        usleep(100000);
        OK(p11->C_Finalize(NULL));
        join_threads(&thread, 1);
        """,
        before="""
        static void *wait_for_card(void *unused)
        {
            CK_SLOT_ID slot;
            EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_WaitForSlotEvent(0, &slot, NULL));
            return unused;
        }
        """,
    )


def test_calls_race_with_initialising_and_finalising(c_host: Run) -> None:
    c_host(
        """
        pthread_t threads[4];
        start_threads(threads, 4, hammer, NULL);
        for (int i = 0; i < 500; i++) {
            OK(p11->C_Initialize(NULL));
            OK(p11->C_Finalize(NULL));
        }
        stop = 1;
        join_threads(threads, 4);
        """,
        before="""
        static volatile int stop;
        static void *hammer(void *unused)
        {
            while (!stop) {
                CK_RV rv = slots();
                if (rv != CKR_OK)
                    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, rv);
            }
            return unused;
        }
        """,
    )
