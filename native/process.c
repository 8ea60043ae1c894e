/*
 * The state of the module in this process: ready or not, one lock, and what fork() does to both.
 *
 * A forked child must answer CKR_CRYPTOKI_NOT_INITIALIZED until its own C_Initialize (PKCS#11 3.2, clause 5.4), and
 * must then work: pthread_atfork handlers keep our interpreter usable there. After a bare clone() no handler runs: the
 * child finds the state page zeroed, and may not initialise if its parent had.
 *
 * Lock order: our lock, then the GIL. No thread waits for our lock while it has a GIL. No thread keeps the lock while Python
 * opens or closes the library, which may wait for a card: fork() needs the lock.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim.h"

struct cps_state *cps_state;
const struct cps_core *cps_core;

/* Gives an error if this thread already has the lock: a signal handler of the host calls the module, or forks. */
static pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum cps_stage stage = CPS_COLD;
static int changing;            /* a thread opens or closes the library in Python */
static int locked_for_fork, python_may_fork;    /* between the handlers of one fork */
static pid_t owner;

/* In a child, where the other threads and their locks are gone. */
static void forget_others(void)
{
    mutex = (pthread_mutex_t)PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    pthread_cond_init(&changed, NULL);
    changing = 0;
    cps_set_ready(0);
}

/* After a bare clone() no handler has run: locks of other threads are lost, and with them the interpreter. */
static void notice_bare_clone(void)
{
    if (owner == getpid())
        return;
    owner = getpid();
    forget_others();
    if (stage != CPS_COLD)
        stage = CPS_UNUSABLE;
}

static void before_fork(void)
{
    notice_bare_clone();
    /* A caller with a GIL is a Python host: its os.fork does Python's part, and waiting here would deadlock. */
    locked_for_fork = !cps_holds_gil() && pthread_mutex_lock(&mutex) == 0;
    python_may_fork = stage == CPS_RUNNING && cps_core->before_fork() == 0;
}

static void after_fork_in_parent(void)
{
    if (python_may_fork)
        cps_core->after_fork_in_parent();
    if (locked_for_fork)
        pthread_mutex_unlock(&mutex);
}

static void after_fork_in_child(void)
{
    owner = getpid();
    forget_others();
    if (python_may_fork)
        cps_core->after_fork_in_child();
    else if (stage != CPS_COLD)
        stage = CPS_UNUSABLE; /* the thread that was starting does not exist here, or memory was short */
}

/* May run in several threads at once; one page is kept. */
static int make_page(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    struct cps_state *none = NULL;
    void *page;

    if (__atomic_load_n(&cps_state, __ATOMIC_ACQUIRE))
        return 0;
    page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return -1;
    (void)madvise(page, size, MADV_WIPEONFORK); /* older kernels: the fork handlers alone */
    __atomic_store_n(&owner, getpid(), __ATOMIC_RELAXED);
    if (!__atomic_compare_exchange_n(&cps_state, &none, page, 0, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        munmap(page, size);
    return 0;
}

static int handle_forks(void)
{
    static int handled;

    if (!handled && pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0)
        handled = 1;
    return handled ? 0 : -1;
}

CK_RV cps_lock(void **gil)
{
    *gil = cps_drop_gil();
    if (make_page() != 0) {
        cps_take_gil(*gil);
        return CKR_HOST_MEMORY;
    }
    notice_bare_clone();
    if (pthread_mutex_lock(&mutex) != 0) {
        cps_take_gil(*gil);
        return CKR_FUNCTION_FAILED;
    }
    if (handle_forks() == 0)
        return CKR_OK;
    cps_unlock(*gil);
    return CKR_HOST_MEMORY;
}

void cps_unlock(void *gil)
{
    pthread_mutex_unlock(&mutex);
    cps_take_gil(gil);
}

void cps_wait_for_change(void)
{
    while (changing)
        pthread_cond_wait(&changed, &mutex);
}

void cps_begin_change(void)
{
    changing = 1;
    pthread_mutex_unlock(&mutex);
}

void cps_end_change(void)
{
    pthread_mutex_lock(&mutex);
    changing = 0;
    pthread_cond_broadcast(&changed);
}

enum cps_stage cps_get_stage(void)
{
    return stage;
}

void cps_set_stage(enum cps_stage now)
{
    stage = now;
}

void cps_set_ready(int ready)
{
    __atomic_store_n(&cps_state->ready, ready, __ATOMIC_RELEASE);
}
