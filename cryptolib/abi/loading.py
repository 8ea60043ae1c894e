"""What is imported once the interpreter runs: here alone, in parts, and never while another thread forks.

An import that is under way in one thread when another forks never ends in the child, so a fork waits for it. After the
first session is open nothing is left to import: the files of the module may be replaced, out of reach, or in
another root, and no descriptor is needed. What a function imports on its own is here already, or a test says so.
"""

from __future__ import annotations

import posix
from _thread import RLock, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# What an application calls that only looks around: imported by C_Initialize.
START = ("cryptolib.abi.general", "cryptolib.abi.slots")
# For a trace that is on.
TRACES = ("cryptolib.abi.tracing",)
# What knows the cards, for whoever asks for a token or events.
CARD = (
    "cryptolib.cards.catalog",
    "cryptolib.pcsc.connection",
    "cryptolib.pkcs15.cache",
    "cryptolib.token.connect",
    "cryptolib.token.faults",
    "cryptolib.token.token",
)
# For whoever asks for the mechanisms of a token.
MECHANISMS = (*CARD, "cryptolib.mechanisms.table")
# Everything else, for C_OpenSession.
SESSION = (
    *MECHANISMS,
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
    "cryptolib.token.from_pkcs15",
    "cryptolib.token.presentation",
    "cryptolib.token.session",
)

PARTS = {"START": START, "TRACES": TRACES, "CARD": CARD, "MECHANISMS": MECHANISMS, "SESSION": SESSION}

# How long a fork waits for an import, in seconds: many times what all of them take.
PATIENCE = 10

_gate = RLock()
# Threads that hold the gate for a fork.
_forking: set[int] = set()


def use_bundle(load_part: Callable[[str], None]) -> None:
    """From now on what the core holds of a part is taken from there."""
    global _load_bundled
    _load_bundled = load_part


def load(part: str) -> None:
    """Import what is not there yet. Raises what an import raises, and MemoryError; it may be tried again."""
    with _gate:
        _load_bundled(part)
        for name in PARTS[part]:
            __import__(name)


def _nothing(_part: str) -> None:
    """Without a bundle, as in the white box tests, each module comes from its file."""


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
