/*
 * Tells whether the host has more rights than its caller; writes without a signal to the host.
 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <poll.h>
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

/*
 * The kernel sends SIGXFSZ, and SIGPIPE if nobody reads, to the writing thread: blocking them there changes nothing for other
 * threads.
 */
struct held {
    sigset_t ours, before;
};

static void hold(struct held *held)
{
    static const int signals[] = { SIGXFSZ, SIGPIPE };
    sigset_t waiting;
    size_t i;

    sigpending(&waiting);
    sigemptyset(&held->ours);
    for (i = 0; i < sizeof signals / sizeof *signals; i++) {
        /* One that the host kept waiting for itself is left to it. */
        if (!sigismember(&waiting, signals[i]))
            sigaddset(&held->ours, signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held->ours, &held->before);
}

static void let_go(const struct held *held)
{
    static const struct timespec now;
    int error = errno;

    while (sigtimedwait(&held->ours, NULL, &now) > 0 || errno == EINTR)
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

/* A full pipe or a stopped terminal would block the call. */
static int takes_a_line(int file)
{
    struct pollfd end = { file, POLLOUT, 0 };

    return poll(&end, 1, 0) > 0 && end.revents & POLLOUT;
}

void cps_print(int file, const char *format, ...)
{
    struct held held;
    va_list arguments;

    if (!takes_a_line(file))
        return;
    hold(&held);
    va_start(arguments, format);
    vdprintf(file, format, arguments);
    va_end(arguments);
    let_go(&held);
}
