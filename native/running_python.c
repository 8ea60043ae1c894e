/*
 * Finds a Python interpreter of any version in this process, without linking to it.
 *
 * A bundle looks only for its own, which is there if the host is the python of the bundle. It shares nothing with another
 * one, so it may wait for our lock while the caller has that one's GIL.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "shim.h"

/* libpython3.11.so.1.0, for instance; not libpython3.so, which only forwards to it. */
static int is_libpython(struct dl_phdr_info *info, size_t size, void *found)
{
    static const char start[] = "libpython";
    const size_t length = sizeof start - 1;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash ? slash + 1 : info->dlpi_name;

    (void)size;
    if (strncmp(name, start, length) != 0 || !isdigit((unsigned char)name[length]) || name[length + 1] != '.'
        || !isdigit((unsigned char)name[length + 2]))
        return 0;
    *(const char **)found = info->dlpi_name;
    return 1;
}

static void *find(void *python, const char *name)
{
    char symbol[64];

    snprintf(symbol, sizeof symbol, "%s%s", cps_is_bundled() ? CPS_BUNDLED_SYMBOL : "", name);
    return dlsym(python, symbol);
}

void *cps_running_python(void)
{
    void *everyone = dlopen(NULL, RTLD_NOW);
    const char *path = NULL;

    if (find(everyone, "Py_GetVersion"))
        return everyone;
    if (cps_is_bundled())
        return NULL;
    /* A host may have loaded its libpython RTLD_LOCAL: only the list of loaded objects shows it. */
    return dl_iterate_phdr(is_libpython, &path) ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : NULL;
}

int cps_holds_gil(void)
{
    void *python = cps_running_python();
    int (*is_initialized)(void);
    void *(*this_thread_state)(void), *(*current_state)(void);

    if (!python)
        return 0;
    is_initialized = (int (*)(void))find(python, "Py_IsInitialized");
    this_thread_state = (void *(*)(void))find(python, "PyGILState_GetThisThreadState");
    current_state = (void *(*)(void))find(python, "PyThreadState_GetUnchecked");
    if (!current_state)     /* before 3.13 */
        current_state = (void *(*)(void))find(python, "_PyThreadState_UncheckedGet");
    /* Not PyGILState_Check: it is true too early, before the interpreter is initialised, and always after a sub-interpreter. */
    return is_initialized && this_thread_state && current_state && is_initialized() && this_thread_state()
        && this_thread_state() == current_state();
}

void *cps_drop_gil(void)
{
    void *(*save)(void);

    if (!cps_holds_gil())
        return NULL;
    save = (void *(*)(void))find(cps_running_python(), "PyEval_SaveThread");
    return save ? save() : NULL;
}

void cps_take_gil(void *gil)
{
    void (*restore)(void *);

    if (!gil)
        return;
    restore = (void (*)(void *))find(cps_running_python(), "PyEval_RestoreThread");
    restore(gil);
}
