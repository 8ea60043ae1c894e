#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

int cps_privileged(void)
{
    uid_t real_user, user, saved_user;
    gid_t real_group, group, saved_group;

    /* What the kernel said at the start holds for good; the rest is for a host that puts its rights off for a while. */
    if (getauxval(AT_SECURE) != 0)
        return 1;
    getresuid(&real_user, &user, &saved_user);
    getresgid(&real_group, &group, &saved_group);
    return user != real_user || user != saved_user || group != real_group || group != saved_group;
}

ssize_t cps_write(int file, const void *data, size_t length)
{
    static const struct timespec now;
    sigset_t too_large, before, pending;
    ssize_t written;
    int error;

    /* The kernel sends SIGXFSZ to the thread that writes: masked here, it changes nothing for the host's others. */
    sigemptyset(&too_large);
    sigaddset(&too_large, SIGXFSZ);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &too_large, &before);
    do
        written = write(file, data, length);
    while (written < 0 && errno == EINTR);
    error = errno;
    /* One that the host kept waiting for itself is left to it. */
    if (written < 0 && error == EFBIG && !sigismember(&pending, SIGXFSZ))
        while (sigtimedwait(&too_large, NULL, &now) < 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return written;
}
