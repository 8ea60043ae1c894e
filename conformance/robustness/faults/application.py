"""The application that the faults hit: the module behind buffers that show what was written beyond them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from conformance.testbed.attributes import ASKED
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module, Refused, empty_template, template
from conformance.testbed.cryptoki import CKA, CKO, CKR, CKS, CKU, UNAVAILABLE

FILL = b"\xa5"
_UNTOUCHED = FILL * 0x2000

_PARTLY = (CKR.OK, CKR.ATTRIBUTE_SENSITIVE, CKR.ATTRIBUTE_TYPE_INVALID)
"""What C_GetAttributeValue answers when it has done for each attribute what it could."""


class Guarded:
    """A buffer of the application, and memory behind it in which nobody has anything to write."""

    def __init__(self, room: int) -> None:
        self._room = room
        size = room + len(_UNTOUCHED)
        self.memory = ctypes.create_string_buffer(FILL * size, size)

    def overrun(self) -> bool:
        return self.memory.raw[self._room :] != _UNTOUCHED

    def content(self, length: int) -> bytes:
        return self.memory.raw[:length]


class GuardedModule(Module):
    """`after` is called with the name of each function that has returned."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.after: Callable[[str], None] = lambda name: None
        self.overruns: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., CKR]:
        plain = super().__getattr__(name)

        def call(*arguments: Any) -> CKR:
            rv = plain(*arguments)
            self.after(name)
            return rv

        setattr(self, name, call)
        return call

    def output(self, room: int, name: str, *arguments: Any) -> bytes:
        buffer, length = Guarded(room), ctypes.c_ulong(room)
        try:
            self.ok(name, *arguments, buffer.memory, ctypes.byref(length))
        finally:
            self._look_behind(name, buffer)
        if length.value > room:
            self.overruns.append(f"{name} (a length of {length.value})")
        return buffer.content(min(length.value, room))

    def random(self, session: int, length: int) -> bytes:
        buffer = Guarded(length)
        try:
            self.ok("C_GenerateRandom", session, buffer.memory, length)
        finally:
            self._look_behind("C_GenerateRandom", buffer)
        return buffer.content(length)

    def attributes(self, session: int, handle: int, kinds: tuple[CKA, ...]) -> dict[str, str | None]:
        """All of them in two calls; None for those that the object does not have or does not give."""
        asked = empty_template(kinds)
        self._ask(session, handle, asked)
        buffers = {}
        for at, attribute in enumerate(asked):
            if attribute.ulValueLen != UNAVAILABLE:
                buffers[at] = Guarded(attribute.ulValueLen)
                attribute.pValue = ctypes.cast(buffers[at].memory, ctypes.c_void_p)
        try:
            self._ask(session, handle, asked)
        finally:
            for buffer in buffers.values():
                self._look_behind("C_GetAttributeValue", buffer)
        return {
            kind.name: buffers[at].content(asked[at].ulValueLen).hex() if at in buffers else None
            for at, kind in enumerate(kinds)
        }

    def attribute(self, session: int, handle: int, kind: int) -> bytes:
        value = self.attributes(session, handle, (CKA(kind),))[CKA(kind).name]
        assert value is not None
        return bytes.fromhex(value)

    def _ask(self, session: int, handle: int, asked: ctypes.Array[Any]) -> None:
        rv = self.C_GetAttributeValue(session, handle, asked, len(asked))
        if rv not in _PARTLY:
            raise Refused("C_GetAttributeValue", rv)

    def _look_behind(self, name: str, buffer: Guarded) -> None:
        if buffer.overrun():
            self.overruns.append(name)


class Application:
    """One life between C_Initialize and C_Finalize with one card."""

    def __init__(self, p11: GuardedModule, card: Card) -> None:
        self.p11 = p11
        self.card = card
        self.slot = 0
        self.session = 0
        self._keys: dict[str, int] = {}

    def start(self) -> None:
        self.p11.ok("C_Initialize", None)

    def open(self) -> None:
        (self.slot,) = self.p11.slots()
        self.session = self.p11.open(self.slot, rw=True)
        self._keys.clear()

    def log_in(self, pin: bytes = PIN) -> None:
        if self.card.has_pin:
            self.p11.ok("C_Login", self.session, CKU.USER, pin, len(pin))

    def set_pin(self, old: bytes, new: bytes) -> None:
        self.p11.ok("C_SetPIN", self.session, old, len(old), new, len(new))

    def key(self, role: str) -> int:
        """Found once in a session."""
        if role not in self._keys:
            label = self.card.keys_of(role).private
            (self._keys[role],) = self._find((CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, label))
        return self._keys[role]

    def _find(self, *wanted: tuple[int, object]) -> list[int]:
        """Refused as a lost login when nothing is found because of that: private objects are then not there."""
        found = self.p11.find(self.session, *wanted)
        if not found and self.p11.state(self.session) in (CKS.RO_PUBLIC_SESSION, CKS.RW_PUBLIC_SESSION):
            raise Refused("C_FindObjects", CKR.USER_NOT_LOGGED_IN)
        return found

    def objects(self, *wanted: tuple[int, object]) -> dict[str, dict[str, str | None]]:
        """All attributes of the objects found, by handle."""
        by_handle = {}
        for handle in self._find(*wanted):
            kind = CKO(self.p11.number(self.session, handle, CKA.CLASS))
            by_handle[str(handle)] = self.p11.attributes(self.session, handle, ASKED[kind])
        return by_handle

    def cps_data(self) -> int:
        return self.p11.one(self.session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_DATA"))

    def read_cps_data(self) -> str:
        return self.p11.attribute(self.session, self.cps_data(), CKA.VALUE).hex()

    def write_cps_data(self, handle: int, content: bytes) -> None:
        self.p11.ok("C_SetAttributeValue", self.session, handle, template([(CKA.VALUE, content)]), 1)

    def certificate(self) -> str:
        label = self.card.authentication.certificate
        handle = self.p11.one(self.session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, label))
        return self.p11.attribute(self.session, handle, CKA.VALUE).hex()

    def token(self) -> str:
        """C_GetTokenInfo without its counts of sessions, which are the application's own."""
        info = self.p11.token_info(self.slot)
        info.ulSessionCount = info.ulRwSessionCount = 0
        return bytes(info).hex()
