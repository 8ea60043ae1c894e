/*
 * The interpreter that the core runs on: the host's if it has one, else our own.
 */
#ifndef CPS_INTERPRETER_H
#define CPS_INTERPRETER_H

#include <Python.h>

#include "core.h"

/* In a function that gives a PyStatus: a step, and the way out when it fails. */
#define CPS_TRY(call) \
    do { \
        PyStatus tried = (call); \
        if (PyStatus_Exception(tried)) \
            return tried; \
    } while (0)

#define CPS_NO_MEMORY "Python does not start: no memory"

/* All paths of an interpreter; nothing is left for it to search. */
PyStatus cps_interpreter_set_paths(PyConfig *config, const struct cps_place *place);
int cps_interpreter_ensure(const struct cps_place *place, char *why, size_t size);
int cps_interpreter_is_ours(void);
void cps_interpreter_interrupt(void);

/*
 * bundle.c: the modules in the core. Imports those of the entry, and gives the function that imports another part of them;
 * None where they are of another bytecode than the interpreter, NULL and an exception where their import fails.
 */
PyObject *cps_bundle(const struct cps_place *place);
void cps_bundle_encodings(void);            /* before an interpreter of ours starts */

/* streams.c: around the start of an interpreter. 0, or -1 when there is no memory. */
int cps_streams_put_aside(void);
void cps_streams_put_back(void);

/* reserve.c: around the start of an interpreter. 0, or -1 when there is no memory. */
int cps_reserve_open(void);
void cps_reserve_close(void);

/* interned.c: at the end of the start of an interpreter, with the GIL. */
void cps_grow_interned(void);

/* fork.c: see struct cps_core. */
int cps_python_before_fork(void);
void cps_python_after_fork_in_parent(void);
void cps_python_after_fork_in_child(void);

/* threads.c */
int cps_threads_prepare(void);
int cps_thread_make_known(void);            /* to Python. 0, or -1 when there is no memory */
int cps_thread_is_inside(void);             /* this and the next two: see struct cps_core */
CK_RV cps_thread_enter(struct cps_visit *visit);
void cps_thread_restore(void *outer);
int cps_thread_is_of_main_interpreter(void);
void *cps_thread_give_up_foreign_gil(void); /* that of a sub-interpreter; NULL when this thread holds none */
void cps_threads_before_fork(void);
void cps_threads_after_fork_in_parent(void);
void cps_threads_after_fork_in_child(void);

#endif
