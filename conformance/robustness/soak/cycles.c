/* What one cycle leaves behind: signatures, logins, or whole lifetimes of the module, many times; see host.h.
 *
 * MORE is KIND:NUMBER, KIND being sign, login or initialize; fewer cycles when the time is over before. What the first cycles
 * leave is not counted: the heap grows once, more with Python 3.13 than with 3.11, in about a hundred of them.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static CK_RV begin(void)
{
    CK_RV answer = CALL(C_Initialize, NULL);

    if (answer == CKR_OK)
        answer = first_token(&slot);
    if (answer == CKR_OK)
        answer = open_session(slot, &session);
    return answer;
}

static CK_RV cycle(const char *kind)
{
    CK_RV answer;

    if (strcmp(kind, "sign") == 0)
        return sign(session, key);
    if (strcmp(kind, "login") == 0) {
        answer = log_in(session);
        return answer == CKR_OK ? CALL(C_Logout, session) : answer;
    }
    CALL(C_Finalize, NULL);
    return begin();
}

/* The module keeps a socket on which it asks whether pcscd answers, from the first time that its last exchange with pcscd is
 * no longer fresh. After a pause it is there.
 */
static long settled_descriptors(void)
{
    CK_SLOT_INFO info;

    pause_us(10000);
    CALL(C_GetSlotInfo, slot, &info);
    return descriptors();
}

int main(int argc, char **argv)
{
    char kind[16] = "";
    long cycles = 0, wanted = 0, warm, memory = 0, before = 0;
    double half, until;
    CK_RV answer;

    start(argc, argv);
    sscanf(more, "%15[a-z]:%ld", kind, &wanted);
    load();
    watch();
    answer = begin();
    if (answer == CKR_OK && strcmp(kind, "sign") == 0)
        answer = log_in(session) || find_key(session, &key);
    warm = wanted / 2 < 200 ? wanted / 2 : 200;
    half = now() + run_seconds / 2;
    until = now() + run_seconds;
    for (long i = 0; answer == CKR_OK && cycles < wanted && now() < until; i++) {
        if (memory == 0 && (i >= warm || now() > half)) {
            before = settled_descriptors();
            memory = resident_bytes();
            checkpoint("before");
        }
        answer = cycle(kind);
        cycles += memory != 0;
    }
    if (memory == 0)
        checkpoint("before");
    value("descriptors_before", before);
    value("descriptors_after", settled_descriptors());
    value("bytes_per_cycle", cycles > 0 ? (resident_bytes() - memory) / cycles : -1);
    value("cycles", cycles);
    checkpoint("after");
    report();
    return answer != CKR_OK;
}
