/* A C application that only wants to know which readers there are, as far as its last argument says:
 *   cold_start MODULE 0   dlopen, C_GetFunctionList
 *   cold_start MODULE 1   + C_Initialize, C_Finalize
 *   cold_start MODULE 2   + C_GetSlotList, C_GetSlotInfo of every slot
 *   cold_start MODULE 3   + C_GetTokenInfo of the first slot
 *   cold_start MODULE 4   + C_OpenSession on it
 * Prints nothing; exits with 0 when every call answered CKR_OK.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define MOST_SLOTS 32
#define ROOM_FOR_INFO 512
#define CKF_SERIAL_SESSION 4

typedef unsigned long word;

static void *module;

static int refused_five(const char *name, word first, word second, word third, word fourth, word fifth)
{
    word (*entry)(word, word, word, word, word) = (word (*)(word, word, word, word, word))(uintptr_t)dlsym(module, name);

    return entry == NULL || entry(first, second, third, fourth, fifth) != 0;
}

static int refused(const char *name, word first, word second, word third)
{
    return refused_five(name, first, second, third, 0, 0);
}

int main(int argc, char **argv)
{
    void *functions;
    unsigned char info[ROOM_FOR_INFO];
    word slots[MOST_SLOTS], count = MOST_SLOTS, session;

    if (argc != 3 || (module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == NULL)
        return EXIT_FAILURE;
    int depth = atoi(argv[2]);
    if (refused("C_GetFunctionList", (word)(uintptr_t)&functions, 0, 0))
        return EXIT_FAILURE;
    if (depth < 1)
        return EXIT_SUCCESS;
    if (refused("C_Initialize", 0, 0, 0))
        return EXIT_FAILURE;
    if (depth >= 2) {
        if (refused("C_GetSlotList", 0, (word)(uintptr_t)slots, (word)(uintptr_t)&count))
            return EXIT_FAILURE;
        for (word i = 0; i < count; i++)
            if (refused("C_GetSlotInfo", slots[i], (word)(uintptr_t)info, 0))
                return EXIT_FAILURE;
    }
    if (depth >= 3 && refused("C_GetTokenInfo", slots[0], (word)(uintptr_t)info, 0))
        return EXIT_FAILURE;
    if (depth >= 4 && refused_five("C_OpenSession", slots[0], CKF_SERIAL_SESSION, 0, 0, (word)(uintptr_t)&session))
        return EXIT_FAILURE;
    return refused("C_Finalize", 0, 0, 0) ? EXIT_FAILURE : EXIT_SUCCESS;
}
