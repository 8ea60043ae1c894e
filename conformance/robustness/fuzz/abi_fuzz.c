/* Calls of every function of a PKCS#11 module at random, until a time is over or something is wrong.
 *
 *   abi_fuzz MODULE SEED SECONDS PIN PUK <table of functions
 *
 * Each line of the table is a function and the kinds of its arguments, as conformance/robustness/fuzz/abi.py reads them from the
 * header. Handles are good or not, pointers are NULL or point to memory that ends where a page begins that nobody may
 * touch, lengths are those of the memory or absurd. Codes are the right ones, or NULL, or too long to be one.
 *
 * Wrong are a crash, a call of more than half a minute, CKR_GENERAL_ERROR, and bytes or lengths beyond the room given.
 * The last line tells `seed`, `calls` and `ok`; exit status 1 with the last calls before it when something is wrong.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cps.h"

enum { MOST_FUNCTIONS = 160, MOST_ARGUMENTS = 12, AREAS = 24, AREA = 8192, CANARY = 16, SESSIONS = 6, HISTORY = 30, CALLS_OF_A_SITTING = 300,
       CHAPTER = 6 /* letters of a name */,
       SECONDS_UNTIL_HUNG = 30, LINE = 400 };

typedef unsigned long word;
typedef word entry_point(word, word, word, word, word, word, word, word, word, word, word, word);

struct function {
    char name[48], kinds[MOST_ARGUMENTS][32];
    int count;
    entry_point *entry;
};

static struct function functions[MOST_FUNCTIONS];
static int function_count;
static const char *pin, *puk;
static unsigned long seed, calls, succeeded;
static uint64_t state;
static char history[HISTORY][LINE];

/* ---- chance ---- */

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static word below(word limit)
{
    return (word)(any() >> 11) % limit;
}

static int one_in(word times)
{
    return below(times) == 0;
}

#define ONE_OF(array) (array)[below(sizeof(array) / sizeof *(array))]

/* More than any call takes: not to be read or written, whatever the pointer beside it is. */
static const word absurd[] = {(1UL << 31) + 1, 1UL << 32, 1UL << 40, 1UL << 47, (1UL << 63) - 1, 1UL << 63, ~0UL - 1, ~0UL};

static word wild(void)
{
    return one_in(2) ? any() : ONE_OF(absurd);
}

/* ---- memory, each piece at the end of an area, with a canary before it ---- */

static unsigned char *area_ends[AREAS];
static struct piece { unsigned char *start; } pieces[AREAS];
static int piece_count;

