/*
 * The only line that the shim writes into the trace: why the Python side does not start.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "shim.h"

#define DEFAULT_FOLDER "/var/opt/santesocial/CPS/log"

static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
    "Dec" };

/* The variable is a truth value or the folder. cryptolib/config.py reads it too: change both. */
static const char *folder(void)
{
    static const char *const yes[] = { "1", "true", "yes", "on" };
    const char *value = cps_privileged() ? NULL : getenv("CPS3_PKCS11_TRACES");

    if (value && value[0] == '/')
        return value;
    for (size_t i = 0; value && i < sizeof yes / sizeof *yes; i++)
        if (strcasecmp(value, yes[i]) == 0)
            return DEFAULT_FOLDER;
    return NULL;
}

void cps_trace(const char *text)
{
    const char *where = folder();
    static char path[PATH_MAX];     /* under the lock */
    struct timeval now;
    struct tm date;
    int file;

    if (!where
        || snprintf(path, sizeof path, "%s/cps3p11_%lx_%lx.log", where, (unsigned long)getpid(),
               (unsigned long)pthread_self())
            >= (int)sizeof path)
        return;
    file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &date);
    cps_print(file, "%s %s %02d %02d:%02d:%02d.%03d : %s\n", days[date.tm_wday], months[date.tm_mon], date.tm_mday,
        date.tm_hour, date.tm_min, date.tm_sec, (int)(now.tv_usec / 1000), text);
    close(file);
}
