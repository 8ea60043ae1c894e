/* Threads use the module in every way while C_Finalize is called, and C_Initialize again at once; see host.h.
 *
 * Rounds until the time is over. In each, one thread per letter of ROLES calls in a loop: W waits for a card, L lists
 * slots, I and T ask for slot and token information, S logs in and signs, O opens and closes a session, A closes all
 * sessions, N starts threads that call once and end. Whoever started the program moves the card meanwhile.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROLES 64
#define WARM_ROUNDS 5
#define EARLY_US 60000    /* first calls are under way */
#define LATE_US 900000    /* the card is at work */
#define SELDOM 20         /* so late is one round of so many */
#define AT_LEAST_ROUNDS 10

static const char *roles = "WWLITSOAN";
static _Atomic CK_SLOT_ID slot;
static atomic_int stop;

static CK_RV use_key(CK_SESSION_HANDLE *session, CK_OBJECT_HANDLE *key)
{
    CK_RV answer = CKR_OK;

    if (*session == 0) {
        answer = open_session(slot, session);
        if (answer == CKR_OK)
            answer = log_in(*session);
        if (answer == CKR_OK)
            answer = find_key(*session, key);
    }
    if (answer == CKR_OK)
        answer = sign(*session, *key);
    if (answer != CKR_OK && *session != 0) {
        CALL(C_CloseSession, *session);
        *session = 0;
    }
    return answer;
}

static void *call_once(void *unused)
{
    CK_SLOT_INFO info;

    CALL(C_GetSlotInfo, slot, &info);
    return unused;
}

static CK_RV start_a_thread(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, call_once, NULL) == 0)
        pthread_join(thread, NULL);
    return CKR_OK;
}

static CK_RV open_and_close(void)
{
    CK_SESSION_HANDLE session;
    CK_RV answer = open_session(slot, &session);

    if (answer != CKR_OK)
        return answer;
    pause_us(chance(200));
    return CALL(C_CloseSession, session);
}

static CK_RV act(char role, CK_SESSION_HANDLE *session, CK_OBJECT_HANDLE *key)
{
    CK_SLOT_ID slots[16];
    CK_ULONG number = 16;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;

    switch (role) {
    case 'W': return CALL(C_WaitForSlotEvent, 0, slots, NULL);
    case 'L': return CALL(C_GetSlotList, CK_TRUE, slots, &number);
    case 'I': return CALL(C_GetSlotInfo, slot, &slot_info);
    case 'T': return CALL(C_GetTokenInfo, slot, &token_info);
    case 'O': return open_and_close();
    case 'N': return start_a_thread();
    case 'A': pause_us(3000); return CALL(C_CloseAllSessions, slot);
    default: return use_key(session, key);
    }
}

static void *work(void *role)
{
    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_HANDLE key = 0;

    while (!stop) {
        CK_RV answer = act(*(const char *)role, &session, &key);
        if (answer == CKR_CRYPTOKI_NOT_INITIALIZED)
            session = 0;
        if (answer != CKR_OK)
            pause_us(200);
    }
    return NULL;
}

static void *finalize(void *unused)
{
    CALL(C_Finalize, NULL);
    return unused;
}

static void begin(void)
{
    CK_SLOT_ID first;

    CALL(C_Initialize, NULL);
    if (first_token(&first) == CKR_OK)
        slot = first;
}

/* In time: a wait that outlives the last C_Finalize is a hang as well. */
static void join(pthread_t thread)
{
    call_begins("the_end_of_a_thread");
    pthread_join(thread, NULL);
    call_ends("the_end_of_a_thread", CKR_OK);
}

static void play_round(int again)
{
    pthread_t threads[MOST_ROLES], ending;
    size_t number = strlen(roles);

    stop = 0;
    begin();
    for (size_t i = 0; i < number; i++)
        pthread_create(&threads[i], NULL, work, (void *)&roles[i]);
    pause_us(chance(chance(SELDOM) > 0 ? EARLY_US : LATE_US));
    pthread_create(&ending, NULL, finalize, NULL);
    for (int i = 0; again && i < 3; i++) {
        pause_us(chance(2000));
        if (CALL(C_Initialize, NULL) == CKR_OK) {
            pause_us(chance(3000));
            CALL(C_Finalize, NULL);
        }
    }
    pthread_join(ending, NULL);
    stop = 1;
    CALL(C_Finalize, NULL);
    for (size_t i = 0; i < number; i++)
        join(threads[i]);
}

int main(int argc, char **argv)
{
    double until;
    long before = 0;

    start(argc, argv);
    if (*more != '\0')
        roles = more;
    load();
    watch();
    until = now() + run_seconds;
    for (; rounds < AT_LEAST_ROUNDS || now() < until; rounds++) {
        if (rounds == WARM_ROUNDS) {
            before = descriptors();
            checkpoint("before");
        }
        play_round(chance(2) == 0);
    }
    pause_us(500000);
    value("descriptors_before", before);
    value("descriptors_after", descriptors());
    checkpoint("after");
    report();
    return 0;
}
