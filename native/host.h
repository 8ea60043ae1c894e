/*
 * What the module has to know of its host and must not disturb: used by the shim and by the core.
 */
#ifndef CPS_HOST_H
#define CPS_HOST_H

#include <stddef.h>
#include <sys/types.h>

/* Whether this process has other rights than who started it, so that its variables are not to be believed. */
int cps_privileged(void);

/* write(2) that never ends the host: at RLIMIT_FSIZE it fails with EFBIG, and no SIGXFSZ is left behind. */
ssize_t cps_write(int file, const void *data, size_t length);
void cps_print(int file, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
