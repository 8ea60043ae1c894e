"""The state of a run through the acceptance plan: the module, the open sessions and the answers so far."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from conformance.testbed.cards import AUTHENTICATION_CERTIFICATE, PIN, Card
from conformance.testbed.client import Module, mechanism, template
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, UNAVAILABLE, Mechanism
from conformance.testbed.rig import Rig

NO_SESSION = 0xFFFF_FFFF
"""The session handle that the acceptance program uses when it has none."""

SIXTEEN = b"texte de 16 car."
UPDATE = bytes(index % 251 for index in range(1405))
INVALID = CKM.RSA_PKCS_KEY_PAIR_GEN

Buffer = ctypes.Array[ctypes.c_char]


@dataclass(slots=True)
class Run:
    p11: Module
    card: Card
    rig: Rig
    answers: dict[str, list[CKR]] = field(default_factory=dict)
    """What each case answered; the plan reports some of them several times."""
    kept: dict[str, bytes] = field(default_factory=dict)
    """Signatures and cipher texts that a later group needs."""

    def case(self, number: str, rv: CKR) -> CKR:
        self.answers.setdefault(number, []).append(rv)
        return rv

    # --- steps that the plan does not report

    def initialize(self) -> None:
        self.p11.ok("C_Initialize", None)

    def finalize(self) -> None:
        self.p11.ok("C_Finalize", None)

    @property
    def private(self) -> bool:
        """CKA_PRIVATE of the signing keys."""
        return self.card.has_pin

    @property
    def multi_part(self) -> tuple[CKM, bytes]:
        """The mechanism and one part for signing in parts; short for the contactless card, which does not hash."""
        return (CKM.RSA_PKCS, UPDATE[:35]) if self.card.contactless else (CKM.SHA1_RSA_PKCS, UPDATE)

    @property
    def slot(self) -> int:
        return self.p11.slots()[0]

    def close_all(self) -> None:
        self.p11.ok("C_CloseAllSessions", self.slot)

    def open(self, *, rw: bool = False) -> int:
        return self.p11.open(self.slot, rw=rw)

    def open_and_log_in(self, *, rw: bool = False) -> int:
        session = self.open(rw=rw)
        self.log_in(session)
        return session

    def log_in(self, session: int) -> None:
        if not self.card.has_pin:
            return
        assert self.p11.login(session, PIN) in (CKR.OK, CKR.USER_ALREADY_LOGGED_IN)

    def private_key(self, session: int, label: str) -> int:
        self.log_in(session)
        wanted = ((CKA.CLASS, CKO.PRIVATE_KEY), (CKA.PRIVATE, self.private), (CKA.TOKEN, True), (CKA.LABEL, label))
        return self.p11.one(session, *wanted)

    def public_key(self, session: int, identifier: bytes) -> int:
        wanted = ((CKA.CLASS, CKO.PUBLIC_KEY), (CKA.PRIVATE, False), (CKA.TOKEN, True), (CKA.ID, identifier))
        return self.p11.one(session, *wanted)

    def by_certificate(self, session: int, kind: CKO) -> int:
        """The key with the identifier of the authentication certificate."""
        wanted = ((CKA.CLASS, CKO.CERTIFICATE), (CKA.LABEL, AUTHENTICATION_CERTIFICATE))
        identifier = self.p11.attribute(session, self.p11.one(session, *wanted), CKA.ID)
        return self.p11.one(session, (CKA.CLASS, kind), (CKA.ID, identifier))

    # --- calls that many cases share

    def open_session(self, slot: int, flags: int, handle: "ctypes.c_ulong | None") -> CKR:
        return self.p11.C_OpenSession(slot, flags, None, None, None if handle is None else ctypes.byref(handle))

    def init(self, name: str, session: int, key: int, chosen: Mechanism | CKM | None) -> CKR:
        """C_SignInit and so on; `chosen` may be a mechanism type without a parameter."""
        filled = mechanism(chosen) if isinstance(chosen, CKM) else chosen
        function: Callable[..., CKR] = getattr(self.p11, name)
        return function(session, None if filled is None else ctypes.byref(filled), key)

    def find_init(self, session: int, *wanted: tuple[int, object]) -> CKR:
        return self.p11.C_FindObjectsInit(session, template(wanted), len(wanted))

    def find(self, session: int, found: "ctypes.Array[ctypes.c_ulong]", count: ctypes.c_ulong) -> CKR:
        return self.p11.C_FindObjects(session, found, len(found), ctypes.byref(count))


def garbage_mechanism() -> Mechanism:
    """An uninitialised CK_MECHANISM: an unknown type and a NULL parameter of absurd length."""
    return Mechanism(0xDEAD_BEEF, None, UNAVAILABLE)


def output_buffer(room: int, declared: int | None = None) -> tuple[Buffer, ctypes.c_ulong]:
    """An output buffer and the length that the caller declares."""
    return ctypes.create_string_buffer(room), ctypes.c_ulong(room if declared is None else declared)


def handle_array(count: int) -> "ctypes.Array[ctypes.c_ulong]":
    return (ctypes.c_ulong * count)()


SERIAL = CKF.SERIAL_SESSION
READ_WRITE = CKF.SERIAL_SESSION | CKF.RW_SESSION


def blocks(text: bytes, size: int) -> Sequence[bytes]:
    return [text[at : at + size] for at in range(0, len(text), size)]
