/* A C application that only starts Python, isolated and without site, and exits: what every start of this module has to
 * do as well, on the Python that it was built for.
 *   bare_python LIBPYTHON PREFIX STANDARD_LIBRARY
 */
#include <Python.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#define FUNCTION(name) __typeof__(name) *from_##name = (__typeof__(name) *)dlsym(libpython, #name)

int main(int argc, char **argv)
{
    void *libpython = argc == 4 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    PyPreConfig before;
    PyConfig config;

    if (libpython == NULL)
        return EXIT_FAILURE;
    FUNCTION(PyPreConfig_InitIsolatedConfig);
    FUNCTION(Py_PreInitialize);
    FUNCTION(Py_DecodeLocale);
    FUNCTION(PyConfig_InitIsolatedConfig);
    FUNCTION(PyConfig_SetString);
    FUNCTION(PyWideStringList_Append);
    FUNCTION(Py_InitializeFromConfig);
    FUNCTION(PyStatus_Exception);

    from_PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    from_Py_PreInitialize(&before);
    wchar_t *prefix = from_Py_DecodeLocale(argv[2], NULL);

    from_PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    wchar_t **fields[] = { &config.home, &config.prefix, &config.base_prefix, &config.exec_prefix,
        &config.base_exec_prefix, &config.executable, &config.base_executable };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        from_PyConfig_SetString(&config, fields[i], prefix);
    from_PyWideStringList_Append(&config.module_search_paths, from_Py_DecodeLocale(argv[3], NULL));
    config.module_search_paths_set = 1;
    if (from_PyStatus_Exception(from_Py_InitializeFromConfig(&config)))
        return EXIT_FAILURE;
    _exit(EXIT_SUCCESS);
}
