/*
 * The Python thread state of each thread of the host, from its first call to its end.
 *
 * cffi would keep such states too, but takes a lock of its own when a thread ends. A child that is forked at that moment
 * would wait for this lock for ever, and no fork handler can take it. cffi makes no state for a thread that has one: so
 * each thread gets ours before its first callback.
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
    PyThreadState *state;
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

/* Called with the GIL; deleting an object of a state may release it meanwhile. */
static void free_ended(void)
{
    struct kept *kept;

    while ((kept = take_one())) {
        PyThreadState_Clear(kept->state);
#if PY_VERSION_HEX >= 0x030C0000
        /* Otherwise the deletion would clear the running thread's state, not the ended one's. */
        kept->state->_status.bound_gilstate = 0;
#endif
        PyThreadState_Delete(kept->state);
        free(kept);
    }
}

int cps_threads_prepare(void)
{
    if (!has_key && pthread_key_create(&key, remember) == 0)
        has_key = 1;
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

static int make_state(void)
{
    struct kept *kept = calloc(1, sizeof *kept);

    if (!kept || pthread_setspecific(key, kept) != 0) {
        free(kept);
        return -1;
    }
    /* Not PyGILState_Ensure(), which ends the process without memory. The new state counts one user: us. */
    kept->state = new_state();
    if (!kept->state) {
        pthread_setspecific(key, NULL);
        free(kept);
        return -1;
    }
    if (__atomic_load_n(&ended, __ATOMIC_RELAXED)) {
        PyEval_RestoreThread(kept->state);
        free_ended();
        PyEval_SaveThread();
    }
    return 0;
}

int cps_thread_enter(void)
{
    return PyGILState_GetThisThreadState() ? 0 : make_state();
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
