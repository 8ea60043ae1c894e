/*
 * C_Initialize and C_Finalize: the two calls that change the state of the library.
 *
 * PKCS#11 3.2, clause 5.4.
 */
#include "shim.h"

/* Either no mutex callback or all four. They are never called: Python has locks of its own. */
static int is_acceptable(const CK_C_INITIALIZE_ARGS *arguments)
{
    int callbacks;

    if (!arguments)
        return 1;
    callbacks = !!arguments->CreateMutex + !!arguments->DestroyMutex + !!arguments->LockMutex
        + !!arguments->UnlockMutex;
    return callbacks == 0 || callbacks == 4;
}

static int start_once(void)
{
    int failed;

    if (cps_get_stage() == CPS_RUNNING)
        return cps_core->alive() ? 0 : -1;
    if (cps_get_stage() == CPS_UNUSABLE)
        return -1;
    cps_set_stage(CPS_STARTING);
    failed = cps_start();
    cps_set_stage(failed ? CPS_COLD : CPS_RUNNING);
    return failed;
}

/* Python opens or closes the library, without the lock. */
static CK_RV in_python(void (*change)(CK_RV *rv, CK_VOID_PTR argument), CK_VOID_PTR argument)
{
    struct cps_visit visit;
    CK_RV rv = cps_core->enter(&visit);

    if (rv != CKR_OK)
        return rv;
    rv = CKR_GENERAL_ERROR;
    cps_begin_change();
    change(&rv, argument);
    cps_end_change();
    cps_end_visit(&visit);
    return rv;
}

static CK_RV initialize(CK_VOID_PTR pInitArgs)
{
    CK_RV rv;

    cps_wait_for_change();
    if (cps_ready())
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    if (start_once() != 0)
        return CKR_GENERAL_ERROR;
    rv = in_python(cps_core->calls.C_Initialize, pInitArgs);
    if (rv == CKR_OK)
        cps_set_ready(1);
    if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        /* Initialised by a copy of this library in another file, which uses the same Python modules. */
        cps_refuse("another copy of this module is in use in the process");
        return CKR_GENERAL_ERROR;
    }
    return rv;
}

/* A call while another thread opens or closes the library does not wait: the library is not initialised. */
static CK_RV finalize(CK_VOID_PTR pReserved)
{
    CK_RV rv;

    if (!cps_state->ready)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    cps_set_ready(0);           /* from here on no new call enters */
    if (!cps_core->alive())
        return CKR_OK;          /* the host's interpreter has ended with all our state */
    rv = in_python(cps_core->calls.C_Finalize, pReserved);
    if (rv != CKR_OK)
        cps_set_ready(1);
    return rv;
}

/* Without the lock: another thread may be loading the core. */
static const struct cps_core *loaded_core(void)
{
    return __atomic_load_n(&cps_core, __ATOMIC_ACQUIRE);
}

/* Changes the state under the lock; raises a pending Ctrl-C again once the caller has the host's GIL back. */
static CK_RV change_state(CK_RV (*change)(CK_VOID_PTR), CK_VOID_PTR argument)
{
    int cancellation;
    CK_RV rv;
    void *gil;

    /* A signal handler in the middle of a call of this thread would wait for that call. */
    if (loaded_core() && loaded_core()->inside())
        return CKR_FUNCTION_FAILED;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
    rv = cps_lock(&gil);
    if (rv == CKR_OK) {
        rv = change(argument);
        cps_unlock(gil);
    }
    pthread_setcancelstate(cancellation, NULL);
    return loaded_core() ? cps_left_python(rv) : rv;
}

CK_RV C_Initialize(CK_VOID_PTR pInitArgs)
{
    return is_acceptable(pInitArgs) ? change_state(initialize, pInitArgs) : CKR_ARGUMENTS_BAD;
}

CK_RV C_Finalize(CK_VOID_PTR pReserved)
{
    return pReserved ? CKR_ARGUMENTS_BAD : change_state(finalize, pReserved);
}
