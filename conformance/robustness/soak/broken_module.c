/* A module with one token and one fault, named by BROKEN: what shows that the soak programs see it.
 *
 * hang: C_GetTokenInfo never returns. leak: C_Initialize leaves a descriptor and 4 KiB behind. wrong: the signature is
 * another. general: C_GetSlotInfo answers CKR_GENERAL_ERROR. crash: C_Sign does. child: a forked process cannot sign.
 */
#define _GNU_SOURCE
#include <pkcs11.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pid_t owner;

static int broken(const char *how)
{
    const char *chosen = getenv("BROKEN");

    return chosen != NULL && strcmp(chosen, how) == 0;
}

static CK_RV fine(void)
{
    return CKR_OK;
}

static CK_RV initialize(void *unused)
{
    (void)unused;
    if (broken("leak"))
        memset(malloc(4096), open("/dev/null", O_RDONLY), 4096);
    if (owner == 0)
        owner = getpid();
    return CKR_OK;
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *number)
{
    (void)present;
    slots[0] = 0;
    *number = 1;
    return CKR_OK;
}

static CK_RV slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    (void)slot, (void)info;
    return broken("general") ? CKR_GENERAL_ERROR : CKR_OK;
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    (void)slot, (void)info;
    while (broken("hang"))
        pause();
    return CKR_OK;
}

static CK_RV wait_for_event(CK_FLAGS flags, CK_SLOT_ID *slot, void *unused)
{
    (void)flags, (void)slot, (void)unused;
    usleep(1000);
    return CKR_CRYPTOKI_NOT_INITIALIZED;
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *number)
{
    (void)session, (void)room;
    objects[0] = 1;
    *number = 1;
    return CKR_OK;
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *length)
{
    const char *right = getenv("SIGNATURE");

    (void)session, (void)data, (void)size;
    if (broken("crash"))
        abort();
    if (broken("child") && getpid() != owner)
        return CKR_DEVICE_ERROR;
    *length = strlen(right) / 2;
    for (CK_ULONG i = 0; i < *length; i++) {
        char digits[3] = {right[2 * i], right[2 * i + 1], '\0'};
        signature[i] = (CK_BYTE)strtoul(digits, NULL, 16);
    }
    signature[0] ^= broken("wrong");
    return CKR_OK;
}

/* For any list of parameters: it looks at none. */
#define FINE(type) ((type)(void (*)(void))fine)

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    static CK_FUNCTION_LIST functions;

    functions.C_Initialize = initialize;
    functions.C_Finalize = FINE(CK_C_Finalize);
    functions.C_GetSlotList = slot_list;
    functions.C_GetSlotInfo = slot_info;
    functions.C_GetTokenInfo = token_info;
    functions.C_OpenSession = FINE(CK_C_OpenSession);
    functions.C_CloseSession = FINE(CK_C_CloseSession);
    functions.C_CloseAllSessions = FINE(CK_C_CloseAllSessions);
    functions.C_Login = FINE(CK_C_Login);
    functions.C_Logout = FINE(CK_C_Logout);
    functions.C_FindObjectsInit = FINE(CK_C_FindObjectsInit);
    functions.C_FindObjects = find;
    functions.C_FindObjectsFinal = FINE(CK_C_FindObjectsFinal);
    functions.C_SignInit = FINE(CK_C_SignInit);
    functions.C_Sign = sign;
    functions.C_WaitForSlotEvent = wait_for_event;
    *list = &functions;
    return CKR_OK;
}
