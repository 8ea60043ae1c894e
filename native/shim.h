/*
 * Declarations shared by the parts of libcryptolib_cps.so; none is exported.
 */
#ifndef CPS_SHIM_H
#define CPS_SHIM_H

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

#include "core.h"

/* ---- process.c: the state of this process ---- */

struct cps_state {
    int ready;              /* between C_Initialize and C_Finalize */
};

/* In a page that is zeroed in a child, after a bare clone() too. NULL before the first C_Initialize. */
extern struct cps_state *cps_state;
/* NULL until Python runs. Never unloaded. */
extern const struct cps_core *cps_core;

enum cps_stage { CPS_COLD, CPS_STARTING, CPS_RUNNING, CPS_UNUSABLE };

/* The caller of these must have the lock, from here to the inline functions. */
CK_RV cps_lock(void **gil);         /* not CKR_OK without memory, and if this thread has the lock already */
void cps_unlock(void *gil);
enum cps_stage cps_get_stage(void);
void cps_set_stage(enum cps_stage stage);
void cps_set_ready(int ready);
void cps_wait_for_change(void);     /* until no thread is between the next two */
void cps_begin_change(void);        /* releases the lock for a slow change of state, ... */
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
 * Before and after each call of Python except C_Initialize and C_Finalize. Cancellation of the thread is delayed until it
 * has left: otherwise it would leave locks of Python behind, the GIL among them.
 */
struct cps_call {
    int cancellation;
    struct cps_visit visit;
};

static inline void cps_end_visit(const struct cps_visit *visit)
{
    if (visit->inside)
        __atomic_store_n(visit->inside, CPS_OUTSIDE, __ATOMIC_RELAXED);
    if (visit->outer)
        cps_core->restore(visit->outer);
}

static inline CK_RV cps_enter(struct cps_call *call)
{
    CK_RV rv;

    if (!cps_ready())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &call->cancellation);
    rv = cps_core->enter(&call->visit);
    if (rv != CKR_OK)
        pthread_setcancelstate(call->cancellation, NULL);
    return rv;
}

static inline CK_RV cps_leave(const struct cps_call *call, CK_RV rv)
{
    cps_end_visit(&call->visit);
    pthread_setcancelstate(call->cancellation, NULL);
    return cps_left_python(rv);
}

/* ---- running_python.c: a Python that the process has already ---- */

void *cps_running_python(void);     /* a dlopen handle, or NULL */
int cps_holds_gil(void);
void *cps_drop_gil(void);           /* the argument of cps_take_gil(), NULL if this thread has no GIL */
void cps_take_gil(void *gil);

/* ---- installed_python.c: the Python that this module was installed for ---- */

struct cps_installation {
    char site[PATH_MAX];
    char prefix[PATH_MAX];          /* empty if no standard library is found: a Python host has its own */
    char core[PATH_MAX];            /* the file _cps_core */
    char libpython[PATH_MAX];
    const char *library;
};

int cps_find_installation(struct cps_installation *installation, char *why, size_t size);
/* Only if the process has no Python: Debian's Python comes without a libpython. */
int cps_find_libpython(struct cps_installation *installation, char *why, size_t size);

/* Where a package installs the bundle. It installs the module itself in the library folder, as ssh-agent requires. */
#define CPS_BUNDLE_HOME "/usr/lib/cryptolib-cps"
/* The prefix of each libpython symbol in a bundle, so that no other libpython is taken for ours. */
#define CPS_BUNDLED_SYMBOL "cps_"
#define CPS_BUNDLED_LIBPYTHON "libcps_python" CPS_PYTHON_MINOR ".so"

int cps_is_bundled(void);           /* constant in a process */

/* ---- start.c ---- */

int cps_start(void);                /* 0, or -1 after one line on stderr and in the trace */
int cps_refuse(const char *why);    /* -1 after that line */

/* ---- trace.c ---- */

void cps_trace(const char *text);   /* one line in the trace of PKCS#11 calls, if the environment switched it on */

#endif
