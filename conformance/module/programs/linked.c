/* An application that was linked to the PKCS#11 library, and so starts with it or not at all.
 *
 *   linked PIN LABEL
 *
 * prints the label of the token, and the signature (CKM_SHA256_RSA_PKCS) of its own name by the key with that label, in hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkcs11.h"

#define OK(function, ...) expect_ok(#function, function(__VA_ARGS__))

static void expect_ok(const char *function, CK_RV rv)
{
    if (rv == CKR_OK)
        return;
    printf("%s %lx\n", function, rv);
    exit(1);
}

int main(int argc, char **argv)
{
    CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
    CK_BYTE signature[512], message[] = "linked";
    CK_ULONG slots = 1, found = 0, length = sizeof signature;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_TOKEN_INFO token;
    CK_SLOT_ID slot;

    if (argc != 3)
        return 2;
    CK_ATTRIBUTE wanted[] = { { CKA_LABEL, argv[2], strlen(argv[2]) } };

    OK(C_Initialize, NULL);
    OK(C_GetSlotList, CK_TRUE, &slot, &slots);
    OK(C_GetTokenInfo, slot, &token);
    printf("%.*s\n", (int)sizeof token.label, (const char *)token.label);
    OK(C_OpenSession, slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    OK(C_Login, session, CKU_USER, (CK_BYTE *)argv[1], strlen(argv[1]));
    OK(C_FindObjectsInit, session, wanted, 1);
    OK(C_FindObjects, session, &key, 1, &found);
    OK(C_FindObjectsFinal, session);
    if (found != 1)
        return 3;
    OK(C_SignInit, session, &mechanism, key);
    OK(C_Sign, session, message, sizeof message - 1, signature, &length);
    OK(C_Finalize, NULL);
    for (CK_ULONG i = 0; i < length; i++)
        printf("%02x", signature[i]);
    printf("\n");
    return 0;
}
