/* See host.h. */
#define _GNU_SOURCE
#include "host.h"
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_COUNTS 1024
#define MOST_THREADS 512
#define END_SECONDS 1

CK_FUNCTION_LIST *module;
double run_seconds;
char *more = "";
atomic_long wrong_signatures, signatures, rounds;

static struct { const char *function; CK_RV answer; long number; double slowest; } counts[MOST_COUNTS];
static int counted;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static struct { _Atomic(const char *) function; _Atomic double since; atomic_int taken; } calls[MOST_THREADS];
static _Thread_local int own = -1;
static pthread_key_t leaving;

static const char *path;
static char pin[32], expected[1100];
static _Thread_local unsigned random_state;
static unsigned seed;

double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

unsigned chance(unsigned below)
{
    static atomic_uint threads;

    if (random_state == 0)
        random_state = seed * 2654435761u + ++threads * 40503u + 1;
    return (unsigned)rand_r(&random_state) % below;
}

void pause_us(unsigned microseconds)
{
    usleep(microseconds);
}

/* --- calls in flight */

static void leave(void *place)
{
    atomic_store(&calls[(intptr_t)place - 1].taken, 0);
}

static int place(void)
{
    for (int i = 0; own < 0; i = (i + 1) % MOST_THREADS) {
        int free_place = 0;
        if (atomic_compare_exchange_strong(&calls[i].taken, &free_place, 1)) {
            own = i;
            pthread_setspecific(leaving, (void *)(intptr_t)(i + 1));
        }
    }
    return own;
}

void call_begins(const char *function)
{
    int i = place();

    calls[i].since = now();
    calls[i].function = function;
}

CK_RV call_ends(const char *function, CK_RV answer)
{
    double took = now() - calls[place()].since;
    int i = 0;

    calls[own].function = NULL;
    pthread_mutex_lock(&counting);
    while (i < counted && (counts[i].answer != answer || strcmp(counts[i].function, function) != 0))
        i++;
    if (i == counted && counted < MOST_COUNTS) {
        counts[counted].function = function;
        counts[counted++].answer = answer;
    }
    if (i < MOST_COUNTS) {
        counts[i].number++;
        counts[i].slowest = took > counts[i].slowest ? took : counts[i].slowest;
    }
    pthread_mutex_unlock(&counting);
    return answer;
}

/* Of the threads that were counting at a fork(), none is left in the child to give the lock back. */
void is_a_child(void)
{
    pthread_mutex_init(&counting, NULL);
}

static void report_hang(const char *function, double seconds)
{
    char command[256];

    printf("hang %s %.1f\n", function, seconds);
    snprintf(command, sizeof command, "timeout 60 gdb -q -batch -p %d -ex 'thread apply all bt 24' >hang.%d.txt 2>&1", getpid(), getpid());
    if (system("command -v gdb >/dev/null") == 0 && system(command) == 0)
        printf("backtraces hang.%d.txt\n", getpid());
    report();
    _exit(HANG_STATUS);
}

/* Seconds that a call has taken beyond its limit. A wait for a card has none. The end of a thread waits for the call that
 * the thread makes: it has a longer one, so that the call is named. */
static double overdue(const char *function, double since)
{
    if (function == NULL || strcmp(function, "C_WaitForSlotEvent") == 0)
        return 0;
    return now() - since - HANG_SECONDS - (strncmp(function, "C_", 2) == 0 ? 0 : END_SECONDS);
}

static void *watcher(void *unused)
{
    (void)unused;
    for (;;) {
        const char *latest = NULL;
        double most = 0, took = 0;

        usleep(200000);
        for (int i = 0; i < MOST_THREADS; i++) {
            const char *function = calls[i].function;
            double since = calls[i].since, late = overdue(function, since);
            if (late > most && calls[i].function == function && calls[i].since == since) {
                latest = function;
                most = late;
                took = now() - since;
            }
        }
        if (latest != NULL)
            report_hang(latest, took);
    }
    return NULL;
}

