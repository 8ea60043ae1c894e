/*
 * The Python thread state of each thread of the host, from its first call to its end.
 *
 * cffi would keep such states too, but takes a lock of its own when a thread ends. A child that is forked at that moment
 * would wait for this lock for ever, and no fork handler can take it. cffi makes no state for a thread that has one: so
 * each thread gets ours before its first callback.
 *
 * In an interpreter of ours it also says whether the thread is inside a call. A signal handler of the host that calls the
 * module then would wait for a lock of its own thread, in Python or in libpcsclite: that call is refused.
 *
 * Python makes a state without the GIL, under a lock that a child waits for before it renews it (3.11). So the lock of this
 * file is held meanwhile, and for the list below. Its holder waits for nothing; the fork handlers take it last.
 * From 3.13 on Python holds its lock from before the fork on. There the lock of this file is for the list alone: a thread
 * that waited with it for Python's lock would make the fork wait for ever.
 */
#include "interpreter.h"

#include <pthread.h>
#include <stdlib.h>

struct kept {
    PyThreadState *state;   /* NULL for the thread that started Python: Python keeps its state */
    int inside;             /* an enum cps_inside; of a host that is Python nothing is said */
    struct kept *next;
};

static pthread_key_t key;
static int has_key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *ended;      /* states of ended threads; the next new thread frees them */

/* An ending thread must not wait for the GIL: the thread that joins it may have it. */
static void remember(void *of_ended_thread)
{
    struct kept *kept = of_ended_thread;

    pthread_mutex_lock(&lock);
    kept->next = ended;
    __atomic_store_n(&ended, kept, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
}

static struct kept *take_one(void)
{
    struct kept *kept;

    pthread_mutex_lock(&lock);
    kept = ended;
    if (kept)
        __atomic_store_n(&ended, kept->next, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&lock);
    return kept;
}

static void delete(PyThreadState *state)
{
    PyThreadState_Clear(state);
#if PY_VERSION_HEX >= 0x030C0000
    /* Otherwise the deletion would clear the running thread's state, not the ended one's. */
    state->_status.bound_gilstate = 0;
#endif
    PyThreadState_Delete(state);
}

/* Called with the GIL; deleting an object of a state may release it meanwhile. */
static void free_ended(void)
{
    struct kept *kept;

    while ((kept = take_one())) {
        if (kept->state)
            delete(kept->state);
        free(kept);
    }
}

int cps_threads_prepare(void)
{
    if (!has_key && pthread_key_create(&key, remember) == 0)
        __atomic_store_n(&has_key, 1, __ATOMIC_RELEASE);
    return has_key ? 0 : -1;
}

static PyThreadState *new_state(void)
{
    PyThreadState *state;

#if PY_VERSION_HEX < 0x030D0000
    pthread_mutex_lock(&lock);
#endif
    state = PyThreadState_New(PyInterpreterState_Main());
#if PY_VERSION_HEX < 0x030D0000
    pthread_mutex_unlock(&lock);
#endif
    return state;
}

static struct kept *own(void)
{
    return __atomic_load_n(&has_key, __ATOMIC_ACQUIRE) ? pthread_getspecific(key) : NULL;
}

/* What is kept of this thread from now on, NULL when there is no memory. */
static struct kept *keep(void)
{
    struct kept *kept = calloc(1, sizeof *kept), *before = own();

    if (!kept || pthread_setspecific(key, kept) != 0) {
        free(kept);
        return NULL;
    }
    /* When a thread ends, the C library deletes its data one by one: Python's may be gone before ours. */
    if (before)
        remember(before);
    return kept;
}

static struct kept *make_state(void)
{
    struct kept *kept = keep();

    if (!kept)
        return NULL;
    /* Not PyGILState_Ensure(), which ends the process without memory. The new state counts one user: us. */
    kept->state = new_state();
    if (!kept->state) {
        pthread_setspecific(key, NULL);
        free(kept);
        return NULL;
    }
    if (__atomic_load_n(&ended, __ATOMIC_RELAXED)) {
        PyEval_RestoreThread(kept->state);
        free_ended();
        PyEval_SaveThread();
    }
    return kept;
}

int cps_thread_make_known(void)
{
    return PyGILState_GetThisThreadState() || make_state() ? 0 : -1;
}

int cps_thread_is_of_main_interpreter(void)
{
    PyThreadState *state = PyGILState_GetThisThreadState();

    return !state || PyThreadState_GetInterpreter(state) == PyInterpreterState_Main();
}

/* True if this thread has the GIL with the state of a sub-interpreter: acquiring it again would be a deadlock. */
static int has_foreign_gil(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyThreadState *state = PyThreadState_GetUnchecked();
#else
    PyThreadState *state = _PyThreadState_UncheckedGet();
#endif

    if (!state || state == PyGILState_GetThisThreadState())
        return 0;
#if PY_VERSION_HEX < 0x030C0000
    /* It is the state of whichever thread has the GIL, and good for as long as that is this one. */
    if (!PyInterpreterState_Next(PyInterpreterState_Head()) || state->thread_id != PyThread_get_thread_ident())
        return 0;
#endif
    return 1;
}

void *cps_thread_give_up_foreign_gil(void)
{
    return has_foreign_gil() ? PyEval_SaveThread() : NULL;
}

void cps_thread_restore(void *outer)
{
    if (outer)
        PyEval_RestoreThread(outer);
}

/* In a Python host a thread may enter again, when Python runs a signal handler or a finaliser inside our code. */
static CK_RV enter_beside_host(struct cps_visit *visit)
{
    if (!cps_thread_is_of_main_interpreter())
        return CKR_FUNCTION_FAILED;
    if (cps_thread_make_known() != 0)
        return CKR_HOST_MEMORY;
    visit->inside = NULL;
    visit->outer = cps_thread_give_up_foreign_gil();
    return CKR_OK;
}

int cps_thread_is_inside(void)
{
    struct kept *kept = own();

    if (!kept || !kept->inside)
        return 0;
    kept->inside = CPS_INSIDE_TO_BE_ENDED;
    return 1;
}

CK_RV cps_thread_enter(struct cps_visit *visit)
{
    struct kept *kept;

    if (!cps_interpreter_is_ours())
        return enter_beside_host(visit);
    kept = pthread_getspecific(key);
    if (!PyGILState_GetThisThreadState())
        kept = make_state();
    else if (!kept)
        kept = keep();
    if (!kept)
        return CKR_HOST_MEMORY;
    if (kept->inside)
        return CKR_FUNCTION_FAILED;
    kept->inside = CPS_INSIDE;
    visit->inside = &kept->inside;
    visit->outer = NULL;
    return CKR_OK;
}

void cps_threads_before_fork(void)
{
    pthread_mutex_lock(&lock);
}

void cps_threads_after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

/* In a child, Python deletes the states of the threads that do not exist there. */
void cps_threads_after_fork_in_child(void)
{
    pthread_mutex_init(&lock, NULL);
    while (ended) {
        struct kept *next = ended->next;

        free(ended);
        ended = next;
    }
}
