/*
 * The standard streams of the host, as Python meets them when it starts: it opens whatever has a number, and fails or crashes
 * where that is nothing to read or to write. What no program can use as a stream is put aside for the time of the start.
 */
#define _GNU_SOURCE
#include "interpreter.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { STREAMS = 3 };

static FILE *aside[STREAMS], *in_its_place[STREAMS];

static FILE **stream(int number)
{
    return number == 0 ? &stdin : number == 1 ? &stdout : &stderr;
}

/* NULL, a directory, or a descriptor without a file. Python ignores a stream without a descriptor. */
static int is_unusable(FILE *file)
{
    struct stat found;
    int descriptor;

    if (!file)
        return 1;
    descriptor = fileno(file);
    if (descriptor < 0 || fcntl(descriptor, F_GETFD) < 0)
        return 0;
    return fstat(descriptor, &found) != 0 || S_ISDIR(found.st_mode);
}

int cps_streams_put_aside(void)
{
    static const cookie_io_functions_t none;
    int number;

    for (number = 0; number < STREAMS; number++) {
        if (!is_unusable(*stream(number)))
            continue;
        in_its_place[number] = fopencookie(NULL, "r", none);
        if (!in_its_place[number]) {
            cps_streams_put_back();
            return -1;
        }
        aside[number] = *stream(number);
        *stream(number) = in_its_place[number];
    }
    return 0;
}

void cps_streams_put_back(void)
{
    int number;

    for (number = 0; number < STREAMS; number++) {
        if (!in_its_place[number])
            continue;
        *stream(number) = aside[number];
        fclose(in_its_place[number]);
        in_its_place[number] = NULL;
    }
}
