/*
 * Tells whether the host has more rights than its caller; writes without a signal to the host.
 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

int cps_privileged(void)
{
    uid_t real_user, user, saved_user;
    gid_t real_group, group, saved_group;

    /* AT_SECURE is fixed at exec; the rest detects a host that drops its rights for a while. */
    if (getauxval(AT_SECURE) != 0)
        return 1;
    getresuid(&real_user, &user, &saved_user);
    getresgid(&real_group, &group, &saved_group);
    return user != real_user || user != saved_user || group != real_group || group != saved_group;
}

/* The kernel sends SIGXFSZ to the writing thread: blocking it there changes nothing for other threads. */
struct held {
    sigset_t too_large, before, waiting;
};

static void hold(struct held *held)
{
    sigemptyset(&held->too_large);
    sigaddset(&held->too_large, SIGXFSZ);
    sigpending(&held->waiting);
    pthread_sigmask(SIG_BLOCK, &held->too_large, &held->before);
}

static void let_go(const struct held *held)
{
    static const struct timespec now;
    int error = errno;

    /* A SIGXFSZ that was pending before belongs to the host. */
    if (!sigismember(&held->waiting, SIGXFSZ))
        while (sigtimedwait(&held->too_large, NULL, &now) < 0 && errno == EINTR)
            continue;
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
    errno = error;
}

ssize_t cps_write(int file, const void *data, size_t length)
{
    struct held held;
    ssize_t written;

    hold(&held);
    do
        written = write(file, data, length);
    while (written < 0 && errno == EINTR);
    let_go(&held);
    return written;
}

void cps_print(int file, const char *format, ...)
{
    struct held held;
    va_list arguments;

    hold(&held);
    va_start(arguments, format);
    vdprintf(file, format, arguments);
    va_end(arguments);
    let_go(&held);
}
