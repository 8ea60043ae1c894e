/* A C application that makes many calls in a row: `calls MODULE SLOT CODE` prints for each kind of call its name,
 * nanoseconds and messages to pcscd, both for one call, and the number of calls: of the best of several bursts. For a
 * signature the nanoseconds are those of the processor in this thread: the time of the card is not among them.
 *
 * SLOT counts in the list of C_GetSlotList. The program has a send() of its own, which libpcsclite finds first (link it with -rdynamic).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BURSTS = 15, CALLS = 200, MOST = 64, LARGE = 64 << 20 };

typedef unsigned long word;
typedef struct { word type; void *value; word length; } attribute;
typedef struct { word mechanism; void *parameter; word length; } mechanism;

static void *module;
static long messages;
static word session, key, objects[MOST], count;
static clockid_t clock_of_calls = CLOCK_MONOTONIC;

ssize_t send(int file, const void *data, size_t size, int flags)
{
    messages++;
    return sendto(file, data, size, flags, NULL, 0);
}

static word (*function(const char *name))(word, word, word, word, word)
{
    void *found = dlsym(module, name);

    if (found == NULL)
        exit(EXIT_FAILURE);
    return (word (*)(word, word, word, word, word))(uintptr_t)found;
}

static void ok(word rv)
{
    if (rv != 0) {
        fprintf(stderr, "CKR 0x%lx\n", rv);
        exit(EXIT_FAILURE);
    }
}

static word as_word(const void *pointer)
{
    return (word)(uintptr_t)pointer;
}

#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, ...) \
    do { \
        static word (*found)(word, word, word, word, word); \
        if (!found) \
            found = function(name); \
        ok(found((word)(a), (word)(b), (word)(c), (word)(d), (word)(e))); \
    } while (0)

static void session_info(void)
{
    unsigned char info[64];

    CALL("C_GetSessionInfo", session, as_word(info));
}

static void search(void)
{
    count = 0;
    CALL("C_FindObjects", session, as_word(objects), MOST, as_word(&count));
}

static void attribute_value(void)
{
    word class, private = 0;
    attribute asked[] = { { 0, &class, sizeof class }, { 2, &private, 1 } };

    CALL("C_GetAttributeValue", session, objects[0], as_word(asked), 2);
}

static void digest(void)
{
    static unsigned char data[64], result[64];
    mechanism sha256 = { 0x250, NULL, 0 };
    word length = sizeof result;

    CALL("C_DigestInit", session, as_word(&sha256));
    CALL("C_Digest", session, as_word(data), sizeof data, as_word(result), as_word(&length));
}

static void large_digest(void)
{
    static unsigned char data[LARGE], result[64];
    mechanism sha256 = { 0x250, NULL, 0 };
    word length = sizeof result;

    CALL("C_DigestInit", session, as_word(&sha256));
    CALL("C_Digest", session, as_word(data), sizeof data, as_word(result), as_word(&length));
}

static void list_all(void)
{
    CALL("C_FindObjectsInit", session, 0, 0);
    search();
    CALL("C_FindObjectsFinal", session);
    for (word n = 0; n < count; n++) {
        unsigned char values[4][256];
        attribute asked[] = {
            { 0, values[0], 256 }, { 3, values[1], 256 }, { 0x102, values[2], 256 }, { 2, values[3], 256 },
        };
        /* An object may lack one of the four. */
        function("C_GetAttributeValue")(session, objects[n], as_word(asked), 4, 0);
    }
}

static void find_key(void)
{
    word class = 3;
    attribute wanted = { 0, &class, sizeof class };

    CALL("C_FindObjectsInit", session, as_word(&wanted), 1);
    CALL("C_FindObjects", session, as_word(&key), 1, as_word(&count));
    CALL("C_FindObjectsFinal", session);
}

/* CKM_RSA_PKCS of what TLS signs: DigestInfo with a SHA-256. */
static void sign(void)
{
    static unsigned char data[51] = {
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
    };
    unsigned char result[512];
    mechanism rsa = { 1, NULL, 0 };
    word length = sizeof result;

    CALL("C_SignInit", session, as_word(&rsa), key);
    CALL("C_Sign", session, as_word(data), sizeof data, as_word(result), as_word(&length));
}

static long now(void)
{
    struct timespec time;

    clock_gettime(clock_of_calls, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void measure(const char *name, void (*call)(void), int calls)
{
    double best = 0, sent = 0;

    call();
    for (int burst = 0; burst < BURSTS; burst++) {
        long before = messages, started = now();

        for (int n = 0; n < calls; n++)
            call();
        double each = (double)(now() - started) / calls;
        if (burst == 0 || each < best) {
            best = each;
            sent = (double)(messages - before) / calls;
        }
    }
    printf("%s\t%.0f\t%.3f\t%d\n", name, best, sent, calls);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    word slots[MOST], slot_count = MOST;

    if (argc != 4 || (module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == NULL)
        return EXIT_FAILURE;
    CALL("C_Initialize", 0);
    CALL("C_GetSlotList", 1, as_word(slots), as_word(&slot_count));
    CALL("C_OpenSession", slots[atoi(argv[2])], 4, 0, 0, as_word(&session));
    list_all();
    CALL("C_FindObjectsInit", session, 0, 0);
    measure("C_GetSessionInfo", session_info, CALLS);
    measure("C_FindObjects", search, CALLS);
    CALL("C_FindObjectsFinal", session);
    list_all();
    measure("C_GetAttributeValue, two", attribute_value, CALLS);
    measure("C_DigestInit + C_Digest, 64 bytes", digest, CALLS);
    measure("C_DigestInit + C_Digest, 64 MiB", large_digest, 1);
    CALL("C_Login", session, 1, as_word(argv[3]), strlen(argv[3]));
    measure("list all objects, four attributes each", list_all, 5);
    find_key();
    clock_of_calls = CLOCK_THREAD_CPUTIME_ID;
    measure("C_SignInit + C_Sign, time of the processor", sign, 1);
    CALL("C_Finalize", 0);
    return EXIT_SUCCESS;
}
