/*
 * Finds the Python that this module was installed for, from the path of the module: its tree may be moved.
 *
 * A bundle is a tree with a libpython of private name and symbols (packaging/cps_packages/bundle.py).
 *
 * Paths are static, because the first thread may have a small stack. Functions that use them run under the lock, or once
 * before the lock is used.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

enum { LEVELS_UP = 8 };

/* Formats a path; false when it does not fit. */
#define PATH(buffer, ...) (snprintf(buffer, PATH_MAX, __VA_ARGS__) < PATH_MAX)

/* For the rights that this program has, which may be more than those of who started it. */
static int exists(const char *path)
{
    return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0;
}

static void cut_last(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash)
        *slash = '\0';
}

static int core_beside(const char *file, char *core)
{
    const char *name = strrchr(file, '/') + 1;

    return PATH(core, "%.*s" CPS_CORE_FILE, (int)(name - file), file) && exists(core);
}

/* True if `prefix` has a standard library of our minor version. */
static int is_prefix(const char *prefix, struct cps_installation *found)
{
    static const char *const libraries[] = { "lib", "lib64" };
    static char landmark[PATH_MAX];
    size_t i;

    for (i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        if (PATH(landmark, "%s/%s/python" CPS_PYTHON_MINOR "/os.py", prefix, libraries[i]) && exists(landmark)) {
            found->library = libraries[i];
            return PATH(found->prefix, "%s", prefix);
        }
    }
    return 0;
}

/* In pyvenv.cfg, `home = /usr/bin` is the directory of the base interpreter. */
static int is_prefix_of_environment(const char *directory, struct cps_installation *found)
{
    static char path[PATH_MAX], line[PATH_MAX + 16], home[PATH_MAX];
    int matched = 0;
    FILE *file;

    if (!PATH(path, "%s/pyvenv.cfg", directory) || !(file = fopen(path, "re")))
        return 0;
    while (!matched && fgets(line, sizeof line, file))
        matched = sscanf(line, " home = %4095[^\r\n]", home) == 1;
    fclose(file);
    if (!matched)
        return 0;
    cut_last(home);
    return is_prefix(home, found);
}

/* The module in the folder of its core: this file, or its place in the bundle if a package put it into a library folder. */
static int find_module(char *file)
{
    static const char in_bundle[] = CPS_BUNDLE_HOME "/lib/python" CPS_PYTHON_MINOR
                                                    "/site-packages/cryptolib/libcryptolib_cps.so";
    static char core[PATH_MAX];
    Dl_info self;

    if (!dladdr((const void *)&cps_core, &self) || !realpath(self.dli_fname, file))
        return 0;
    if (!strstr(file, "/cryptolib/") && !core_beside(file, core) && core_beside(in_bundle, core))
        return PATH(file, "%s", in_bundle);
    return 1;
}

/* `prefix` of prefix/lib/python3.x/site-packages/cryptolib/module, else the directory of the module. */
static void go_to_first_candidate(char *path)
{
    static const char library[] = "/python" CPS_PYTHON_MINOR "/";
    char *found = strstr(path, library);

    if (found)
        *found = '\0';
    cut_last(path);
}

static int find_prefix(const char *file, struct cps_installation *found)
{
    static char directory[PATH_MAX];
    int level;

    if (!PATH(directory, "%s", file))
        return 0;
    go_to_first_candidate(directory);
    for (level = 0; level < LEVELS_UP && *directory; level++, cut_last(directory)) {
        if (is_prefix_of_environment(directory, found) || is_prefix(directory, found))
            return 1;
    }
    return is_prefix(CPS_BUILD_PREFIX, found) || is_prefix("/usr", found);
}

/* Found once: the file of the module and its installation; empty if there is none. */
static char module[PATH_MAX];
static struct cps_installation installed;
static int bundled;

static void look_for_bundle(void)
{
    static char libpython[PATH_MAX];

    if (!find_module(module))
        *module = '\0';
    else
        bundled = find_prefix(module, &installed)
            && PATH(libpython, "%s/%s/" CPS_BUNDLED_LIBPYTHON, installed.prefix, installed.library)
            && exists(libpython);
}

int cps_is_bundled(void)
{
    static pthread_once_t looked = PTHREAD_ONCE_INIT;

    pthread_once(&looked, look_for_bundle);
    return bundled;
}

static int has_libpython(struct cps_installation *found)
{
    if (cps_is_bundled())
        return PATH(found->libpython, "%s/%s/" CPS_BUNDLED_LIBPYTHON, found->prefix, found->library);
    return (PATH(found->libpython, "%s/%s/" CPS_LIBPYTHON, found->prefix, found->library) && exists(found->libpython))
        || (PATH(found->libpython, "%s/lib/" CPS_MULTIARCH "/" CPS_LIBPYTHON, found->prefix)
            && exists(found->libpython));
}

int cps_find_installation(struct cps_installation *found, char *why, size_t size)
{
    cps_is_bundled();
    if (!*module) {
        snprintf(why, size, "the module does not find its own file");
        return -1;
    }
    if (!core_beside(module, found->core)) {
        snprintf(why, size, "%s: " CPS_CORE_FILE " is missing beside it", module);
        return -1;
    }
    snprintf(found->site, sizeof found->site, "%s", module);
    cut_last(found->site);
    cut_last(found->site);
    if (!*installed.prefix && !find_prefix(module, &installed))
        installed.library = "lib";
    snprintf(found->prefix, sizeof found->prefix, "%s", installed.prefix);
    found->library = installed.library;
    return 0;
}

int cps_find_libpython(struct cps_installation *found, char *why, size_t size)
{
    if (!*found->prefix) {
        snprintf(why, size, "the standard library of Python " CPS_PYTHON_MINOR " is not found");
        return -1;
    }
    if (!has_libpython(found)) {
        snprintf(why, size, CPS_LIBPYTHON " is not found under %s (Debian: apt install libpython" CPS_PYTHON_MINOR ")",
            found->prefix);
        return -1;
    }
    return 0;
}
