/*
 * The Python modules that a start needs, compiled into the core by native/bundle.py: cryptolib/abi/bundle.py imports them.
 */
#include "interpreter.h"

#include <limits.h>
#include <marshal.h>
#include <stdio.h>

#include "bundle.h"

/* The bytecode magic number of the parts; `volatile`, so that a test can patch it in the file. */
static const volatile struct {
    char mark[20];
    unsigned int magic;
} bytecode = { "cps bundle bytecode:", CPS_BUNDLE_MAGIC };

#define PART(name, array) { name, (char *)array, sizeof array }

static const struct {
    const char *name;
    char *content;
    Py_ssize_t size;
} parts[] = { CPS_BUNDLE_PARTS };

/*
 * The codecs of our own interpreter, which needs UTF-8 before it can read any file. Other codecs come from their files.
 */
void cps_bundle_encodings(void)
{
    static const struct _frozen encodings[] = {
        { .name = "encodings",
            .code = cps_bundle_encodings_init,
            .size = sizeof cps_bundle_encodings_init,
            .is_package = 1 },
        { .name = "encodings.aliases",
            .code = cps_bundle_encodings_aliases,
            .size = sizeof cps_bundle_encodings_aliases },
        { .name = "encodings.utf_8", .code = cps_bundle_encodings_utf_8, .size = sizeof cps_bundle_encodings_utf_8 },
        { .name = NULL },
    };

    PyImport_FrozenModules = encodings;
}

static PyObject *all_parts(void)
{
    PyObject *all = PyDict_New(), *content;
    size_t i;
    int failed = !all;

    for (i = 0; !failed && i < sizeof parts / sizeof *parts; i++) {
        content = PyMemoryView_FromMemory(parts[i].content, parts[i].size, PyBUF_READ);
        failed = !content || PyDict_SetItemString(all, parts[i].name, content) < 0;
        Py_XDECREF(content);
    }
    if (failed)
        Py_CLEAR(all);
    return all;
}

/* See Bundle.__init__: a Python host finds packages and extensions by itself. */
static PyObject *folders(const struct cps_place *place)
{
    static char extensions[PATH_MAX];   /* one thread starts, and its stack may be small */

    if (!cps_interpreter_is_ours())
        return Py_BuildValue("(N)", PyUnicode_DecodeFSDefault(place->site));
    snprintf(
        extensions, sizeof extensions, "%s/%s/python" CPS_PYTHON_MINOR "/lib-dynload", place->prefix, place->library);
    return Py_BuildValue("(NNN)", PyUnicode_DecodeFSDefault(place->site), PyUnicode_DecodeFSDefault(place->site),
        PyUnicode_DecodeFSDefault(extensions));
}

/* The class Bundle of cryptolib/abi/bundle.py. */
static PyObject *bundle_class(void)
{
    PyObject *code = PyMarshal_ReadObjectFromString((const char *)cps_bundle_loader, sizeof cps_bundle_loader);
    PyObject *globals = code
        ? Py_BuildValue("{sOss}", "__builtins__", PyEval_GetBuiltins(), "__name__", "cryptolib.abi.bundle")
        : NULL;
    PyObject *result = globals ? PyEval_EvalCode(code, globals, globals) : NULL;
    PyObject *found = result ? PyMapping_GetItemString(globals, "Bundle") : NULL;

    Py_XDECREF(result);
    Py_XDECREF(globals);
    Py_XDECREF(code);
    return found;
}

PyObject *cps_bundle(const struct cps_place *place)
{
    PyObject *class, *bundle, *result, *load = NULL;

    if (PyImport_GetMagicNumber() != (long)bytecode.magic)
        Py_RETURN_NONE;
    class = bundle_class();
    bundle = class ? PyObject_CallFunction(class, "NN", all_parts(), folders(place)) : NULL;
    result = bundle ? PyObject_CallMethod(bundle, "load", "s", "ENTRY") : NULL;
    if (result)
        load = PyObject_GetAttrString(bundle, "load");
    Py_XDECREF(result);
    Py_XDECREF(bundle);
    Py_XDECREF(class);
    return load;
}
