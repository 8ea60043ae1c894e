/* Children of fork() that use the module for themselves; see host.h.
 *
 * MORE says when an application forks: cold (within 30 ms of its C_Initialize, other threads in their first calls), rest
 * (nothing under way) or churn (threads that call once and end). The application is a process of its own each time, so
 * that its first calls are first ones. A child has a limit; one that passes it is a hang.
 */
#define _GNU_SOURCE
#include "host.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHURNING 6
#define FIRST_CALLERS 3
#define CHILDREN_OF_ONE 10
#define CHILD_SECONDS 15

enum { FINE, CHILD_FAILED, CHILD_HUNG, CHILD_CRASHED, ENDINGS };
static const char *const endings[] = {"children_fine", "children_failed", "children_hung", "children_crashed"};

static atomic_int stop;
static CK_SLOT_ID slot;

static CK_RV use(void)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_RV answer = CALL(C_Initialize, NULL);

    if (answer == CKR_OK)
        answer = first_token(&slot);
    if (answer == CKR_OK)
        answer = open_session(slot, &session);
    if (answer == CKR_OK)
        answer = log_in(session);
    if (answer == CKR_OK)
        answer = find_key(session, &key);
    if (answer == CKR_OK)
        answer = sign(session, key);
    if (CALL(C_Finalize, NULL) != CKR_OK || wrong_signatures > 0)
        return CKR_GENERAL_ERROR;
    return answer;
}

static void *first_calls(void *unused)
{
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_SLOT_ID own;

    if (first_token(&own) == CKR_OK && open_session(own, &session) == CKR_OK)
        find_key(session, &key);
    return unused;
}

static void *call_once(void *unused)
{
    CK_SLOT_INFO info;

    CALL(C_GetSlotInfo, slot, &info);
    return unused;
}

static void *churn(void *unused)
{
    pthread_t thread;

    while (!stop && pthread_create(&thread, NULL, call_once, NULL) == 0)
        pthread_join(thread, NULL);
    return unused;
}

static void show(pid_t child)
{
    char command[200];

    snprintf(command, sizeof command, "timeout 60 gdb -q -batch -p %d -ex 'thread apply all bt 24' >hang.%d.txt 2>&1", child, child);
    printf("hang child %d\n", CHILD_SECONDS);
    if (system("command -v gdb >/dev/null") == 0 && system(command) == 0)
        printf("backtraces hang.%d.txt\n", child);
}

static int ending_of(pid_t child)
{
    double until = now() + CHILD_SECONDS;
    int status;

    while (waitpid(child, &status, WNOHANG) == 0) {
        if (now() > until) {
            show(child);
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return CHILD_HUNG;
        }
        usleep(2000);
    }
    if (WIFSIGNALED(status))
        return CHILD_CRASHED;
    return WEXITSTATUS(status) == 0 ? FINE : CHILD_FAILED;
}

static void fork_once(int results)
{
    pid_t child = fork();

    if (child == 0) {
        is_a_child();
        CK_RV answer = use();
        if (answer != CKR_OK)
            fprintf(stderr, "a child: %#lx\n", answer);
        _exit(answer != CKR_OK);
    }
    unsigned char ending = (unsigned char)ending_of(child);
    if (write(results, &ending, 1) != 1)
        _exit(2);
}

/* One application, in the process that it has for itself. */
static void be_an_application(const char *when, int results)
{
    pthread_t threads[CHURNING];
    int number = 0, children = 1;

    load();
    CALL(C_Initialize, NULL);
    if (strcmp(when, "cold") == 0) {
        for (; number < FIRST_CALLERS; number++)
            pthread_create(&threads[number], NULL, first_calls, NULL);
        pause_us(chance(30000));
    } else {
        first_calls(NULL);
        for (children = CHILDREN_OF_ONE; strcmp(when, "churn") == 0 && number < CHURNING; number++)
            pthread_create(&threads[number], NULL, churn, NULL);
    }
    for (; children > 0; children--)
        fork_once(results);
    stop = 1;
    for (int i = 0; i < number; i++)
        pthread_join(threads[i], NULL);
    CALL(C_Finalize, NULL);
}

int main(int argc, char **argv)
{
    long counted[ENDINGS] = {0};
    long applications = 0, not_fine = 0;
    double until;

    start(argc, argv);
    until = now() + run_seconds;
    while (applications == 0 || now() < until) {
        int ends[2];
        unsigned char ending;
        long draws = applications % 97;
        if (pipe(ends) != 0)
            return 2;
        pid_t application = fork();
        if (application == 0) {
            close(ends[0]);
            while (draws-- > 0)
                chance(2);  /* no two applications draw the same */
            be_an_application(more, ends[1]);
            _exit(0);
        }
        close(ends[1]);
        while (read(ends[0], &ending, 1) == 1)
            counted[ending]++;
        close(ends[0]);
        not_fine += ending_of(application) != FINE;
        applications++;
    }
    for (int i = 0; i < ENDINGS; i++)
        value(endings[i], counted[i]);
    value("applications", applications);
    value("applications_not_fine", not_fine);
    return 0;
}
