/* A C application from its first call to its last: every mechanism of the card, with every key that takes it.
 *
 *   application MODULE PIN [modules] [pause] [chroot=FOLDER] [stack=KIBIBYTES]
 *
 * `modules` prints, at the end, what Python modules came after the first session was open. `pause` says so on a line of its own
 * when that session is open, and goes on when it has read a line. `chroot` changes the root there. `stack` works in a thread
 * with a stack of that size. Otherwise one line for each call: its name, what it was about, its answer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11.h"

enum { MOST = 64, ROOM = 512, BLOCK = 256 };

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;
static CK_SLOT_ID slot;
static const char *module_path, *pin, *new_root;
static int lists_modules, pauses;

static CK_RV report(const char *call, unsigned long about, CK_RV rv)
{
    printf("%s %lx %lx\n", call, about, rv);
    fflush(stdout);
    return rv;
}

#define CALL(about, function, ...) report(#function, about, p11->function(__VA_ARGS__))

static void python(const char *code)
{
    int (*ensure)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "PyGILState_Ensure");
    void (*release)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "PyGILState_Release");
    int (*run)(const char *) = (int (*)(const char *))dlsym(RTLD_DEFAULT, "PyRun_SimpleString");
    int gil = ensure();

    run(code);
    release(gil);
}

static CK_ULONG find(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *found)
{
    CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof class };
    CK_ULONG count = 0;

    CALL(class, C_FindObjectsInit, session, &template, 1);
    CALL(class, C_FindObjects, session, found, MOST, &count);
    CALL(class, C_FindObjectsFinal, session);
    return count;
}

/* A mechanism with the parameter that it needs, if it needs one. */
static CK_MECHANISM with_parameter(CK_MECHANISM_TYPE type)
{
    static CK_RSA_PKCS_PSS_PARAMS table[][2] = {
        { { CKM_RSA_PKCS_PSS, 0, 0 }, { CKM_SHA256, CKG_MGF1_SHA256, 32 } },
        { { CKM_SHA1_RSA_PKCS_PSS, 0, 0 }, { CKM_SHA_1, CKG_MGF1_SHA1, 20 } },
        { { CKM_SHA224_RSA_PKCS_PSS, 0, 0 }, { CKM_SHA224, CKG_MGF1_SHA224, 28 } },
        { { CKM_SHA256_RSA_PKCS_PSS, 0, 0 }, { CKM_SHA256, CKG_MGF1_SHA256, 32 } },
        { { CKM_SHA384_RSA_PKCS_PSS, 0, 0 }, { CKM_SHA384, CKG_MGF1_SHA384, 48 } },
        { { CKM_SHA512_RSA_PKCS_PSS, 0, 0 }, { CKM_SHA512, CKG_MGF1_SHA512, 64 } },
    };
    static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 };

    if (type == CKM_RSA_PKCS_OAEP)
        return (CK_MECHANISM){ type, &oaep, sizeof oaep };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i][0].hashAlg == type)
            return (CK_MECHANISM){ type, &table[i][1], sizeof table[i][1] };
    return (CK_MECHANISM){ type, NULL, 0 };
}

/* As long as the digest that CKM_RSA_PKCS_PSS wants; the others take a message of any length. */
static CK_ULONG input_size(CK_MECHANISM_TYPE type)
{
    return type == CKM_RSA_X_509 ? BLOCK : 32;
}

static void sign_and_verify(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE private, CK_OBJECT_HANDLE *publics, CK_ULONG count)
{
    CK_BYTE data[BLOCK] = "\0a block for a raw signature, or a digest", signature[ROOM];
    CK_ULONG size = input_size(mechanism->mechanism), length = sizeof signature, i;

    if (CALL(mechanism->mechanism, C_SignInit, session, mechanism, private) != CKR_OK
        || CALL(mechanism->mechanism, C_Sign, session, data, size, signature, &length) != CKR_OK)
        return;
    for (i = 0; i < count; i++)
        if (CALL(mechanism->mechanism, C_VerifyInit, session, mechanism, publics[i]) == CKR_OK)
            CALL(mechanism->mechanism, C_Verify, session, data, size, signature, length);
}

static void encrypt_and_decrypt(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE *privates, CK_ULONG count)
{
    CK_BYTE text[ROOM], data[ROOM];
    CK_ULONG length = sizeof text, size, i;

    if (CALL(mechanism->mechanism, C_EncryptInit, session, mechanism, public) != CKR_OK
        || CALL(mechanism->mechanism, C_Encrypt, session, (CK_BYTE *)"text", 4, text, &length) != CKR_OK)
        return;
    for (i = 0; i < count; i++) {
        size = sizeof data;
        if (CALL(mechanism->mechanism, C_DecryptInit, session, mechanism, privates[i]) == CKR_OK)
            CALL(mechanism->mechanism, C_Decrypt, session, text, length, data, &size);
    }
}

