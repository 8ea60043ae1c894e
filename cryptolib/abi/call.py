"""Runs every C_ call and turns each exception into a CK_RV."""

from __future__ import annotations

from cryptolib import trace
from cryptolib.abi import core
from cryptolib.cryptoki.constants import CKR_FUNCTION_CANCELED, CKR_GENERAL_ERROR, CKR_HOST_MEMORY, CKR_OK
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.budget import begin_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# The text of Python's RuntimeError when a lock gets no memory.
NO_MEMORY_FOR_A_LOCK = ("can't allocate lock",)


def cryptoki_call(function: Callable[..., None]) -> Callable[..., int]:
    """Make a function that raises CryptokiError into one that returns a CK_RV and never raises."""

    def call(*arguments: Any) -> int:
        if trace.calls:
            # C_Initialize imports it when a trace is on.
            from cryptolib.abi import tracing

            return tracing.traced(function, arguments, lambda: _run(function, arguments))
        return _run(function, arguments)

    return call


def _run(function: Callable[..., None], arguments: tuple[Any, ...]) -> int:
    begin_call()
    try:
        function(*arguments)
    except CryptokiError as error:
        _report(function, arguments, error)
        return error.code
    except MemoryError:
        return CKR_HOST_MEMORY
    except KeyboardInterrupt:
        # Ctrl-C in a Python host: the shim raises the signal again once the call has returned.
        core.lib.cps_interrupted = 1
        return CKR_FUNCTION_CANCELED
    except BaseException as error:
        _report(function, arguments, error)
        return CKR_HOST_MEMORY if error.args == NO_MEMORY_FOR_A_LOCK else CKR_GENERAL_ERROR
    return CKR_OK


def _report(function: Callable[..., None], arguments: tuple[Any, ...], error: BaseException) -> None:
    if trace.debug >= trace.ERRORS:
        # C_Initialize imports it when a trace is on.
        from cryptolib.abi import tracing

        tracing.report(function, arguments, error)
