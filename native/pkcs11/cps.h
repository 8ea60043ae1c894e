/*
 * What the original middleware of the CPS cards adds behind the standard function list of PKCS#11 2.x: four functions with
 * which an issuer's application updates a card. Applications find them there, not among the exported symbols.
 */
#ifndef CPS_H
#define CPS_H

#include "pkcs11.h"

#ifdef CK_NO_PROTOTYPES
#define CPS_FUNCTION(name, arguments) typedef CK_RV (*CK_##name) arguments;
#else
#define CPS_FUNCTION(name, arguments) extern CK_RV name arguments; typedef CK_RV (*CK_##name) arguments;
#endif

CPS_FUNCTION(C_StartUpdate, (CK_SESSION_HANDLE hSession))
CPS_FUNCTION(C_EndUpdate, (CK_SESSION_HANDLE hSession))
CPS_FUNCTION(C_TransmitMessage, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pMessage, CK_ULONG ulMessageLen, CK_BYTE_PTR pAnswer, CK_ULONG_PTR pulAnswerLen, CK_ULONG ulType))
CPS_FUNCTION(C_KeepAlive, (CK_SESSION_HANDLE hSession))

struct CPS_FUNCTION_LIST {
    CK_FUNCTION_LIST standard;
    CK_C_StartUpdate C_StartUpdate;
    CK_C_EndUpdate C_EndUpdate;
    CK_C_TransmitMessage C_TransmitMessage;
    CK_C_KeepAlive C_KeepAlive;
};

#undef CPS_FUNCTION

#endif
