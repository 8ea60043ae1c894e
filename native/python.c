/*
 * bin/python of a bundle: the interpreter of its libpython as a program, as isolated from its surroundings as the one
 * that the module starts in an application. It runs what is installed in the bundle, and nothing else.
 */
#include "interpreter.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PyStatus configure_and_start(PyConfig *config, const struct cps_place *place, int argc, char **argv)
{
    PyPreConfig before;

    /* These reach sys.executable even through an isolated configuration. */
    unsetenv("PYTHONEXECUTABLE");
    unsetenv("__PYVENV_LAUNCHER__");
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    CPS_TRY(Py_PreInitialize(&before));

    config->site_import = 0;
    config->write_bytecode = 0;
    config->install_signal_handlers = 1;
    config->parse_argv = 1;
    CPS_TRY(PyConfig_SetBytesArgv(config, argc, argv));
    CPS_TRY(cps_interpreter_set_paths(config, place));
    return Py_InitializeFromConfig(config);
}

int main(int argc, char **argv)
{
    static char prefix[PATH_MAX], site[2 * PATH_MAX];
    struct cps_place place = { prefix, "lib", site };
    PyConfig config;
    PyStatus status;

    if (!realpath("/proc/self/exe", prefix))
        return EXIT_FAILURE;
    *strrchr(prefix, '/') = '\0';
    *strrchr(prefix, '/') = '\0';
    snprintf(site, sizeof site, "%s/lib/python" CPS_PYTHON_MINOR "/site-packages", prefix);
    PyConfig_InitIsolatedConfig(&config);
    status = configure_and_start(&config, &place, argc, argv);
    PyConfig_Clear(&config);
    if (PyStatus_IsExit(status))
        return status.exitcode;
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
    return Py_RunMain();
}
