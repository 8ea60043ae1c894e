/* One application among many at the card: four threads that open, log in, sign and close until the time is over. */
#include "host.h"
#include <pthread.h>

#define THREADS 4
#define SIGNATURES 10

static double until;

static CK_RV use(void)
{
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_RV answer = first_token(&slot);

    if (answer != CKR_OK || (answer = open_session(slot, &session)) != CKR_OK)
        return answer;
    answer = log_in(session);
    if (answer == CKR_OK)
        answer = find_key(session, &key);
    for (int i = 0; answer == CKR_OK && i < SIGNATURES && now() < until; i++)
        answer = sign(session, key);
    CALL(C_CloseSession, session);
    return answer;
}

static void *work(void *unused)
{
    while (now() < until)
        if (use() != CKR_OK)
            pause_us(1000 + chance(20000));
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];

    start(argc, argv);
    load();
    watch();
    until = now() + run_seconds;
    CALL(C_Initialize, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CALL(C_Finalize, NULL);
    report();
    return 0;
}
