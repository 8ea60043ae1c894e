/* A C application that only wants to know which readers there are, as far as its last argument says:
 *   cold_start MODULE 0   dlopen, C_GetFunctionList
 *   cold_start MODULE 1   + C_Initialize, C_Finalize
 *   cold_start MODULE 2   + C_GetSlotList, C_GetSlotInfo of every slot
 *   cold_start MODULE 3   + C_GetTokenInfo of the first slot
 *   cold_start MODULE 4   + C_OpenSession on it
 * Exits with 0 when every call answered CKR_OK. Prints nothing, but with one argument more the most memory that it had,
 * in KiB, as the kernel counts it (VmHWM).
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
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

static void print_memory(void)
{
    char line[128];
    FILE *status = fopen("/proc/self/status", "r");

    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        long size;

        if (sscanf(line, "VmHWM: %ld", &size) == 1)
            printf("%ld\n", size);
    }
}

static int run(const char *path, int depth)
{
    void *functions;
    unsigned char info[ROOM_FOR_INFO];
    word slots[MOST_SLOTS], count = MOST_SLOTS, session;

    if ((module = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL)
        return EXIT_FAILURE;
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

int main(int argc, char **argv)
{
    if (argc < 3)
        return EXIT_FAILURE;
    int status = run(argv[1], atoi(argv[2]));
    if (argc > 3)
        print_memory();
    return status;
}
