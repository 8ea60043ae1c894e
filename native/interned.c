/*
 * Room for the names that Python keeps once each, made while there surely is memory for it.
 *
 * In CPython 3.13 dict.setdefault() goes on where it should fail for want of memory (Objects/dictobject.c): a table of these
 * names that cannot grow counts names that it has not, and the process ends with the next growth. The modules that
 * C_OpenSession imports need the table to grow once: so it does that during the start. Then there is twice the room
 * that the whole life of the module takes.
 */
#include "interpreter.h"

#if PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000

/* A start leaves 3900 names in a table that holds 5461 before it grows. */
enum { NAMES = 1800 };

/* A name that is used by nobody leaves the table, and the room it took stays taken until the table grows. */
void cps_grow_interned(void)
{
    char name[] = "cps....";
    PyObject *kept;
    int n, i;

    for (n = 0; n < NAMES; n++) {
        for (i = 0; i < 4; i++)
            name[3 + i] = (char)('a' + (n >> 4 * i & 15));
        kept = PyUnicode_InternFromString(name);
        if (!kept)
            break;
        Py_DECREF(kept);
    }
    PyErr_Clear();
}

#else

void cps_grow_interned(void)
{
}

#endif
