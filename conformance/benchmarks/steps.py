"""The measured process: one application uses the module, one step at a time, each step when its reader says so.

`python -m conformance.benchmarks.steps MODULE CARD SLOT LIFE`: a line on standard input starts the next step; its name,
milliseconds and refusal, if any, are the answer on standard output.
"""

import ctypes
import json
import sys
import time
from collections.abc import Callable

from conformance.testbed.cards import CARDS, PIN
from conformance.testbed.client import Module, Refused, empty_template, mechanism, pss, template
from conformance.testbed.cryptoki import CKA, CKG, CKM, CKO, CKR, CKU
from conformance.testbed.mechanism_recipes import SHA256, digest_info

MESSAGE = bytes(300)
LISTED = (CKA.CLASS, CKA.LABEL, CKA.ID, CKA.PRIVATE)
ROOM = 256
KEYS, DATA = "keys", "data"
"""What an application may work with: with the keys and what belongs to them, or with CPS_DATA."""

Step = tuple[str, Callable[[], object]]


class Application:
    """The state that the steps share: the module, the session and the objects found so far."""

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

    def data_steps(self) -> list[Step]:
        """The steps of an application that keeps something in CPS_DATA."""
        return [
            ("C_Initialize", self.initialize),
            ("C_OpenSession, C_Login", self.open_and_log_in),
            ("find CPS_DATA", self.find_cps_data),
            ("size", self.ask_size),
            ("read", self.read_data),
            ("write all", lambda: self.write_data(bytes(byte ^ 0xFF for byte in self._value))),
            ("write 5 bytes", lambda: self.write_data(self._value[:100] + b"\1\2\3\4\5" + self._value[105:])),
            ("too long a value", lambda: self.write_data(bytes(self._size + 1))),
            ("put back", lambda: self.write_data(self._first)),
            ("C_Finalize", lambda: self.call("C_Finalize", None)),
        ]

    def initialize(self) -> None:
        self.load()
        self.call("C_Initialize", None)
        self.choose_slot()

    def open_and_log_in(self) -> None:
        self.session = self.module.open(self.slot, rw=True)
        self.call("C_Login", self.session, CKU.USER, PIN, len(PIN))

    def find_cps_data(self) -> None:
        self._data = self.module.one(self.session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_DATA"))

    def ask_size(self) -> None:
        asked = empty_template([CKA.VALUE])
        self.call("C_GetAttributeValue", self.session, self._data, asked, 1)
        self._size = asked[0].ulValueLen

    def read_data(self) -> None:
        asked = template([(CKA.VALUE, bytes(self._size))])
        self.call("C_GetAttributeValue", self.session, self._data, asked, 1)
        self._value = self._first = ctypes.string_at(asked[0].pValue, asked[0].ulValueLen)

    def write_data(self, content: bytes) -> None:
        self.call("C_SetAttributeValue", self.session, self._data, template([(CKA.VALUE, content)]), 1)
        self._value = content

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


def main(path: str, card: str, slot_position: str, steps: str) -> None:
    application = Application(path, card, int(slot_position))
    for name, step in application.data_steps() if steps == DATA else application.steps():
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
