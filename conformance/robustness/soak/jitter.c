/* Loaded before libpcsclite (LD_PRELOAD): delays its calls by lot, before and after, as a busy machine might.
 *
 * JITTER_SEED and JITTER_MICROSECONDS (the longest delay) are read once. One call in four is delayed on either side.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned longest, seed;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_settings(void)
{
    const char *most = getenv("JITTER_MICROSECONDS"), *start = getenv("JITTER_SEED");

    longest = most != NULL ? (unsigned)strtoul(most, NULL, 10) : 2000;
    seed = start != NULL ? (unsigned)strtoul(start, NULL, 10) : 1;
}

static void delay(void)
{
    static _Thread_local unsigned lot;

    pthread_once(&once, read_settings);
    if (lot == 0)
        lot = seed ^ ((unsigned)gettid() * 2654435761u) ^ 1;
    if (longest > 0 && rand_r(&lot) % 4 == 0)
        usleep((useconds_t)rand_r(&lot) % longest);
}

/* pyscard opens libpcsclite itself and asks dlsym for its functions, so that one is looked into as well. */
static void *real_dlsym(void *handle, const char *name)
{
    static void *(*_Atomic real)(void *, const char *);
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5"};

    for (unsigned i = 0; real == NULL && i < sizeof versions / sizeof *versions; i++)
        real = (void *(*)(void *, const char *))(uintptr_t)dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    return real(handle, name);
}

static void *behind(const char *name)
{
    return real_dlsym(dlopen("libpcsclite.so.1", RTLD_LAZY), name);
}

/* The parameters of every SCard function are integers or pointers of one machine word. */
#define DELAYED(name, parameters, arguments)                                                \
    long name parameters                                                                    \
    {                                                                                       \
        static long (*_Atomic next) parameters;                                             \
        long (*known) parameters = next;                                                    \
        if (known == NULL)                                                                  \
            next = known = (long (*) parameters)(uintptr_t)behind(#name);                   \
        delay();                                                                            \
        long answer = known arguments;                                                      \
        delay();                                                                            \
        return answer;                                                                      \
    }

typedef unsigned long word;

DELAYED(SCardEstablishContext, (word a, word b, word c, word d), (a, b, c, d))
DELAYED(SCardReleaseContext, (word a), (a))
DELAYED(SCardIsValidContext, (word a), (a))
DELAYED(SCardConnect, (word a, word b, word c, word d, word e, word f), (a, b, c, d, e, f))
DELAYED(SCardReconnect, (word a, word b, word c, word d, word e), (a, b, c, d, e))
DELAYED(SCardDisconnect, (word a, word b), (a, b))
DELAYED(SCardBeginTransaction, (word a), (a))
DELAYED(SCardEndTransaction, (word a, word b), (a, b))
DELAYED(SCardStatus, (word a, word b, word c, word d, word e, word f, word g), (a, b, c, d, e, f, g))
DELAYED(SCardGetStatusChange, (word a, word b, word c, word d), (a, b, c, d))
DELAYED(SCardTransmit, (word a, word b, word c, word d, word e, word f, word g), (a, b, c, d, e, f, g))
DELAYED(SCardListReaders, (word a, word b, word c, word d), (a, b, c, d))
DELAYED(SCardCancel, (word a), (a))
DELAYED(SCardControl, (word a, word b, word c, word d, word e, word f, word g), (a, b, c, d, e, f, g))
DELAYED(SCardGetAttrib, (word a, word b, word c, word d), (a, b, c, d))
DELAYED(SCardFreeMemory, (word a, word b), (a, b))

#define NAMED(name) {#name, (void *)(uintptr_t)name},
static const struct { const char *name; void *delayed; } functions[] = {
    NAMED(SCardEstablishContext)
    NAMED(SCardReleaseContext)
    NAMED(SCardIsValidContext)
    NAMED(SCardConnect)
    NAMED(SCardReconnect)
    NAMED(SCardDisconnect)
    NAMED(SCardBeginTransaction)
    NAMED(SCardEndTransaction)
    NAMED(SCardStatus)
    NAMED(SCardGetStatusChange)
    NAMED(SCardTransmit)
    NAMED(SCardListReaders)
    NAMED(SCardCancel)
    NAMED(SCardControl)
    NAMED(SCardGetAttrib)
    NAMED(SCardFreeMemory)
};

/* libpcsclite.so.1 itself from 2.3 on: behind it is another library, which it looks for where it is not to find us. */
static int is_libpcsclite(const void *caller)
{
    Dl_info file;

    return dladdr(caller, &file) && strstr(file.dli_fname, "/libpcsclite.so") != NULL;
}

void *dlsym(void *handle, const char *name)
{
    if (is_libpcsclite(__builtin_return_address(0)))
        return real_dlsym(handle, name);
    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0)
            return functions[i].delayed;
    return real_dlsym(handle, name);
}
