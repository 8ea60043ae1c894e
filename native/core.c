/*
 * The core: cffi's callbacks as a table for the shim, and their connection to cryptolib.abi.entry.
 *
 * An ordinary cffi extension module that the shim starts. cffi's embedding mode is not used: it spins for ever in a host
 * interpreter that has looked up an attribute of a capsule, and cannot be started again after a failure.
 */
#include "host.h"
#include "interpreter.h"
#include "service.h"
#include "generated/callbacks.h"

static int cps_interrupted;

PyMODINIT_FUNC PyInit__cps_core(void);

/* Our directory comes last, so that a Python host keeps its own modules. */
static int append_to_path(const char *directory)
{
    PyObject *path = PySys_GetObject("path");
    PyObject *entry = PyUnicode_DecodeFSDefault(directory);
    int present = path && entry ? PySequence_Contains(path, entry) : -1;
    int failed = present < 0 || (present == 0 && PyList_Append(path, entry) < 0);

    Py_XDECREF(entry);
    return failed;
}

/* Calls cryptolib.abi.entry.install(ffi, lib, load_bundled) with the ffi and lib of this extension. */
static int install(const struct cps_place *place)
{
    PyObject *bundled = cps_bundle(place);
    PyObject *entry = bundled ? PyImport_ImportModule("cryptolib.abi.entry") : NULL;
    PyObject *core = entry ? PyInit__cps_core() : NULL;
    PyObject *ffi = core ? PyObject_GetAttrString(core, "ffi") : NULL;
    PyObject *lib = ffi ? PyObject_GetAttrString(core, "lib") : NULL;
    PyObject *result = lib ? PyObject_CallMethod(entry, "install", "OOO", ffi, lib, bundled) : NULL;
    int failed = result == NULL;

    Py_XDECREF(result);
    Py_XDECREF(lib);
    Py_XDECREF(ffi);
    Py_XDECREF(core);
    Py_XDECREF(entry);
    Py_XDECREF(bundled);
    return failed;
}

/* The pending exception as one line. */
static void explain(char *why, size_t size)
{
    PyObject *type, *value, *traceback, *text;
    const char *utf8;

    PyErr_Fetch(&type, &value, &traceback);
    if (type && PyErr_GivenExceptionMatches(type, PyExc_KeyboardInterrupt))
        cps_interrupted = 1;
    text = value ? PyObject_Str(value) : NULL;
    utf8 = text ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
    snprintf(why, size, "the Python side does not start: %s: %s", type ? ((PyTypeObject *)type)->tp_name : "?",
        utf8 ? utf8 : "?");
    Py_XDECREF(text);
    Py_XDECREF(traceback);
    Py_XDECREF(value);
    Py_XDECREF(type);
    PyErr_Clear();
}

static int start_python(const struct cps_place *place, char *why, size_t size)
{
    PyGILState_STATE gil;
    int failed;

    if (cps_interpreter_ensure(place, why, size) != 0)
        return -1;
    if (cps_threads_prepare() != 0 || cps_thread_make_known() != 0) {
        snprintf(why, size, CPS_NO_MEMORY);
        return -1;
    }
    gil = PyGILState_Ensure();
    failed = append_to_path(place->site) || install(place);
    if (failed)
        explain(why, size);
    else if (cps_interpreter_is_ours())
        cps_grow_interned();
    PyGILState_Release(gil);
    return failed ? -1 : 0;
}

/* Python's GIL functions only support the main interpreter. */
static int start_beside_host(const struct cps_place *place, char *why, size_t size)
{
    void *outer;
    int failed = -1;

    if (!cps_thread_is_of_main_interpreter()) {
        snprintf(why, size, "called in a thread of a sub-interpreter: only the main interpreter of Python is served");
        return -1;
    }
    outer = cps_thread_give_up_foreign_gil();
    failed = start_python(place, why, size);
    cps_thread_restore(outer);
    return failed;
}

static int start(const struct cps_place *place, char *why, size_t size)
{
    static int started;
    int failed;

    if (started) {
        snprintf(why, size, "another copy of this module runs in the process");
        return -1;
    }
    if (Py_IsInitialized() && !cps_interpreter_is_ours()) {
        failed = start_beside_host(place, why, size);
        started = !failed;
        return failed;
    }
    if (cps_reserve_open() != 0) {
        snprintf(why, size, CPS_NO_MEMORY);
        return -1;
    }
    cps_bundle_encodings();
    failed = start_python(place, why, size);
    cps_reserve_close();
    started = !failed;
    return failed;
}

__attribute__((visibility("default"))) const struct cps_core cps_core = {
    .start = start,
    .alive = Py_IsInitialized,
    .inside = cps_thread_is_inside,
    .enter = cps_thread_enter,
    .restore = cps_thread_restore,
    .before_fork = cps_python_before_fork,
    .after_fork_in_parent = cps_python_after_fork_in_parent,
    .after_fork_in_child = cps_python_after_fork_in_child,
    .interrupted = &cps_interrupted,
    .interrupt = cps_interpreter_interrupt,
    .calls = { CPS_CALLBACKS },
};
