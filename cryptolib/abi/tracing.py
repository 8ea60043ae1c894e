"""Writes a C_ call into the traces: arguments, results, and the causes of an error.

The traces show lengths, handles and addresses of the host's memory, never data; of a code only its length.
"""

from __future__ import annotations

from cryptolib import trace
from cryptolib.abi.core import ffi
from cryptolib.cryptoki import constants
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_SHOWN_CODE = 32
# The arguments that point to a code; the next argument is its length.
CODES = frozenset(("pPin", "pOldPin", "pNewPin"))

_count = 0
# Filled at the first use: most hosts write no trace.
_names: dict[int, str] = {}


def traced(function: Callable[..., None], arguments: tuple[Any, ...], run: Callable[[], int]) -> int:
    """Run a call between its `[in]` and its `[out]` lines."""
    global _count
    number, _count = _count, _count + 1
    names = function.__code__.co_varnames
    trace.write(trace.CALLS, f"{number}: {function.__name__}")
    for position, (name, value) in enumerate(zip(names, arguments, strict=False)):
        following = arguments[position + 1] if position + 1 < len(arguments) else 0
        trace.write(trace.CALLS, f"[in] {name} = {_input(name, value, following)}")
    code = run()
    for name, value in zip(names, arguments, strict=False):
        if _points_to_ulong(value):
            trace.write(trace.CALLS, f"[out] {name} = {value[0]}")
    trace.write(trace.CALLS, f"Returned:  {code} {code_name(code)}\n")
    return code


def report(function: Callable[..., None], arguments: tuple[Any, ...], error: BaseException) -> None:
    """Write the chain of an error's causes, from the CK_RV down to the answer of the card."""
    steps = []
    step: BaseException | None = error
    while step is not None:
        steps.append(_step(step))
        step = step.__cause__
    if isinstance(error, CryptokiError) and error.null is not None:
        steps.append(f"{_name_of(error.null, function, arguments)} is NULL")
    trace.write(trace.CARD, f"{function.__name__}: " + " <- ".join(steps))
    if not isinstance(error, CryptokiError):
        trace.write(trace.CARD, _way_of(error))


def code_name(code: int) -> str:
    """The name of a CK_RV, `CKR_OK` for instance; empty for an unknown number."""
    global _names
    if not _names:
        _names = {value: name for name, value in reversed(vars(constants).items()) if name.startswith("CKR_")}
    return _names.get(code, "")


def _way_of(error: BaseException) -> str:
    """The file, line and function of each frame, without values."""
    lines, at = [], error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {at.tb_lineno}, in {code.co_name}')
        at = at.tb_next
    return "\n".join(lines)


def _name_of(pointer: Any, function: Callable[..., None], arguments: tuple[Any, ...]) -> str:
    """The name of the argument that is this object; identity distinguishes two NULL arguments."""
    for name, value in zip(function.__code__.co_varnames, arguments, strict=False):
        if value is pointer:
            return name
    return "a pointer inside an argument"


def _step(error: BaseException) -> str:
    if isinstance(error, CryptokiError):
        return code_name(error.code)
    if type(error).__module__.startswith("cryptolib."):
        return f"{type(error).__name__}({error})"
    # The text of a foreign exception may quote its input, so only its class is shown.
    return type(error).__name__


def _input(name: str, value: Any, following: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if not value:
        return "NULL"
    if name in CODES:
        return "2A" * min(int(following), MAX_SHOWN_CODE)
    return f"{int(ffi.cast('uintptr_t', value)):016x}"


def _points_to_ulong(value: Any) -> bool:
    if isinstance(value, int) or not value:
        return False
    kind: bool = ffi.typeof(value) is ffi.typeof("unsigned long *")
    return kind
