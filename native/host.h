/*
 * What the module has to know of its host and must not disturb: used by the shim and by the core.
 */
#ifndef CPS_HOST_H
#define CPS_HOST_H

#include <stddef.h>
#include <sys/types.h>

/* Whether this process has other rights than who started it, so that its variables are not to be believed. */
int cps_privileged(void);

/* write(2) without SIGXFSZ and SIGPIPE, which would end the host: it fails with EFBIG or EPIPE instead. */
ssize_t cps_write(int file, const void *data, size_t length);
/* Writes a line, unless the write would block. */
void cps_print(int file, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
