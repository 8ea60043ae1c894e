"""Memory that runs out, at any allocation of the start and at any size: no crash, no hang, and the next try works."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.native.hosts import HERE, Run, run

# What the C library itself does to a process that has no memory for the variables of a thread.
ENDED_BY_THE_C_LIBRARY = 127
STRIDE = 23
# CPython 3.13 cannot repeat a start in which one of eight allocations of `tracemalloc` failed, made one after another.
# They come from malloc() itself, so the reserve does not serve them. The stride meets them once; if they fail for a
# while, twice at most.
MOST_LOST = 2 if sys.version_info >= (3, 13) else 0

LIVES = f"""
enum {{ FAILED = 2, LOST = 3, ENDED_BY_THE_C_LIBRARY = {ENDED_BY_THE_C_LIBRARY} }};
static CK_RV open_session(void)
{{
    CK_SESSION_HANDLE session;
    return p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session);
}}
/* Python does not start in this process any more: said at each try, and nothing else is. */
static void live_without(void)
{{
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
    EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
    _exit(LOST);
}}
/* After a failure the whole of it works; exits with FAILED when there was one. */
static void live_on(int failed)
{{
    CK_RV rv = p11->C_Initialize(NULL);
    if (failed && rv == CKR_GENERAL_ERROR)
        live_without();
    EXPECT(1, rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED);
    EXPECT(CKR_SLOT_ID_INVALID, open_session());
    OK(slots());
    OK(p11->C_Finalize(NULL));
    _exit(failed ? FAILED : 0);
}}
/* 1 when the child had a failure; `lost` says how many may be without a start afterwards. */
static int outcome(pid_t child, long point, int *lost)
{{
    int status;
    EXPECT(child, waitpid(child, &status, 0));
    int left = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (left == LOST && (*lost)-- > 0)
        return 1;
    if (left == 0 || left == FAILED || left == ENDED_BY_THE_C_LIBRARY)
        return left != 0;
    fprintf(stderr, "at %ld: status 0x%x\\n", point, status);
    _exit(1);
}}
"""


@pytest.fixture(scope="session")
def failing_malloc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("failing") / "failing_malloc.so"
    run(["gcc", "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library, HERE / "failing_malloc.c"])
    return library


@pytest.mark.skipif(
    sys.version_info[:2] == (3, 12),
    reason="CPython 3.12 goes on where a lock of its own got no memory, and waits for ever",
)
@pytest.mark.parametrize("failures", [1, 20, 1 << 30], ids=["once", "for a while", "until it is given back"])
def test_a_start_that_gets_no_memory_may_be_repeated(
    c_host: Run, installed_module: Path, failing_malloc: Path, failures: int
) -> None:
    """Each allocation of the start fails in a process of its own, the interpreter's and the C library's."""
    first = random.randrange(STRIDE)
    c_host(
        f"""
        long *until = dlsym(RTLD_DEFAULT, "allocations_until_failure"), *failures = dlsym(RTLD_DEFAULT, "failures");
        int lost = {MOST_LOST};
        for (long point = {first}, failed = 1; failed; point += {STRIDE}) {{
            pid_t child = fork();
            if (child == 0) {{
                alarm(SECONDS_UNTIL_HUNG);
                *failures = {failures};
                *until = point;
                CK_RV rv = p11->C_Initialize(NULL);
                failed = *until < 0 || *failures < {failures};      /* the start got as far as this point */
                *until = -1;
                if (!failed)
                    _exit(0);
                if (rv == CKR_OK)
                    OK(p11->C_Finalize(NULL));
                live_on(1);
            }}
            failed = outcome(child, point, &lost);
            EXPECT(1, failed || point > 500);
        }}
        """,
        before=LIVES,
        module=installed_module,
        env={"LD_PRELOAD": str(failing_malloc)},
    )


def test_address_space_that_ends_during_the_start_or_the_first_session(c_host: Run, installed_module: Path) -> None:
    c_host(
        """
        struct rlimit all;
        int lost = 0;
        getrlimit(RLIMIT_AS, &all);
        for (long more = 0, failed = 1; failed; more += 400 << 10) {
            pid_t child = fork();
            if (child == 0) {
                struct rlimit less = { address_space() + more, all.rlim_max };
                alarm(SECONDS_UNTIL_HUNG);
                setrlimit(RLIMIT_AS, &less);
                CK_RV rv = p11->C_Initialize(NULL);
                CK_RV opened = rv == CKR_OK ? open_session() : rv;
                setrlimit(RLIMIT_AS, &all);
                live_on(opened != CKR_SLOT_ID_INVALID);
            }
            failed = outcome(child, more, &lost);
            EXPECT(1, more < 100 << 20);
        }
        """,
        before="""
        #include <sys/resource.h>
        static rlim_t address_space(void)
        {
            long pages = 0;
            FILE *statm = fopen("/proc/self/statm", "r");
            EXPECT(1, fscanf(statm, "%ld", &pages));
            fclose(statm);
            return (rlim_t)pages * sysconf(_SC_PAGESIZE);
        }
        """
        + LIVES,
        module=installed_module,
    )
