/*
 * What the parts of libcryptolib_cps.so share. None of it is exported.
 */
#ifndef CPS_SHIM_H
#define CPS_SHIM_H

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

#include "core.h"

/* ---- process.c: what is true of this process, and of it alone ---- */

struct cps_state {
    int ready;              /* between C_Initialize and C_Finalize */
};

/* In a page that a forked child finds zeroed, even a child of a bare clone(). NULL before the first C_Initialize. */
extern struct cps_state *cps_state;
/* NULL until Python runs. Never unloaded. */
extern const struct cps_core *cps_core;

enum cps_stage { CPS_COLD, CPS_STARTING, CPS_RUNNING, CPS_UNUSABLE };

/* Everything down to the inline functions is for the holder of the lock. */
int cps_lock(void **gil);           /* 0, or -1 when the system gives no memory */
void cps_unlock(void *gil);
enum cps_stage cps_get_stage(void);
void cps_set_stage(enum cps_stage stage);
void cps_set_ready(int ready);
void cps_wait_for_change(void);     /* until nobody is between the next two */
void cps_begin_change(void);        /* lets go of the lock for a slow change of state, ... */
void cps_end_change(void);          /* ... and takes it again */

static inline int cps_ready(void)
{
    struct cps_state *state = __atomic_load_n(&cps_state, __ATOMIC_ACQUIRE);

    return state && __atomic_load_n(&state->ready, __ATOMIC_ACQUIRE) && cps_core->alive();
}

static inline CK_RV cps_left_python(CK_RV rv)
{
    if (__atomic_exchange_n(cps_core->interrupted, 0, __ATOMIC_RELAXED))
        cps_core->interrupt();
    return rv;
}

/*
 * Before and after each call of Python but C_Initialize and C_Finalize. A thread that is cancelled meanwhile goes on until it
 * has left: its end would leave locks behind in Python, the GIL among them.
 */
static inline CK_RV cps_enter(int *cancellation)
{
    if (!cps_ready())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, cancellation);
    if (cps_core->enter() == 0)
        return CKR_OK;
    pthread_setcancelstate(*cancellation, NULL);
    return CKR_HOST_MEMORY;
}

static inline CK_RV cps_leave(int cancellation, CK_RV rv)
{
    pthread_setcancelstate(cancellation, NULL);
    return cps_left_python(rv);
}

/* ---- running_python.c: a Python that this process already has, and that we would share ---- */

void *cps_running_python(void);     /* a dlopen handle, or NULL */
int cps_holds_gil(void);
void *cps_drop_gil(void);           /* what cps_take_gil() needs, NULL when this thread holds no GIL */
void cps_take_gil(void *gil);

/* ---- installed_python.c: the Python that this module was installed for ---- */

struct cps_installation {
    char site[PATH_MAX];
    char prefix[PATH_MAX];          /* empty where no standard library is found: a host that is Python has its own */
    char core[PATH_MAX];            /* the file _cps_core */
    char libpython[PATH_MAX];
    const char *library;
};

int cps_find_installation(struct cps_installation *installation, char *why, size_t size);
/* Only where the process has no Python: Debian installs its Python without a libpython. */
int cps_find_libpython(struct cps_installation *installation, char *why, size_t size);

/* Where a package installs the bundle; the module itself it puts where applications, and ssh-agent, look for libraries. */
#define CPS_BUNDLE_HOME "/usr/lib/cryptolib-cps"
/* In a bundle each name of libpython has this before it, so that no other libpython is ever taken for ours. */
#define CPS_BUNDLED_SYMBOL "cps_"
#define CPS_BUNDLED_LIBPYTHON "libcps_python" CPS_PYTHON_MINOR ".so"

int cps_is_bundled(void);           /* fixed for the life of the process */

/* ---- start.c ---- */

int cps_start(void);                /* 0, or -1 after one line on stderr and in the trace */

/* ---- trace.c ---- */

void cps_trace(const char *text);   /* one line in the trace of PKCS#11 calls, if the environment switched it on */

#endif
