/*
 * The core's own interpreter, isolated from the host: no PYTHON* variable, no current directory, no user site, no
 * signal handler, no change of locale. It is never finalised.
 */
#include "interpreter.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

static int owned;       /* true for our own interpreter, false for the host's */

/* Formats one path, decodes it, and passes it to `use`. */
static PyStatus with_path(
    PyStatus (*use)(PyConfig *, void *, const wchar_t *), PyConfig *config, void *target, const char *format, ...)
{
    static char path[PATH_MAX];     /* static: the stack of the thread may be small */
    wchar_t *decoded;
    PyStatus status;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof path)
        return PyStatus_Error("its path is too long");
    decoded = Py_DecodeLocale(path, NULL);
    if (!decoded)
        return PyStatus_NoMemory();
    status = use(config, target, decoded);
    PyMem_RawFree(decoded);
    return status;
}

static PyStatus set_path(PyConfig *config, void *field, const wchar_t *value)
{
    return PyConfig_SetString(config, field, value);
}

static PyStatus append_path(PyConfig *config, void *list, const wchar_t *value)
{
    (void)config;
    return PyWideStringList_Append(list, value);
}

PyStatus cps_interpreter_set_paths(PyConfig *config, const struct cps_place *place)
{
    wchar_t **const prefixes[] = { &config->home, &config->prefix, &config->base_prefix, &config->exec_prefix,
        &config->base_exec_prefix };
    size_t i;

    for (i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        CPS_TRY(with_path(set_path, config, prefixes[i], "%s", place->prefix));
    CPS_TRY(with_path(set_path, config, &config->executable, "%s/bin/python" CPS_PYTHON_MINOR, place->prefix));
    CPS_TRY(with_path(set_path, config, &config->base_executable, "%s/bin/python" CPS_PYTHON_MINOR, place->prefix));
    CPS_TRY(with_path(append_path, config, &config->module_search_paths, "%s/%s/python" CPS_PYTHON_MINOR, place->prefix,
        place->library));
    CPS_TRY(with_path(append_path, config, &config->module_search_paths, "%s/%s/python" CPS_PYTHON_MINOR "/lib-dynload",
        place->prefix, place->library));
    CPS_TRY(with_path(append_path, config, &config->module_search_paths, "%s", place->site));
    config->module_search_paths_set = 1;
    return PyStatus_Ok();
}

static PyStatus configure_and_start(PyConfig *config, const struct cps_place *place)
{
    PyPreConfig before;

    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;               /* UTF-8 paths without setlocale() */
    before.configure_locale = 0;
    before.coerce_c_locale = 0;
    CPS_TRY(Py_PreInitialize(&before));

    config->site_import = 0;
    config->install_signal_handlers = 0;
    config->configure_c_stdio = 0;
    config->write_bytecode = 0;
    config->parse_argv = 0;
    CPS_TRY(cps_interpreter_set_paths(config, place));
    return Py_InitializeFromConfig(config);
}

/* Even an isolated configuration takes sys.executable from PYTHONEXECUTABLE. */
static int restore_executable(const struct cps_place *place)
{
    PyObject *executable = PyUnicode_FromFormat("%s/bin/python" CPS_PYTHON_MINOR, place->prefix);
    int failed = !executable || PySys_SetObject("executable", executable) < 0;

    Py_XDECREF(executable);
    PyErr_Clear();
    return failed;
}

static PyThreadState *current_state(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/*
 * Python continues an interrupted start where it failed. Two left-overs would make it fail again: the pending exception, and,
 * before 3.13, a list of codecs without the package `encodings`. From 3.13 on the start itself makes that list.
 */
static void prepare_another_start(void)
{
    if (!current_state())
        return;
    PyErr_Clear();
#if PY_VERSION_HEX < 0x030D0000
    Py_XDECREF(PyImport_ImportModule("encodings"));
    PyErr_Clear();
#endif
}

/* A start that failed very early, Python 3.13 does not repeat in the same process: it says so each time. */
static void explain(PyStatus status, char *why, size_t size)
{
    static int before;

    snprintf(why, size, "Python does not start: %s%s", status.err_msg ? status.err_msg : "no reason given",
        before ? " (after an earlier start that failed)" : "");
    before = 1;
}

int cps_interpreter_ensure(const struct cps_place *place, char *why, size_t size)
{
    PyConfig config;
    PyStatus status;

    if (Py_IsInitialized())
        return 0;
    prepare_another_start();
    PyConfig_InitIsolatedConfig(&config);
    if (cps_streams_put_aside() != 0) {
        PyConfig_Clear(&config);
        snprintf(why, size, CPS_NO_MEMORY);
        return -1;
    }
    status = configure_and_start(&config, place);
    cps_streams_put_back();
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) {
        explain(status, why, size);
        return -1;
    }
    owned = 1;
    if (restore_executable(place)) {
        snprintf(why, size, CPS_NO_MEMORY);
        PyEval_SaveThread();
        return -1;
    }
    PyEval_SaveThread();
    return 0;
}

int cps_interpreter_is_ours(void)
{
    return owned;
}

/* In our own interpreter there is no KeyboardInterrupt: the signal belongs to the host. */
void cps_interpreter_interrupt(void)
{
    if (!owned)
        PyErr_SetInterrupt();
}
