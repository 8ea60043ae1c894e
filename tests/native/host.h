/* What every C host of these tests begins with: the module loaded as an application loads it, and ways to look. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pkcs11.h"

enum { ROOM = 4096, SECONDS_UNTIL_HUNG = 30 };

static void *module;
static CK_FUNCTION_LIST_3_2 *p11;

#define EXPECT(expected, expression) \
    do { \
        unsigned long got = (unsigned long)(expression), wanted = (unsigned long)(expected); \
        if (got != wanted) { \
            fprintf(stderr, "line %d: %s gave 0x%lx, not %s\n", __LINE__, #expression, got, #expected); \
            _exit(1); \
        } \
    } while (0)

#define OK(expression) EXPECT(CKR_OK, expression)

static inline void load(const char *path)
{
    CK_C_GetInterface get_interface;
    CK_INTERFACE_PTR interface;

    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(1);
    }
    get_interface = (CK_C_GetInterface)dlsym(module, "C_GetInterface");
    OK(get_interface(NULL, NULL, &interface, 0));
    p11 = interface->pFunctionList;
}

/* Runs Python behind the stand-in's C_InitToken. */
static inline CK_RV python(const char *code)
{
    return p11->C_InitToken(0, (CK_UTF8CHAR_PTR)code, strlen(code), NULL);
}

static inline const char *python_says(const char *code)
{
    static char answer[ROOM];

    OK(p11->C_InitToken(0, (CK_UTF8CHAR_PTR)code, strlen(code), (CK_UTF8CHAR_PTR)answer));
    return answer;
}

static inline CK_ULONG slots(void)
{
    CK_ULONG count = 0;

    return p11->C_GetSlotList(CK_FALSE, NULL, &count);
}

/* In pages. */
static inline long resident(void)
{
    long size, pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");

    EXPECT(2, fscanf(statm, "%ld %ld", &size, &pages));
    fclose(statm);
    return pages;
}

static inline double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void wait_for(pid_t child)
{
    int status;

    EXPECT(child, waitpid(child, &status, 0));
    EXPECT(0, status);
}

/* Runs a block in a forked child that must leave by itself and cleanly. */
#define IN_CHILD(...) \
    do { \
        pid_t in_child = fork(); \
        if (in_child == 0) { \
            alarm(SECONDS_UNTIL_HUNG); \
            __VA_ARGS__ \
            _exit(0); \
        } \
        wait_for(in_child); \
    } while (0)

static inline void start_threads(pthread_t *threads, int count, void *(*body)(void *), void *argument)
{
    for (int i = 0; i < count; i++)
        EXPECT(0, pthread_create(&threads[i], NULL, body, argument));
}

static inline void join_threads(pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        EXPECT(0, pthread_join(threads[i], NULL));
}
