/*
 * Starts the Python side: chooses a libpython, loads the core and starts it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "shim.h"

enum { REASON = PATH_MAX + 256 };

int cps_refuse(const char *why)
{
    cps_print(STDERR_FILENO, "libcryptolib_cps: %s\n", why);
    cps_trace(why);
    return -1;
}

static int is_our_minor(const char *version)
{
    return strncmp(version, CPS_PYTHON_MINOR ".", sizeof CPS_PYTHON_MINOR) == 0;
}

/*
 * Python's extension modules are not linked to a libpython: they take its symbols from the global scope. So the process can
 * have one libpython only, and it must be in that scope: the host's if there is one, else the one we were built for.
 * Extension modules of a bundle are linked to its private libpython, which stays out of that scope.
 */
static int choose_python(struct cps_installation *installation, char *why, size_t size)
{
    void *python = cps_is_bundled() ? NULL : cps_running_python();
    const char *(*get_version)(void);
    Dl_info file;

    if (!python) {
        if (cps_find_libpython(installation, why, size) != 0)
            return -1;
        if (dlopen(installation->libpython, RTLD_NOW | (cps_is_bundled() ? RTLD_LOCAL : RTLD_GLOBAL)))
            return 0;
        snprintf(why, size, "%s", dlerror());
        return -1;
    }
    get_version = (const char *(*)(void))dlsym(python, "Py_GetVersion");
    if (!get_version || !is_our_minor(get_version())) {
        const char *version = get_version ? get_version() : "of an unknown version";

        snprintf(why, size,
            "the process already runs Python %.*s, this module needs Python " CPS_PYTHON_MINOR ": refused",
            (int)strcspn(version, " "), version);
        return -1;
    }
    if (!dlsym(RTLD_DEFAULT, "Py_GetVersion") && dladdr((const void *)get_version, &file))
        dlopen(file.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    return 0;
}

static const struct cps_core *load_core(const struct cps_installation *installation, char *why, size_t size)
{
    void *core = dlopen(installation->core, RTLD_NOW | RTLD_LOCAL);
    const void *symbol = core ? dlsym(core, CPS_CORE_SYMBOL) : NULL;

    if (!symbol)
        snprintf(why, size, "%s", dlerror());
    return symbol;
}

/*
 * A module that was loaded with dlmopen has a C library of its own. Two of them give the same numbers to the variables of
 * their threads, and neither knows of the other's.
 */
static int is_in_namespace_of_its_own(void)
{
    struct link_map *self;
    Dl_info file;
    Lmid_t namespace;

    return dladdr1((const void *)&cps_core, &file, (void **)&self, RTLD_DL_LINKMAP)
        && dlinfo(self, RTLD_DI_LMID, &namespace) == 0 && namespace != LM_ID_BASE;
}

int cps_start(void)
{
    /* Static under the lock: the stack of the caller may be small. */
    static struct cps_installation installation;
    static char why[REASON];
    const struct cps_core *core = cps_core;
    struct cps_place place;

    if (is_in_namespace_of_its_own())
        return cps_refuse("loaded with dlmopen into a namespace of its own: refused");
    if (cps_find_installation(&installation, why, sizeof why) != 0
        || choose_python(&installation, why, sizeof why) != 0)
        return cps_refuse(why);
    if (!core && !(core = load_core(&installation, why, sizeof why)))
        return cps_refuse(why);
    /* Other threads look at it without the lock. */
    __atomic_store_n(&cps_core, core, __ATOMIC_RELEASE);
    place.prefix = installation.prefix;
    place.library = installation.library;
    place.site = installation.site;
    if (core->start(&place, why, sizeof why) != 0)
        return cps_refuse(why);
    return 0;
}
