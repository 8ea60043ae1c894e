/* An application that forks while pcscd is slow to tell another thread the states of the readers.
 *
 *   fork_beside_a_look MODULE
 *
 * prints "child" and what the child of the fork got from C_Initialize and C_GetSlotList, in decimal; "child hung" after
 * CHILD_SECONDS. `read` is what libpcsclite receives pcscd's answers with: the first one of the other thread comes late.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkcs11.h"

/* Longer than a look-up of libpcsclite takes, shorter than a fork waits: see cryptolib/pcsc/gate.py. */
#define LATE_US 600000
#define BEFORE_FORK_US 200000
#define CHILD_SECONDS 20
#define LOOKS 1000
#define PAUSE_US 2000

static CK_FUNCTION_LIST *module;
static _Thread_local int of_the_other_thread;
static atomic_int late;

ssize_t read(int file, void *buffer, size_t size)
{
    struct stat kind;

    if (of_the_other_thread && fstat(file, &kind) == 0 && S_ISSOCK(kind.st_mode) && !atomic_exchange(&late, 1))
        usleep(LATE_US);
    return syscall(SYS_read, file, buffer, size);
}

static void *look(void *unused)
{
    CK_ULONG number;

    of_the_other_thread = 1;
    for (int looks = 0; looks < LOOKS && !late; looks++) {
        module->C_GetSlotList(CK_TRUE, NULL, &number);
        usleep(PAUSE_US);
    }
    return unused;
}

static void be_a_child(void)
{
    CK_ULONG number = 0;
    CK_RV initialized = module->C_Initialize(NULL), listed = module->C_GetSlotList(CK_TRUE, NULL, &number);

    printf("child %lu %lu\n", initialized, listed);
    fflush(stdout);
    _exit(0);
}

static void wait_for(pid_t child)
{
    for (int tries = 0; tries < CHILD_SECONDS * 100; tries++) {
        if (waitpid(child, NULL, WNOHANG) != 0)
            return;
        usleep(10000);
    }
    puts("child hung");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    CK_C_GetFunctionList get = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : NULL;
    CK_ULONG number;
    pthread_t other;

    if (!get || get(&module) != CKR_OK || module->C_Initialize(NULL) != CKR_OK)
        return 2;
    module->C_GetSlotList(CK_TRUE, NULL, &number);
    if (pthread_create(&other, NULL, look, NULL) != 0)
        return 2;
    for (int tries = 0; tries < LOOKS && !late; tries++)
        usleep(PAUSE_US);
    usleep(BEFORE_FORK_US);
    pid_t child = fork();
    if (child == 0)
        be_a_child();
    wait_for(child);
    pthread_join(other, NULL);
    printf("late %d\n", late);
    return module->C_Finalize(NULL) != CKR_OK;
}
