/*
 * Python's part of fork(). In a Python host os.fork does it, in another host these handlers.
 */
#include "interpreter.h"

static PyGILState_STATE gil_of_fork;    /* protected by the GIL itself */

/* Python's own handlers may release the GIL and wait for a lock that must be free in the child. */
int cps_python_before_fork(void)
{
    if (cps_interpreter_is_ours() && cps_thread_make_known() != 0)
        return -1;
    if (cps_interpreter_is_ours()) {
        gil_of_fork = PyGILState_Ensure();
        PyOS_BeforeFork();
    }
    cps_threads_before_fork();
    return 0;
}

void cps_python_after_fork_in_parent(void)
{
    cps_threads_after_fork_in_parent();
    if (!cps_interpreter_is_ours())
        return;
    PyOS_AfterFork_Parent();
    PyGILState_Release(gil_of_fork);
}

void cps_python_after_fork_in_child(void)
{
    cps_threads_after_fork_in_child();
    if (!cps_interpreter_is_ours())
        return;
    PyOS_AfterFork_Child();
    PyGILState_Release(gil_of_fork);
}
