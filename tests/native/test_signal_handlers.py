"""A signal handler of the host calls the module during a call of the same thread, which must not deadlock."""

from __future__ import annotations

import pytest

from tests.native.hosts import BOTH, Run

pytestmark = BOTH

# The system runs the handler before kill(2) returns.
IN_A_CALL = 'python("import posix\\nposix.kill(posix.getpid(), 10)\\nrv[0] = 0")'

HANDLER = """
static CK_RV said[4];
static volatile int handled;
static void handle(int signal)
{
    (void)signal;
    said[0] = slots();
    said[1] = p11->C_Finalize(NULL);
    said[2] = p11->C_Initialize(NULL);
    said[3] = p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL);
    handled = 1;
}
"""


def test_a_call_inside_a_call_is_refused(c_host: Run) -> None:
    c_host(
        f"""
        EXPECT(SIGUSR1, 10);
        signal(SIGUSR1, handle);
        OK(p11->C_Initialize(NULL));
        for (int i = 0; i < 3; i++) {{
            OK({IN_A_CALL});
            EXPECT(1, handled);
            for (int n = 0; n < 4; n++)
                EXPECT(CKR_FUNCTION_FAILED, said[n]);
            OK(slots());
        }}
        raise(SIGUSR1);
        EXPECT(CKR_OK, said[0]);
        EXPECT(CKR_OK, said[1]);
        EXPECT(CKR_OK, said[2]);
        OK(p11->C_Finalize(NULL));
        """,
        before=HANDLER,
    )


@pytest.mark.parametrize("end", ["exit(0)", "_exit(0)"])
def test_exit_in_a_handler_ends_the_process(c_host: Run, end: str) -> None:
    """exit() in a handler runs the functions of atexit, which OpenSSL's engines use."""
    c_host(
        f"""
        atexit(finalise);
        signal(SIGUSR1, leave);
        OK(p11->C_Initialize(NULL));
        {IN_A_CALL};
        return 1;
        """,
        before=f"""
        static void finalise(void) {{ EXPECT(CKR_FUNCTION_FAILED, p11->C_Finalize(NULL)); }}
        static void leave(int signal) {{ (void)signal; {end}; }}
        """,
    )


def test_calls_after_a_jump_out_of_a_call_are_refused(c_host: Run) -> None:
    """The interrupted call loses its locks. The thread gets an error in later calls and does not wait."""
    c_host(
        f"""
        signal(SIGUSR1, jump);
        OK(p11->C_Initialize(NULL));
        if (sigsetjmp(before, 1) == 0)
            {IN_A_CALL};
        EXPECT(CKR_FUNCTION_FAILED, slots());
        EXPECT(CKR_FUNCTION_FAILED, p11->C_Finalize(NULL));
        """,
        before="""
        #include <setjmp.h>
        static sigjmp_buf before;
        static void jump(int signal) { (void)signal; siglongjmp(before, 1); }
        """,
    )


def test_a_refused_finalize_in_a_handler_ends_the_wait(c_host: Run) -> None:
    """The waiting thread is the only one, so it gets the signal."""
    c_host(
        """
        struct itimerval soon = { { 0, 0 }, { 0, 50000 } };
        signal(SIGALRM, handle);
        OK(p11->C_Initialize(NULL));
        setitimer(ITIMER_REAL, &soon, NULL);
        EXPECT(CKR_FUNCTION_CANCELED, p11->C_WaitForSlotEvent(0, NULL, NULL));
        EXPECT(CKR_FUNCTION_FAILED, said[1]);
        OK(p11->C_Finalize(NULL));
        """,
        before="#include <sys/time.h>\n" + HANDLER,
    )
