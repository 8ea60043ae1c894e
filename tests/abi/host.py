"""A host in this process: the C_ functions without C, with virtual readers and memory from cffi."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from cffi import FFI

from cryptolib.abi import core

_DECLARATIONS = (Path(__file__).parents[2] / "native" / "generated" / "cdef.h").read_text()

ffi: Any = FFI()
# Without the callbacks after the types, which only a compiled module has.
ffi.cdef(_DECLARATIONS[: _DECLARATIONS.index("extern int cps_interrupted")])
lib = SimpleNamespace(cps_interrupted=0)
core.connect(ffi, lib)  # before the chapters are imported: they bind `ffi` by name

from cryptolib.abi import decrypt, digest, encrypt, library, objects, random, sessions, sign, slots, verify  # noqa: E402
from cryptolib.cards.catalog import driver_of  # noqa: E402
from cryptolib.cryptoki.constants import CKF_RW_SESSION, CKF_SERIAL_SESSION, CKR_OK, CKU_USER  # noqa: E402
from cryptolib.token.provider import Provider  # noqa: E402
from tests.support import PIN, VirtualConnection, VirtualReaders  # noqa: E402

_CHAPTERS = (decrypt, digest, encrypt, objects, random, sessions, sign, slots, verify)
NULL: Any = ffi.NULL
_KEPT: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()


class Host:
    """Calls C_ functions by name. `call` returns the CK_RV, `ok` requires CKR_OK."""

    def __init__(self, *cards: str | None) -> None:
        self.readers = VirtualReaders()
        for number, card in enumerate(cards):
            self.readers.add(f"Reader {number}", card)
        self.session = 0

    def call(self, name: str, *arguments: Any) -> int:
        function: Callable[..., int] = next(getattr(chapter, name) for chapter in _CHAPTERS if hasattr(chapter, name))
        return function(*arguments)

    def ok(self, name: str, *arguments: Any) -> None:
        assert self.call(name, *arguments) == CKR_OK, name

    def connection(self, reader: int = 0) -> VirtualConnection:
        return self.readers.plugged[reader].connection

    def open(self, slot: int = 0) -> int:
        handle = ffi.new("CK_SESSION_HANDLE *")
        self.ok("C_OpenSession", slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, handle)
        return int(handle[0])

    def log_in(self) -> None:
        self.session = self.open()
        self.ok("C_Login", self.session, CKU_USER, ffi.new("char[]", PIN), len(PIN))

    def forget(self) -> None:
        self.connection().forget()

    def commands(self) -> list[str]:
        return self.connection().commands


@contextmanager
def initialised(*cards: str | None) -> Iterator[Host]:
    """Initialise the library with these cards in readers, and finalise it at the end."""
    host = Host(*cards)
    library._provider = Provider(host.readers, host.readers.connect, driver_of)
    try:
        yield host
    finally:
        library.finalize()


def mechanism(number: int) -> Any:
    made = ffi.new("CK_MECHANISM *")
    made.mechanism = number
    return made


def template(*attributes: tuple[int, bytes | int | None]) -> Any:
    """CK_ATTRIBUTEs with a value, room for so many bytes, or NULL. Their memory lives as long as the array."""
    made = ffi.new("CK_ATTRIBUTE[]", len(attributes))
    memory = []
    for entry, (number, value) in zip(made, attributes, strict=True):
        entry.type = number
        if value is None:
            continue
        room = ffi.new("char[]", value)
        memory.append(room)
        entry.pValue = room
        entry.ulValueLen = value if isinstance(value, int) else len(value)
    _KEPT[made] = memory
    return made
