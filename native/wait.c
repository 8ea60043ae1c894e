/*
 * C_WaitForSlotEvent: Python waits for a limited time; C calls it again while nothing has happened.
 *
 * Between two waits the thread holds no lock: there it can be cancelled, and sees a C_Finalize, or that a signal handler which
 * interrupted it could not finalise the library.
 */
#include "shim.h"

static CK_RV wait_for_a_while(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved)
{
    struct cps_call call;
    CK_RV rv = cps_enter(&call);

    if (rv != CKR_OK)
        return rv;
    rv = CKR_GENERAL_ERROR;
    cps_core->calls.C_WaitForSlotEvent(&rv, flags, pSlot, pReserved);
    if (rv == CKR_NO_EVENT && call.visit.inside
        && __atomic_load_n(call.visit.inside, __ATOMIC_RELAXED) == CPS_INSIDE_TO_BE_ENDED)
        rv = CKR_FUNCTION_CANCELED;
    return cps_leave(&call, rv);
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved)
{
    CK_RV rv;

    do {
        rv = wait_for_a_while(flags, pSlot, pReserved);
        pthread_testcancel();
    } while (rv == CKR_NO_EVENT && !(flags & CKF_DONT_BLOCK));
    return rv;
}
