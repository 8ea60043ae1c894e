"""The measured process: one application uses the module, one step at a time, each step when its reader says so.

`python -m conformance.benchmarks.steps MODULE CARD SLOT`: a line on standard input starts the next step; its name,
milliseconds and refusal, if any, are the answer on standard output.
"""

import ctypes
import json
import sys
import time
from collections.abc import Callable

from conformance.testbed.cards import CARDS, PIN
from conformance.testbed.client import Module, Refused, empty_template, mechanism, pss
from conformance.testbed.cryptoki import CKA, CKG, CKM, CKO, CKR, CKU
from conformance.testbed.mechanism_recipes import SHA256, digest_info

MESSAGE = bytes(300)
LISTED = (CKA.CLASS, CKA.LABEL, CKA.ID, CKA.PRIVATE)
ROOM = 256

Step = tuple[str, Callable[[], object]]


class Application:
    """What the steps have in common: the module, the session and the objects found so far."""

    def __init__(self, path: str, card: str, slot_position: int) -> None:
        self._path = path
        self._card = CARDS[card]
        self._slot_position = slot_position
        self._found: dict[tuple[int, str], int] = {}

    def steps(self) -> list[Step]:
        tls = digest_info(SHA256, MESSAGE)
        signature, authentication = self._card.signature.private, self._card.authentication.private
        all_steps: list[Step] = [
            ("dlopen", self.load),
            ("C_Initialize", lambda: self.call("C_Initialize", None)),
            ("C_GetSlotList", self.choose_slot),
            ("C_GetSlotInfo", lambda: self.module.slot_info(self.slot)),
            ("C_GetTokenInfo", lambda: self.module.token_info(self.slot)),
            ("C_OpenSession", self.open),
            ("list public objects", self.list_objects),
            ("read certificates", self.read_certificates),
            ("C_Login", lambda: self.call("C_Login", self.session, CKU.USER, PIN, len(PIN))),
            ("list all objects", self.list_objects),
            ("sign 1 (CKM_RSA_PKCS, TLS)", lambda: self.sign(authentication, CKM.RSA_PKCS, tls)),
            ("sign x10 (CKM_RSA_PKCS)", lambda: self.sign(authentication, CKM.RSA_PKCS, tls, times=10)),
            ("sign SHA256_RSA_PKCS (signature key)", lambda: self.sign(signature, CKM.SHA256_RSA_PKCS, MESSAGE)),
            (
                "sign CKM_RSA_PKCS digest (signature key)",
                lambda: self.sign(signature, CKM.RSA_PKCS, SHA256.of(MESSAGE)),
            ),
        ]
        if self._card.has_pss:
            digest = SHA256.of(MESSAGE)
            all_steps.append(("sign PSS SHA-256 (authentication key)", lambda: self.sign_pss(authentication, digest)))
        return [
            *all_steps,
            ("C_Logout", lambda: self.call("C_Logout", self.session)),
            ("C_Finalize", lambda: self.call("C_Finalize", None)),
        ]

    def load(self) -> None:
        self.module = Module(self._path)

    def call(self, name: str, *arguments: object) -> None:
        self.module.ok(name, *arguments)

    def choose_slot(self) -> None:
        self.slot = self.module.slots()[self._slot_position]

    def open(self) -> None:
        self.session = self.module.open(self.slot)

    def list_objects(self) -> None:
        """Every object with the four attributes that applications look at first."""
        for handle in self.module.find(self.session):
            asked = empty_template(LISTED)
            values = [ctypes.create_string_buffer(ROOM) for _ in LISTED]
            for attribute, value in zip(asked, values, strict=True):
                attribute.pValue, attribute.ulValueLen = ctypes.cast(value, ctypes.c_void_p), ROOM
            self.module.C_GetAttributeValue(self.session, handle, asked, len(LISTED))
            kind, label = int.from_bytes(values[0].raw[:8], sys.byteorder), values[1].value.decode()
            self._found[kind, label] = handle

    def read_certificates(self) -> None:
        for (kind, _), handle in self._found.items():
            if kind == CKO.CERTIFICATE:
                self.module.attribute(self.session, handle, CKA.VALUE)

    def sign(self, label: str, kind: CKM, data: bytes, times: int = 1) -> None:
        for _ in range(times):
            self.module.sign(self.session, self._key(label), mechanism(kind), data)

    def sign_pss(self, label: str, digest: bytes) -> None:
        how = mechanism(CKM.RSA_PKCS_PSS, pss(CKM.SHA256, CKG.MGF1_SHA256, len(digest)))
        self.module.sign(self.session, self._key(label), how, digest)

    def _key(self, label: str) -> int:
        handle = self._found.get((CKO.PRIVATE_KEY, label))
        if handle is None:
            raise Refused(f"the search for {label}", CKR.KEY_HANDLE_INVALID)
        return handle


def main(path: str, card: str, slot_position: str) -> None:
    for name, step in Application(path, card, int(slot_position)).steps():
        if not sys.stdin.readline():
            return
        refusal = ""
        started = time.perf_counter()
        try:
            step()
        except Refused as refused:
            refusal = f"CKR_{refused.rv.name}"
        milliseconds = (time.perf_counter() - started) * 1000
        print(json.dumps([name, milliseconds, refusal]), flush=True)


if __name__ == "__main__":
    # The module may share this interpreter: its package must come from where it is installed, not from the source tree.
    sys.path.append(sys.path.pop(0))
    main(*sys.argv[1:])
