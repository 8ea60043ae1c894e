/*
 * The border between the two shared objects: libcryptolib_cps.so knows libc only; _cps_core knows Python.
 */
#ifndef CPS_CORE_H
#define CPS_CORE_H

#include <stddef.h>

#include "pkcs11/cps.h"

/* Where an interpreter of our own finds its standard library, and any interpreter finds our package. */
struct cps_place {
    const char *prefix;     /* of the Python installation */
    const char *library;    /* name of its library directory: lib, or lib64 */
    const char *site;       /* the directory that holds the package cryptolib and what it imports */
};

struct cps_calls {
#include "generated/calls.h"
};

enum cps_inside { CPS_OUTSIDE, CPS_INSIDE, CPS_INSIDE_TO_BE_ENDED };

/* One call of a thread, from `enter` to its end. */
struct cps_visit {
    int *inside;            /* an enum cps_inside, cleared when the thread leaves; may be NULL */
    void *outer;            /* the state of a sub-interpreter whose GIL the thread gave up, NULL for none */
};

struct cps_core {
    /* Starts an interpreter unless one runs, and connects the Python side. 0, or -1 and the reason in `why`. */
    int (*start)(const struct cps_place *place, char *why, size_t size);
    /* False once the host has finalised its interpreter. */
    int (*alive)(void);
    /* Whether this thread is inside a call: then a signal handler of the host has come back, to end or to begin it all. */
    int (*inside)(void);
    /* Called by each thread before each of `calls`. Not CKR_OK if the call is impossible. */
    CK_RV (*enter)(struct cps_visit *visit);
    /* Gives `outer` back. */
    void (*restore)(void *outer);
    /* 0, or -1 when there is no memory: then neither of the other two is called, and the child cannot use Python. */
    int (*before_fork)(void);
    void (*after_fork_in_parent)(void);
    void (*after_fork_in_child)(void);
    /* Set by Python when a Ctrl-C meant for the host was raised inside our code; `interrupt` gives it back. */
    int *interrupted;
    void (*interrupt)(void);
    struct cps_calls calls;
};

/* The one symbol that _cps_core exports for the shim. */
#define CPS_CORE_SYMBOL "cps_core"

#endif
