/*
 * The first questions of a host: function lists, interfaces, library information.
 *
 * PKCS#11 3.2, clauses 5.4 and 5.16 (two legacy functions that always fail). Answered without Python.
 */
#include <string.h>

#include "shim.h"
#include "generated/function_lists.h"

/* A field of text is filled with blanks and has no NUL. */
#define FILL(field, text) memcpy(memset(field, ' ', sizeof field), text, sizeof text - 1)

static CK_RV get_info(CK_INFO_PTR pInfo, CK_BYTE major, CK_BYTE minor)
{
    if (!cps_ready())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (!pInfo)
        return CKR_ARGUMENTS_BAD;
    memset(pInfo, 0, sizeof *pInfo);
    pInfo->cryptokiVersion = (CK_VERSION){ major, minor };
    FILL(pInfo->manufacturerID, "Cryptolib CPS");
    FILL(pInfo->libraryDescription, "PKCS#11 for CPS cards");
    pInfo->libraryVersion = (CK_VERSION){ CPS_VERSION_MAJOR, CPS_VERSION_MINOR };
    return CKR_OK;
}

CK_RV C_GetInfo(CK_INFO_PTR pInfo)
{
    return get_info(pInfo, 2, 40);
}

static CK_RV get_info_3_0(CK_INFO_PTR pInfo)
{
    return get_info(pInfo, 3, 0);
}

static CK_RV get_info_3_2(CK_INFO_PTR pInfo)
{
    return get_info(pInfo, 3, 2);
}

static struct CPS_FUNCTION_LIST list_2_40 = {
    .standard = { .version = { 2, 40 }, CK_FUNCTION_LIST_MEMBERS(C_GetInfo) },
    .C_StartUpdate = C_StartUpdate,
    .C_EndUpdate = C_EndUpdate,
    .C_TransmitMessage = C_TransmitMessage,
    .C_KeepAlive = C_KeepAlive,
};
static CK_FUNCTION_LIST_3_0 list_3_0 = { .version = { 3, 0 }, CK_FUNCTION_LIST_3_0_MEMBERS(get_info_3_0) };
static CK_FUNCTION_LIST_3_2 list_3_2 = { .version = { 3, 2 }, CK_FUNCTION_LIST_3_2_MEMBERS(get_info_3_2) };

/* The default first. Not CKF_INTERFACE_FORK_SAFE: a forked child has to initialise again. */
static CK_UTF8CHAR name[] = "PKCS 11";
static CK_INTERFACE interfaces[] = {
    { name, &list_3_2, 0 },
    { name, &list_3_0, 0 },
    { name, &list_2_40, 0 },
};

enum { INTERFACES = sizeof interfaces / sizeof *interfaces };

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ppFunctionList)
{
    if (!ppFunctionList)
        return CKR_ARGUMENTS_BAD;
    *ppFunctionList = &list_2_40.standard;
    return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount)
{
    CK_ULONG room;

    if (!pulCount)
        return CKR_ARGUMENTS_BAD;
    room = *pulCount;
    *pulCount = INTERFACES;
    if (!pInterfacesList)
        return CKR_OK;
    if (room < INTERFACES)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(pInterfacesList, interfaces, sizeof interfaces);
    return CKR_OK;
}

/* A function list begins with its version. 3.1 added no function: its list is that of 3.0. */
static int has_version(const CK_INTERFACE *interface, const CK_VERSION *wanted)
{
    const CK_VERSION *version = interface->pFunctionList;
    CK_BYTE minor = wanted->major == 3 && wanted->minor == 1 ? 0 : wanted->minor;

    return version->major == wanted->major && version->minor == minor;
}

CK_RV C_GetInterface(
    CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags)
{
    CK_INTERFACE_PTR interface;

    if (!ppInterface || (pInterfaceName && strcmp((const char *)pInterfaceName, (const char *)name) != 0))
        return CKR_ARGUMENTS_BAD;
    for (interface = interfaces; interface < interfaces + INTERFACES; interface++) {
        if ((!pVersion || has_version(interface, pVersion)) && (flags & ~interface->flags) == 0) {
            *ppInterface = interface;
            return CKR_OK;
        }
    }
    return CKR_ARGUMENTS_BAD;
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE hSession)
{
    (void)hSession;
    return cps_ready() ? CKR_FUNCTION_NOT_PARALLEL : CKR_CRYPTOKI_NOT_INITIALIZED;
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE hSession)
{
    (void)hSession;
    return cps_ready() ? CKR_FUNCTION_NOT_PARALLEL : CKR_CRYPTOKI_NOT_INITIALIZED;
}