static void make_areas(void)
{
    long page = sysconf(_SC_PAGESIZE);

    for (int i = 0; i < AREAS; i++) {
        unsigned char *start = mmap(NULL, AREA + (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (start == MAP_FAILED)
            exit(2);
        mprotect(start + AREA, (size_t)page, PROT_NONE);
        area_ends[i] = start + AREA;
    }
}

static void *piece(size_t size)
{
    unsigned char *start = area_ends[piece_count] - size;

    memset(start - CANARY, 0xC5, CANARY);
    for (size_t i = 0; i < size; i++)
        start[i] = (unsigned char)any();
    pieces[piece_count++].start = start;
    return start;
}

static void *piece_with(const void *content, size_t size)
{
    return memcpy(piece(size), content, size);
}

static word word_piece(word value)
{
    return (word)piece_with(&value, sizeof value);
}

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

/* ---- arguments ---- */

static word sessions[SESSIONS], current;
static struct { const word *told; word room; int has_buffer; } output;

static word make_session(void)
{
    if (one_in(12))
        return wild();
    if (one_in(6))
        current = ONE_OF(sessions);
    return current;
}

static word make_mechanism(void)
{
    static const word kinds[] = {
        CKM_RSA_PKCS, CKM_RSA_PKCS, CKM_RSA_X_509, CKM_RSA_PKCS_OAEP, CKM_RSA_PKCS_PSS, CKM_SHA1_RSA_PKCS,
        CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_SHA512_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA_1, CKM_SHA224,
        CKM_SHA256, CKM_SHA384, CKM_SHA512, CKM_MD5, CKM_AES_CBC, CKM_RSA_PKCS_KEY_PAIR_GEN, 0x80001234,
    };
    static const word hashes[] = {CKM_SHA_1, CKM_SHA256, CKM_SHA512, 0};
    static const word masks[] = {CKG_MGF1_SHA1, CKG_MGF1_SHA256, CKG_MGF1_SHA512, 0};
    CK_MECHANISM made = {ONE_OF(kinds), NULL, 0};

    if (one_in(20))
        return 0;
    if (made.mechanism == CKM_RSA_PKCS_OAEP) {
        CK_RSA_PKCS_OAEP_PARAMS oaep = {ONE_OF(hashes), ONE_OF(masks), CKZ_DATA_SPECIFIED, NULL, 0};

        if (one_in(2)) {
            oaep.ulSourceDataLen = below(40);
            oaep.pSourceData = piece(oaep.ulSourceDataLen);
        }
        if (one_in(8))
            oaep.ulSourceDataLen = ONE_OF(absurd);
        made.ulParameterLen = sizeof oaep;
        made.pParameter = piece_with(&oaep, sizeof oaep);
    } else if (made.mechanism == CKM_RSA_PKCS_PSS || made.mechanism == CKM_SHA256_RSA_PKCS_PSS) {
        CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, one_in(6) ? wild() : 32};

        made.ulParameterLen = sizeof pss;
        made.pParameter = piece_with(&pss, sizeof pss);
    }
    if (one_in(10)) {
        made.ulParameterLen = one_in(2) ? below(64) : wild();
        made.pParameter = one_in(2) ? NULL : piece(made.ulParameterLen < 64 ? made.ulParameterLen : 0);
    }
    return (word)piece_with(&made, sizeof made);
}

static word make_template(const char *function, word *count)
{
    static const word types[] = {CKA_CLASS, CKA_TOKEN, CKA_PRIVATE, CKA_LABEL, CKA_VALUE, CKA_ID, CKA_KEY_TYPE, CKA_MODULUS,
                                 CKA_PRIVATE_EXPONENT, CKA_CERTIFICATE_TYPE, CKA_ALLOWED_MECHANISMS, 0x80001234};
    static const word sizes[] = {0, 1, 8, 8, 8, 14, 27, 256, 4000};
    CK_ATTRIBUTE made[4];
    int lengths_are_rooms = strcmp(function, "C_GetAttributeValue") == 0;

    *count = below(5);
    for (word i = 0; i < *count; i++) {
        made[i].type = ONE_OF(types);
        made[i].ulValueLen = ONE_OF(sizes);
        made[i].pValue = one_in(5) ? NULL : piece(made[i].ulValueLen);
        if (made[i].pValue && made[i].ulValueLen == 8)
            *(word *)made[i].pValue = below(6);
        if (!lengths_are_rooms && one_in(12))
            made[i].ulValueLen = ONE_OF(absurd);
    }
    word template = one_in(15) ? 0 : (word)piece_with(made, *count * sizeof *made);
    if (one_in(15))
        *count = one_in(2) ? 1025 + below(100000) : ONE_OF(absurd);
    return template;
}

static word make_input(const char *function, word *length)
{
    /* Nothing that presents a code: SELECT, READ BINARY, GET CHALLENGE, and what no card knows. */
    static const char *const commands[] = {"\0\xA4\x09\x0C\x02\x3F\0", "\0\xB0\0\0\x10", "\0\x84\0\0\x08", "\0\xFF\0\0"};
    static const word command_sizes[] = {7, 5, 5, 4};
    static const word sizes[] = {0, 1, 16, 20, 32, 35, 51, 64, 65, 245, 246, 255, 256, 257, 1000, 4096, AREA - CANARY};
    void *made;

    if (strcmp(function, "C_TransmitMessage") == 0) {
        word which = below(4);

        *length = command_sizes[which];
        made = piece_with(commands[which], *length);
    } else {
        *length = ONE_OF(sizes);
        made = piece(*length);
    }
    if (one_in(12))
        *length = ONE_OF(absurd);
    return one_in(15) ? 0 : (word)made;
}

static word make_code(word user, word *length)
{
    const char *code = user == CKU_SO ? puk : pin;

    *length = strlen(code);
    word made = (word)piece_with(code, *length);
    if (one_in(8))
        return 0;
    if (one_in(8))
        *length = one_in(2) ? 65 + below(100000) : ONE_OF(absurd);
    return made;
}

static word make_output(size_t width)
{
    static const word rooms[] = {0, 1, 2, 19, 20, 32, 64, 255, 256, 256, 256, 257, 300, 900};

    output.room = width == 1 ? ONE_OF(rooms) : below(64);
    output.has_buffer = !one_in(5);
    return output.has_buffer ? (word)piece(output.room * width) : 0;
}

static word make_room(void)
{
    if (one_in(20))
        return 0;
    word made = word_piece(output.room);
    output.told = (const word *)made;
    return made;
}

static word make_array(const char *function, word *count)
{
    int handles = strcmp(function, "C_FindObjects") == 0;

    *count = below(40);
    word made = one_in(15) ? 0 : (word)piece(handles ? 64 * sizeof(word) : *count);
    if (one_in(10))
        *count = ONE_OF(absurd);
    return made;
}

static word make_initialization(void)
{
    CK_C_INITIALIZE_ARGS made = {0};

    if (one_in(2))
        return 0;
    made.flags = below(4);
    made.pReserved = one_in(2) ? NULL : (void *)"winlogonDecrypt";
    return (word)piece_with(&made, sizeof made);
}

static size_t size_of(const char *type)
{
    static const struct { const char *name; size_t size; } sizes[] = {
        {"CK_INFO_PTR", sizeof(CK_INFO)}, {"CK_SLOT_INFO_PTR", sizeof(CK_SLOT_INFO)},
        {"CK_TOKEN_INFO_PTR", sizeof(CK_TOKEN_INFO)}, {"CK_SESSION_INFO_PTR", sizeof(CK_SESSION_INFO)},
        {"CK_MECHANISM_INFO_PTR", sizeof(CK_MECHANISM_INFO)}, {"CK_VERSION_PTR", sizeof(CK_VERSION)},
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(type, sizes[i].name) == 0)
            return sizes[i].size;
    return sizeof(word);
}

static word make(const struct function *function, int at, word *arguments, word *length)
{
    const char *kind = function->kinds[at], *name = function->name;

    if (strcmp(kind, "session") == 0)
        return make_session();
    if (strcmp(kind, "slot") == 0)
        return one_in(8) ? wild() : below(2);
    if (strcmp(kind, "object") == 0)
        return one_in(12) ? wild() : below(24);
    if (strcmp(kind, "user") == 0)
        return one_in(12) ? wild() : below(3);
    if (strcmp(kind, "flags") == 0)
        return strcmp(name, "C_WaitForSlotEvent") == 0 ? CKF_DONT_BLOCK : one_in(8) ? wild() : 4 + 2 * below(2);
    if (strcmp(kind, "mechanism") == 0)
        return make_mechanism();
    if (strcmp(kind, "template") == 0)
        return make_template(name, length);
    if (strcmp(kind, "input") == 0)
        return make_input(name, length);
    if (strcmp(kind, "code") == 0)
        return make_code(strncmp(name, "C_Login", 7) == 0 ? arguments[at - 1] : CKU_USER, length);
    if (strcmp(kind, "array") == 0)
        return make_array(name, length);
    if (strcmp(kind, "length") == 0)
        return *length;
    if (strcmp(kind, "output") == 0)
        return make_output(1);
    if (strcmp(kind, "outputs") == 0)
        return make_output(strcmp(name, "C_GetInterfaceList") == 0 ? sizeof(CK_INTERFACE) : sizeof(word));
    if (strcmp(kind, "room") == 0)
        return make_room();
    if (strcmp(kind, "initialization") == 0)
        return make_initialization();
    if (strcmp(kind, "name") == 0)
        return one_in(2) ? 0 : (word)piece_with("PKCS 11", 8);
    if (strcmp(kind, "null") == 0)
        return one_in(8) ? (word)piece(64) : 0;
    if (strcmp(kind, "number") == 0)
        return one_in(4) ? wild() : below(3);
    return one_in(15) ? 0 : (word)piece(size_of(kind));
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
    for (int i = 0; i < piece_count; i++)
        for (int at = 1; at <= CANARY; at++)
            if (pieces[i].start[-at] != 0xC5)
                finish("BYTES BEFORE THE BUFFER");
    if (rv == CKR_OK && output.told && output.has_buffer && *output.told > output.room)
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

    piece_count = 0;
    memset(&output, 0, sizeof output);
    for (int i = 0; i < function->count; i++)
        arguments[i] = make(function, i, arguments, &length);
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
        if (calls % CALLS_OF_A_SITTING == 0)
            prepare(list);
        last = call(last);
    }
    printf("seed %lu calls %lu ok %lu\n", seed, calls, succeeded);
    return 0;
}
