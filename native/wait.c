/*
 * C_WaitForSlotEvent: Python waits for a limited time; C calls it again while nothing has happened.
 *
 * Between two waits the thread holds no lock: there it can be cancelled, and sees a C_Finalize.
 */
#include "shim.h"

static CK_RV wait_for_a_while(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved)
{
    int cancellation;
    CK_RV rv = cps_enter(&cancellation);

    if (rv != CKR_OK)
        return rv;
    rv = CKR_GENERAL_ERROR;
    cps_core->calls.C_WaitForSlotEvent(&rv, flags, pSlot, pReserved);
    return cps_leave(cancellation, rv);
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
