/* Calls of every function of a PKCS#11 module at random, until a time is over or something is wrong.
 *
 *   abi_fuzz MODULE SEED SECONDS PIN PUK <table of functions
 *
 * Each line of the table is a function and the kinds of its arguments, as abi.py reads them from the
 * header. Handles are good or not, pointers are NULL or point to memory that ends where a page begins that nobody may
 * touch, lengths are those of the memory or absurd. Codes are the right ones, or NULL, or too long to be one.
 *
 * Wrong are a crash, a call of more than half a minute, CKR_GENERAL_ERROR, and bytes or lengths beyond the room given.
 * The last line has `seed`, `calls` and `ok`; exit status 1 with the last calls before it when something is wrong.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "abi_fuzz.h"
#include "cps.h"

enum { MOST_FUNCTIONS = 160, HISTORY = 30, CALLS_PER_START = 300, CHAPTER = 6 /* letters of a name */,
       SECONDS_UNTIL_HUNG = 30, LINE = 400 };

static struct function functions[MOST_FUNCTIONS];
static int function_count;
static unsigned long seed, calls, succeeded;
static char history[HISTORY][LINE];

/* ---- what is wrong ---- */

static void finish(const char *what)
{
    for (unsigned long i = calls > HISTORY ? calls - HISTORY : 0; i <= calls; i++)
        printf("%lu %s\n", i, history[i % HISTORY]);
    printf("%s\nseed %lu calls %lu ok %lu\n", what, seed, calls, succeeded);
    fflush(stdout);
    _exit(1);
}

static void on_signal(int number)
{
    finish(number == SIGALRM ? "HANG" : strsignal(number));
}

/* ---- calls ---- */

static const struct function *choose(const struct function *last)
{
    const struct function *chosen = &functions[below((word)function_count)];

    /* Every other time one of the same chapter: what an Init began is to be gone on with. */
    if (last && one_in(2))
        for (int tries = 0; tries < 100 && strncmp(chosen->name, last->name, CHAPTER) != 0; tries++)
            chosen = &functions[below((word)function_count)];
    /* These undo what the others need: seldom. */
    if ((strcmp(chosen->name, "C_Finalize") == 0 && !one_in(20)) || (strncmp(chosen->name, "C_Close", 7) == 0 && !one_in(8))
        || (strcmp(chosen->name, "C_StartUpdate") == 0 && !one_in(8)))
        return &functions[below((word)function_count)];
    return chosen;
}

static void remember(const struct function *function, const word *arguments)
{
    char *line = history[calls % HISTORY];
    int used = snprintf(line, LINE, "%s", function->name);

    for (int i = 0; i < function->count && used < LINE; i++)
        used += snprintf(line + used, (size_t)(LINE - used), " %s=%#lx", function->kinds[i], arguments[i]);
}

static void note_answer(word rv)
{
    size_t used = strlen(history[calls % HISTORY]);

    snprintf(history[calls % HISTORY] + used, LINE - used, " -> %#lx", rv);
}

static void check(word rv)
{
    if (rv == CKR_GENERAL_ERROR)
        finish("CKR_GENERAL_ERROR");
    if (wrote_before_a_buffer())
        finish("BYTES BEFORE THE BUFFER");
    if (rv == CKR_OK && output.length && output.has_buffer && *output.length > output.room)
        finish("A LENGTH BEYOND THE ROOM");
}

/* Sessions, and the holder logged in every other time: most functions do nothing without. */
static void prepare(CK_FUNCTION_LIST_PTR list)
{
    list->C_Initialize(NULL);
    for (int i = 0; i < SESSIONS; i++)
        if (list->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION * below(2), NULL, NULL, &sessions[i]) != CKR_OK)
            sessions[i] = 0;
    current = ONE_OF(sessions);
    if (one_in(2))
        list->C_Login(current, CKU_USER, (CK_UTF8CHAR_PTR)pin, strlen(pin));
}

static const struct function *call(const struct function *last)
{
    const struct function *function = choose(last);
    word arguments[MOST_ARGUMENTS] = {0}, length = 0, rv;

    begin_arguments();
    for (int i = 0; i < function->count; i++)
        arguments[i] = make_argument(function, i, arguments, &length);
    remember(function, arguments);
    alarm(SECONDS_UNTIL_HUNG);
    rv = function->entry(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
                         arguments[6], arguments[7], arguments[8], arguments[9], arguments[10], arguments[11]);
    alarm(0);
    note_answer(rv);
    check(rv);
    if (rv == CKR_OK) {
        succeeded++;
        if (strcmp(function->name, "C_OpenSession") == 0)
            current = ONE_OF(sessions) = *(word *)arguments[4];
    }
    calls++;
    return function;
}

/* ---- the module ---- */

static void *find(void *module, const char *name, const struct CPS_FUNCTION_LIST *list)
{
    if (strcmp(name, "C_StartUpdate") == 0)
        return (void *)list->C_StartUpdate;
    if (strcmp(name, "C_EndUpdate") == 0)
        return (void *)list->C_EndUpdate;
    if (strcmp(name, "C_TransmitMessage") == 0)
        return (void *)list->C_TransmitMessage;
    if (strcmp(name, "C_KeepAlive") == 0)
        return (void *)list->C_KeepAlive;
    return dlsym(module, name);
}

static void read_table(void *module, const struct CPS_FUNCTION_LIST *list)
{
    char line[1024];

    while (fgets(line, sizeof line, stdin) && function_count < MOST_FUNCTIONS) {
        struct function *made = &functions[function_count++];
        char *kind = strtok(line, " \n");

        snprintf(made->name, sizeof made->name, "%s", kind);
        while ((kind = strtok(NULL, " \n")) && made->count < MOST_ARGUMENTS)
            snprintf(made->kinds[made->count++], sizeof made->kinds[0], "%s", kind);
        made->entry = (entry_point *)find(module, made->name, list);
        if (!made->entry) {
            fprintf(stderr, "no %s\n", made->name);
            exit(2);
        }
    }
}

int main(int count, char **given)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
    const struct function *last = NULL;
    CK_FUNCTION_LIST_PTR list;
    void *module;
    time_t end;

    if (count != 6 || !(module = dlopen(given[1], RTLD_NOW))) {
        fprintf(stderr, "%s\n", count == 6 ? dlerror() : "abi_fuzz MODULE SEED SECONDS PIN PUK");
        return 2;
    }
    seed = strtoul(given[2], NULL, 0);
    state = seed * 0x9E3779B97F4A7C15UL + 1;
    end = time(NULL) + atoi(given[3]);
    pin = given[4];
    puk = given[5];
    ((CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList"))(&list);
    read_table(module, (const struct CPS_FUNCTION_LIST *)list);
    make_areas();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        signal(fatal[i], on_signal);
    while (time(NULL) < end) {
        if (calls % CALLS_PER_START == 0)
            prepare(list);
        last = call(last);
    }
    printf("seed %lu calls %lu ok %lu\n", seed, calls, succeeded);
    return 0;
}
