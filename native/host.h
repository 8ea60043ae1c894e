/*
 * What the module has to know of its host and must not disturb: used by the shim and by the core.
 */
#ifndef CPS_HOST_H
#define CPS_HOST_H

#include <stddef.h>
#include <sys/types.h>

/* Whether this process has other rights than who started it, so that its variables are not to be believed. */
int cps_privileged(void);

/* write(2) that never ends the host: it fails with EFBIG at RLIMIT_FSIZE, with EPIPE where nobody reads; no signal is left. */
ssize_t cps_write(int file, const void *data, size_t length);
/* A line, unless it would have to wait for who reads it. */
void cps_print(int file, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