void watch(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, watcher, NULL);
}

/* --- start and report */

static void read_line(char *line, size_t room)
{
    if (fgets(line, (int)room, stdin) == NULL)
        exit(2);
    line[strcspn(line, "\n")] = '\0';
}

void load(void)
{
    void *library = dlopen(path, RTLD_NOW);
    CK_C_GetFunctionList list = library != NULL ? (CK_C_GetFunctionList)(uintptr_t)dlsym(library, "C_GetFunctionList") : NULL;

    if (list == NULL || list(&module) != CKR_OK) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
}

void start(int argc, char **argv)
{
    if (argc < 4)
        exit(2);
    path = argv[1];
    run_seconds = atof(argv[2]);
    seed = (unsigned)strtoul(argv[3], NULL, 10);
    if (argc > 4)
        more = argv[4];
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_key_create(&leaving, leave);
    read_line(pin, sizeof pin);
    read_line(expected, sizeof expected);
}

long descriptors(void)
{
    long number = -3;  /* the folder itself, and its two names */
    DIR *folder = opendir("/proc/self/fd");

    while (readdir(folder) != NULL)
        number++;
    closedir(folder);
    return number;
}

long resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

void value(const char *name, long number)
{
    printf("value %s %ld\n", name, number);
}

/* Lets whoever started the program look at pcscd: waits for a line. */
void checkpoint(const char *name)
{
    char line[16];

    printf("checkpoint %s\n", name);
    read_line(line, sizeof line);
}

void report(void)
{
    for (int i = 0; i < counted; i++)
        printf("count %s %lu %ld %.0f\n", counts[i].function, counts[i].answer, counts[i].number, counts[i].slowest * 1000);
    value("signatures", signatures);
    value("wrong_signatures", wrong_signatures);
    value("rounds", rounds);
}

/* --- a use of the card, in steps */

CK_RV first_token(CK_SLOT_ID *slot)
{
    CK_SLOT_ID slots[16];
    CK_ULONG number = 16;
    CK_RV answer = CALL(C_GetSlotList, CK_TRUE, slots, &number);

    if (answer == CKR_OK && number == 0)
        return CKR_TOKEN_NOT_PRESENT;
    *slot = slots[0];
    return answer;
}

CK_RV open_session(CK_SLOT_ID slot, CK_SESSION_HANDLE *session)
{
    return CALL(C_OpenSession, slot, CKF_SERIAL_SESSION, NULL, NULL, session);
}

CK_RV log_in(CK_SESSION_HANDLE session)
{
    CK_RV answer = CALL(C_Login, session, CKU_USER, (CK_BYTE *)pin, strlen(pin));

    return answer == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : answer;
}

CK_RV find_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *key)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, KEY_LABEL, sizeof KEY_LABEL - 1}};
    CK_ULONG number = 0;
    CK_RV answer = CALL(C_FindObjectsInit, session, wanted, 2);

    if (answer != CKR_OK)
        return answer;
    answer = CALL(C_FindObjects, session, key, 1, &number);
    CALL(C_FindObjectsFinal, session);
    return answer == CKR_OK && number == 0 ? CKR_KEY_HANDLE_INVALID : answer;
}

static int is_expected(const CK_BYTE *signature, CK_ULONG length)
{
    char hex[1100] = "";

    for (CK_ULONG i = 0; i < length && i < 512; i++)
        snprintf(hex + 2 * i, 3, "%02x", signature[i]);
    return strcmp(hex, expected) == 0;
}

CK_RV sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE signature[512];
    CK_ULONG length = sizeof signature;
    CK_RV answer = CALL(C_SignInit, session, &mechanism, key);

    if (answer != CKR_OK)
        return answer;
    answer = CALL(C_Sign, session, (CK_BYTE *)MESSAGE, sizeof MESSAGE - 1, signature, &length);
    if (answer == CKR_OK) {
        signatures++;
        if (!is_expected(signature, length))
            wrong_signatures++;
    }
    return answer;
}
