/*
 * Asks pcscd for an answer within a time limit: libpcsclite would wait without one.
 */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The first message of every pcscd client; the answer has the protocol version of the service. */
enum { CMD_VERSION = 0x11, VERSION_MAJOR = 4 };

/* The service reports each question of another version to the journal: after the first answer, ask with its version. */
static int32_t version_minor = 4;

struct version_message {
    uint32_t size, command;
    int32_t major, minor;
    uint32_t rv;
};

/* A host that has closed its standard streams may print all the same: not to pcscd. */
static int above_standard_streams(int file)
{
    int other;

    if (file < 0 || file > STDERR_FILENO)
        return file;
    other = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(file);
    return other;
}

/* A socket, or -1 with errno. EAGAIN: the service does not accept connections any more. */
static int connect_to_service(void)
{
    const char *path = secure_getenv("PCSCLITE_CSOCK_NAME");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int file, reason;

    if (!path)
        path = "/run/pcscd/pcscd.comm";
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    file = above_standard_streams(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address) != 0) {
        reason = errno;
        close(file);
        errno = reason;
        return -1;
    }
    return file;
}

static long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* poll() that signals of the host neither end nor prolong. */
static int wait_for_answer(int file, long milliseconds)
{
    struct pollfd answer = { file, POLLIN, 0 };
    long end = now() + milliseconds;
    int ready;

    do
        ready = poll(&answer, 1, milliseconds > 0 ? (int)milliseconds : 0);
    while (ready < 0 && errno == EINTR && (milliseconds = end - now()) > 0);
    return ready > 0;
}

/* The socket is kept for the next question, because a connection costs pcscd a thread. -1 for none. */
static int service = -1;

void cps_forget_service(void)
{
    if (service >= 0)
        close(service);
    service = -1;
}

/* 1 for an answer, 0 for none in time, -1 if the service closed the connection. */
static int ask_service(int milliseconds)
{
    struct version_message message = { sizeof message - 8, CMD_VERSION, VERSION_MAJOR, version_minor, 0 };
    struct {
        int32_t major, minor;
        uint32_t rv;
    } answer;
    ssize_t length;

    if (send(service, &message, sizeof message, MSG_NOSIGNAL) != sizeof message)
        return -1;
    if (!wait_for_answer(service, milliseconds))
        return 0;
    length = recv(service, &answer, sizeof answer, 0);
    if (length == sizeof answer && answer.major == VERSION_MAJOR)
        version_minor = answer.minor;
    return length > 0 ? 1 : -1;
}

int cps_service_answers(int milliseconds, int keep)
{
    int answer = service < 0 ? -1 : ask_service(milliseconds);

    if (answer < 0) {
        cps_forget_service();
        service = connect_to_service();
        if (service < 0)
            return errno != EAGAIN;
        answer = ask_service(milliseconds);
    }
    /* A late answer must not be taken for the next one. */
    if (answer != 1 || !keep)
        cps_forget_service();
    return answer != 0;
}
