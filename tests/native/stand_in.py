"""Stands in for `cryptolib.abi.entry` in the tests of the shim: what Python does behind it is up to each test.

C_InitToken runs its PIN argument as Python with the names `rv`, `ffi` and `lib`, and copies `answer` to its label.
C_Initialize and C_Finalize take as long as `seconds_to_open` and `seconds_to_close` in `__main__` say.
"""

from __future__ import annotations

import _thread
import time

import __main__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

OK = 0x00
NO_EVENT = 0x08
CRYPTOKI_NOT_INITIALIZED = 0x190
LABEL_ROOM = 4096
SECONDS_OF_A_WAIT = 0.2


def install(ffi: Any, lib: Any, _load_bundled: None) -> None:
    function: Any = type(install)
    waiters = _thread.allocate_lock()
    waiters.acquire()

    def interrupted(kind: type[BaseException], _error: BaseException, _where: TracebackType | None) -> None:
        lib.cps_interrupted = issubclass(kind, KeyboardInterrupt)

    def answers_ok(rv: Any, *_arguments: Any) -> None:
        rv[0] = OK

    def initialize(rv: Any, _arguments: Any) -> None:
        time.sleep(getattr(__main__, "seconds_to_open", 0))
        rv[0] = OK

    def finalize(rv: Any, _reserved: Any) -> None:
        time.sleep(getattr(__main__, "seconds_to_close", 0))
        if waiters.locked():
            waiters.release()
        rv[0] = OK

    def wait_for_slot_event(rv: Any, *_arguments: Any) -> None:
        ended = waiters.acquire(timeout=SECONDS_OF_A_WAIT)
        rv[0] = CRYPTOKI_NOT_INITIALIZED if ended else NO_EVENT

    def init_token(rv: Any, _slot: int, code: Any, length: int, label: Any) -> None:
        names = {"rv": rv, "ffi": ffi, "lib": lib, "answer": ""}
        # Not exec(): CPython itself notes an interruption that passes through it and ends the process by SIGINT.
        function(compile(bytes(ffi.buffer(code, length)), "C_InitToken", "exec"), names)()
        if label:
            answer = names["answer"].encode()[: LABEL_ROOM - 1] + b"\0"
            ffi.memmove(label, answer, len(answer))

    functions = {
        "C_Initialize": initialize,
        "C_Finalize": finalize,
        "C_WaitForSlotEvent": wait_for_slot_event,
        "C_InitToken": init_token,
    }
    for name in dir(lib):
        if name.startswith("py_C_"):
            ffi.def_extern(name=name, onerror=interrupted)(functions.get(name.removeprefix("py_"), answers_ok))
