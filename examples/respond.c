/* Prints the answer of the card to a challenge of 32 bytes, in hexadecimal. MODULE is the path of the module. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pkcs11.h"

#define CHECK(call) do { CK_RV rv = (call); if (rv != CKR_OK) { fprintf(stderr, "%s: %#lx\n", #call, rv); exit(1); } } while (0)

int main(void)
{
    void *module = dlopen(getenv("MODULE"), RTLD_NOW);
    CK_C_GetFunctionList get_list = module ? (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList") : NULL;
    CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
    char label[] = "CPS_PRIV_AUT";
    CK_ATTRIBUTE wanted[] = {
        { CKA_CLASS, &private_key, sizeof private_key },
        { CKA_LABEL, label, sizeof label - 1 },
    };
    CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
    CK_BYTE challenge[32] = { 0 }, signature[512];
    CK_ULONG slots = 1, found = 0, length = sizeof signature;
    CK_FUNCTION_LIST *p11;
    char *pin;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;

    if (!get_list) {
        fputs("MODULE is needed\n", stderr);
        return 1;
    }
    CHECK(get_list(&p11));
    CHECK(p11->C_Initialize(NULL));
    CHECK(p11->C_GetSlotList(CK_TRUE, &slot, &slots));
    if (slots == 0) {
        fputs("no card\n", stderr);
        return 1;
    }
    CHECK(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session));
    if (!(pin = getpass("Code porteur: "))) {
        fputs("no terminal\n", stderr);
        return 1;
    }
    CK_RV login = p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin));
    explicit_bzero(pin, strlen(pin));
    CHECK(login);
    CHECK(p11->C_FindObjectsInit(session, wanted, 2));
    CHECK(p11->C_FindObjects(session, &key, 1, &found));
    CHECK(p11->C_FindObjectsFinal(session));
    if (found == 1) {
        CHECK(p11->C_SignInit(session, &mechanism, key));
        CHECK(p11->C_Sign(session, challenge, sizeof challenge, signature, &length));
        for (CK_ULONG i = 0; i < length; i++)
            printf("%02x", signature[i]);
        putchar('\n');
    }
    CHECK(p11->C_Logout(session));
    CHECK(p11->C_Finalize(NULL));
    return found != 1;
}
