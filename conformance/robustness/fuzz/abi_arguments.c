/* The arguments of random calls: what they point to ends where a page begins that nobody may touch. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi_fuzz.h"
#include "cps.h"

enum { AREAS = 24, AREA = 8192, CANARY = 16 };

const char *pin, *puk;
word sessions[SESSIONS], current;
struct output output;
uint64_t state;

/* ---- chance ---- */

static uint64_t any(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

word below(word limit)
{
    return (word)(any() >> 11) % limit;
}

int one_in(word times)
{
    return below(times) == 0;
}

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

void make_areas(void)
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

void begin_arguments(void)
{
    piece_count = 0;
    memset(&output, 0, sizeof output);
}

int wrote_before_a_buffer(void)
{
    for (int i = 0; i < piece_count; i++)
        for (int at = 1; at <= CANARY; at++)
            if (pieces[i].start[-at] != 0xC5)
                return 1;
    return 0;
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

/* ---- arguments ---- */

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
    static const char *const commands[] = {"\0\xA4\x09\x0C\x02\x3F\0", "\0\xB0\0\0\x10", "\0\x84\0\0\x08", "\0\xFF\0\0",
                                           "\xFF\xFF\xFF\xFF"};
    static const word command_sizes[] = {7, 5, 5, 4, 4};
    static const word sizes[] = {0, 1, 16, 20, 32, 35, 51, 64, 65, 245, 246, 255, 256, 257, 1000, 4096, AREA - CANARY};
    void *made;

    if (strcmp(function, "C_TransmitMessage") == 0) {
        word which = below(sizeof command_sizes / sizeof *command_sizes);

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
    output.length = (const word *)made;
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

word make_argument(const struct function *function, int at, word *arguments, word *length)
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
