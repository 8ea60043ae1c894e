"""A Python host with sub-interpreters (PEP 554, mod_wsgi): Python's own functions for the GIL know the main one alone.

Called through a library that releases the GIL meanwhile, and through one that keeps it.
"""

from __future__ import annotations

import sys

import pytest

from tests.native.hosts import Run

INTERPRETERS = """
import ctypes, faulthandler, os, threading
faulthandler.dump_traceback_later(20, exit=True)
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
CALLS = '''
import ctypes
p11 = ctypes.{kind}({path!r})
answers = [p11.C_Initialize(None), p11.C_GetSlotList(0, None, None), p11.C_Finalize(None)]
'''
def calls(kind):
    return CALLS.format(kind=kind, path=path)
"""

KINDS = pytest.mark.parametrize("kind", ["CDLL", "PyDLL"])
# Since 3.12 a sub-interpreter may have its own GIL; the module refuses to start there.
SHARED_GIL = pytest.mark.skipif(sys.version_info >= (3, 12), reason="one GIL for all interpreters until Python 3.11")


@KINDS
def test_the_main_interpreter_may_call_after_a_sub_interpreter(python_host: Run, kind: str) -> None:
    """From then on PyGILState_Check says that every thread has the GIL."""
    python_host(
        f"""{INTERPRETERS}
interpreters.destroy(interpreters.create())
exec(calls({kind!r}))
assert answers == [0, 0, 0], answers
"""
    )


@SHARED_GIL
@KINDS
@pytest.mark.parametrize("thread", [False, True], ids=["main thread", "another thread"])
def test_a_sub_interpreter_may_call(python_host: Run, kind: str, thread: bool) -> None:
    python_host(
        f"""{INTERPRETERS}
def work():
    other = interpreters.create()
    interpreters.run_string(other, calls({kind!r}) + "assert answers == [0, 0, 0], answers")
    interpreters.destroy(other)
if {thread}:
    answers = []
    one = threading.Thread(target=lambda: answers.append(work()))
    one.start()
    one.join()
    assert answers == [None]
else:
    work()
exec(calls({kind!r}))
assert answers == [0, 0, 0], answers
"""
    )


@SHARED_GIL
@KINDS
def test_a_start_in_a_thread_of_a_sub_interpreter_is_refused(python_host: Run, kind: str) -> None:
    """Its imports, which end with the sub-interpreter, would be missing in all others."""
    python_host(
        f"""{INTERPRETERS}
other = interpreters.create(isolated=False)
interpreters.run_string(other, '''
import threading
def work():
    scope = {{}}
    exec(calls, scope)
    said.extend(scope["answers"])
said, calls = [], %r
one = threading.Thread(target=work)
one.start()
one.join()
assert said == [5, 0x190, 0x190], said
''' % calls({kind!r}))
exec(calls({kind!r}))
assert answers == [0, 0, 0], answers
p11.C_Initialize(None)
interpreters.run_string(other, '''
said = []
one = threading.Thread(target=lambda: said.append(ctypes.{kind}(%r).C_GetSlotList(0, None, None)))
import ctypes
one.start()
one.join()
assert said == [6], said
''' % path)
assert p11.C_Finalize(None) == 0
"""
    )