static void use_mechanisms(void)
{
    CK_OBJECT_HANDLE privates[MOST], publics[MOST];
    CK_ULONG private_keys = find(CKO_PRIVATE_KEY, privates), public_keys = find(CKO_PUBLIC_KEY, publics);
    CK_MECHANISM_TYPE types[MOST];
    CK_ULONG count = MOST, i, key, length;
    CK_MECHANISM_INFO info;
    CK_BYTE digest[ROOM];

    CALL(slot, C_GetMechanismList, slot, types, &count);
    for (i = 0; i < count; i++) {
        CK_MECHANISM mechanism = with_parameter(types[i]);

        CALL(types[i], C_GetMechanismInfo, slot, types[i], &info);
        length = sizeof digest;
        if (info.flags & CKF_DIGEST && CALL(types[i], C_DigestInit, session, &mechanism) == CKR_OK)
            CALL(types[i], C_Digest, session, (CK_BYTE *)"data", 4, digest, &length);
        for (key = 0; info.flags & CKF_SIGN && key < private_keys; key++)
            sign_and_verify(&mechanism, privates[key], publics, public_keys);
        for (key = 0; info.flags & CKF_ENCRYPT && key < public_keys; key++)
            encrypt_and_decrypt(&mechanism, publics[key], privates, private_keys);
    }
}

static void read_and_write_data(void)
{
    CK_OBJECT_HANDLE data[MOST];
    CK_ULONG count = find(CKO_DATA, data), i;
    CK_BYTE value[8 * ROOM];
    CK_ATTRIBUTE content = { CKA_VALUE, value, 0 };

    for (i = 0; i < count; i++) {
        content.ulValueLen = sizeof value;
        if (CALL(data[i], C_GetAttributeValue, session, data[i], &content, 1) == CKR_OK)
            CALL(data[i], C_SetAttributeValue, session, data[i], &content, 1);
    }
}

static void *run(void *unused)
{
    CK_RV (*get_list)(CK_FUNCTION_LIST **);
    CK_SLOT_ID slots[MOST];
    CK_ULONG count = MOST;
    CK_TOKEN_INFO token;
    CK_OBJECT_HANDLE found[MOST];
    CK_BYTE random[ROOM];
    void *module = dlopen(module_path, RTLD_NOW);

    get_list = module ? (CK_RV (*)(CK_FUNCTION_LIST **))dlsym(module, "C_GetFunctionList") : NULL;
    if (!get_list || get_list(&p11) != CKR_OK)
        exit(EXIT_FAILURE);
    if (CALL(0, C_Initialize, NULL) != CKR_OK)
        return unused;
    CALL(0, C_GetSlotList, CK_TRUE, slots, &count);
    slot = slots[0];
    CALL(slot, C_GetTokenInfo, slot, &token);
    CALL(slot, C_OpenSession, slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);
    if (lists_modules)
        python("import sys; there = set(sys.modules)");
    find(CKO_CERTIFICATE, found);       /* the card is connected: pcscd may be out of reach in another root */
    if (pauses && (puts("paused"), fflush(stdout), getchar()) == EOF)
        exit(EXIT_FAILURE);
    if (new_root && (chroot(new_root) != 0 || chdir("/") != 0))
        exit(EXIT_FAILURE);
    CALL(1, C_Login, session, CKU_USER, (CK_UTF8CHAR *)"", 0);
    CALL(2, C_Login, session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin));
    use_mechanisms();
    read_and_write_data();
    CALL(0, C_GenerateRandom, session, random, sizeof random);
    CALL(0, C_SetPIN, session, (CK_UTF8CHAR *)pin, strlen(pin), (CK_UTF8CHAR *)pin, strlen(pin));
    CALL(1, C_WaitForSlotEvent, CKF_DONT_BLOCK, slots, NULL);
    CALL(0, C_Logout, session);
    CALL(0, C_CloseSession, session);
    CALL(0, C_Finalize, NULL);
    if (lists_modules)
        python("print('came', *sorted(set(sys.modules) - there), flush=True)");
    return unused;
}

int main(int argc, char **argv)
{
    size_t stack = 0;
    pthread_attr_t attributes;
    pthread_t thread;

    if (argc < 3)
        return EXIT_FAILURE;
    module_path = argv[1], pin = argv[2];
    for (int i = 3; i < argc; i++) {
        lists_modules |= strcmp(argv[i], "modules") == 0;
        pauses |= strcmp(argv[i], "pause") == 0;
        if (strncmp(argv[i], "chroot=", 7) == 0)
            new_root = argv[i] + 7;
        if (strncmp(argv[i], "stack=", 6) == 0)
            stack = strtoul(argv[i] + 6, NULL, 10) * 1024;
    }
    if (new_root && geteuid() != 0 && unshare(CLONE_NEWUSER) != 0)
        return EXIT_FAILURE;
    pthread_attr_init(&attributes);
    if (stack && pthread_attr_setstacksize(&attributes, stack) != 0)
        return EXIT_FAILURE;
    if (pthread_create(&thread, &attributes, run, NULL) != 0)
        return EXIT_FAILURE;
    pthread_join(thread, NULL);
    return EXIT_SUCCESS;
}
