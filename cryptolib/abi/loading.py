"""Imports the layers in parts, at fixed moments, and never while another thread forks.

A fork copies an unfinished import of another thread into the child, where it never ends: so a fork waits for the
import. After the first C_OpenSession nothing is left to import: the files of the module may be replaced, out of reach
or in another root, and no descriptor is needed. An import inside a function finds its module loaded already, or a test
fails.
"""

from __future__ import annotations

import posix
from _thread import RLock, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# C_Initialize and functions that only list slots.
START = ("cryptolib.abi.general", "cryptolib.abi.slots")
# For a trace that is on.
TRACES = ("cryptolib.abi.tracing",)
# For functions that need a token or events.
CARD = (
    "cryptolib.cards.catalog",
    "cryptolib.cards.ias",
    "cryptolib.cards.scheme",
    "cryptolib.pcsc.connection",
    "cryptolib.pkcs15.cache",
    "cryptolib.token.connect",
    "cryptolib.token.faults",
    "cryptolib.token.token",
)
# The drivers, each for the first use of its card. What several of them import is in CARD.
DRIVERS = {
    "CPS3": ("cryptolib.cards.cps3",),
    "CPS3CL": ("cryptolib.cards.cps3cl",),
    "CPS4": ("cryptolib.cards.cps4",),
}
# For functions that ask for the mechanisms of a token.
MECHANISMS = (*CARD, "cryptolib.mechanisms.table")
# The rest, for C_OpenSession.
SESSION = (
    *MECHANISMS,
    *(module for driver in DRIVERS.values() for module in driver),
    "cryptolib._partial_hash",
    "cryptolib.abi.decrypt",
    "cryptolib.abi.digest",
    "cryptolib.abi.encrypt",
    "cryptolib.abi.objects",
    "cryptolib.abi.random",
    "cryptolib.abi.sessions",
    "cryptolib.abi.sign",
    "cryptolib.abi.update",
    "cryptolib.abi.verify",
    "cryptolib.cards.partial_hash",
    "cryptolib.cards.presenting",
    "cryptolib.iso7816.typed_code",
    "cryptolib.pcsc.pin_entry",
    "cryptolib.pkcs15.entries",
    "cryptolib.token.from_pkcs15",
    "cryptolib.token.presentation",
    "cryptolib.token.session",
)

PARTS = {"START": START, "TRACES": TRACES, "CARD": CARD, "MECHANISMS": MECHANISMS, **DRIVERS, "SESSION": SESSION}

# How long a fork waits for an import, in seconds. All imports together take a small part of this.
PATIENCE = 10

_gate = RLock()
# The threads that hold the gate for a fork.
_forking: set[int] = set()


def use_bundle(load_part: Callable[[str], None]) -> None:
    """Load the parts that the core holds from there."""
    global _load_bundled
    _load_bundled = load_part


def load(part: str) -> None:
    """Import what is missing. Raises what the import raises, and MemoryError; the caller may try again."""
    with _gate:
        _load_bundled(part)
        for name in PARTS[part]:
            __import__(name)


def _nothing(_part: str) -> None:
    """Without a bundle, as in the white box tests, `load` imports each module from its file."""


_load_bundled: Callable[[str], None] = _nothing


def _before_fork() -> None:
    if _gate.acquire(timeout=PATIENCE):
        _forking.add(get_ident())


def _after_fork_in_parent() -> None:
    if get_ident() in _forking:
        _forking.remove(get_ident())
        _gate.release()


def _after_fork_in_child() -> None:
    global _gate
    _gate = RLock()
    _forking.clear()


posix.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
