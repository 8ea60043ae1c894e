"""Applications of every day at the card: ``clients.py python-pkcs11|pykcs11|pkcs11-tool MODULE SECONDS SEED``.

A program, not a module: four threads that log in and sign until the time is over. It reads and prints what the C
programs do (host.h). It imports nothing of this package: the module brings the installed one along.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

MESSAGE = b"soak"
LABEL = "CPS_PRIV_SIG"
THREADS = 4
SIGNATURES = 3
HANG_SECONDS = 60
OK, TOKEN_NOT_PRESENT, KEY_HANDLE_INVALID, USER_ALREADY_LOGGED_IN = 0x0, 0xE0, 0x60, 0x100

Use = Callable[[], None]


class Answered(Exception):
    """The module answered a call otherwise than with CKR_OK."""

    def __init__(self, answer: int) -> None:
        super().__init__(answer)
        self.answer = answer


class Tally:
    def __init__(self, expected: str) -> None:
        self._expected = expected
        self._lock = threading.Lock()
        self.answers: Counter[int] = Counter()
        self.signatures = self.wrong = 0
        self.slowest = 0.0

    def note(self, answer: int, since: float) -> None:
        with self._lock:
            self.answers[answer] += 1
            self.slowest = max(self.slowest, time.monotonic() - since)

    def signed(self, signature: bytes) -> None:
        with self._lock:
            self.signatures += 1
            self.wrong += signature.hex() != self._expected

    def report(self, kind: str) -> None:
        for answer, number in self.answers.items():
            print(f"count {kind} {answer} {number} {self.slowest * 1000:.0f}")
        print(f"value signatures {self.signatures}")
        print(f"value wrong_signatures {self.wrong}", flush=True)


def python_pkcs11(module: str, pin: str, tally: Tally) -> Use:
    import pkcs11
    from pkcs11 import exceptions

    codes = {"NoSuchKey": KEY_HANDLE_INVALID, "NoSuchToken": TOKEN_NOT_PRESENT}
    library: Any = pkcs11.lib(module)

    def use() -> None:
        try:
            slots = library.get_slots(token_present=True)
            if not slots:
                raise Answered(TOKEN_NOT_PRESENT)
            with slots[0].get_token().open() as session:
                try:
                    session.login(pin)
                except exceptions.UserAlreadyLoggedIn:
                    pass
                key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=LABEL)
                for _ in range(SIGNATURES):
                    tally.signed(bytes(key.sign(MESSAGE, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)))
        except exceptions.PKCS11Error as error:
            name = type(error).__name__
            raise Answered(codes.get(name) or _code_of(name)) from error

    return use


def pykcs11(module: str, pin: str, tally: Tally) -> Use:
    import PyKCS11

    library = PyKCS11.PyKCS11Lib()
    library.load(module)

    def use() -> None:
        try:
            slots = library.getSlotList(tokenPresent=True)
            if not slots:
                raise Answered(TOKEN_NOT_PRESENT)
            session = library.openSession(slots[0])
            try:
                sign(session)
            finally:
                session.closeSession()
        except PyKCS11.PyKCS11Error as error:
            raise Answered(error.value) from error

    def sign(session: PyKCS11.Session) -> None:
        try:
            session.login(pin)
        except PyKCS11.PyKCS11Error as error:
            if error.value != USER_ALREADY_LOGGED_IN:
                raise
        keys = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY), (PyKCS11.CKA_LABEL, LABEL)])
        if not keys:
            raise Answered(KEY_HANDLE_INVALID)
        for _ in range(SIGNATURES):
            tally.signed(bytes(session.sign(keys[0], MESSAGE, PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None))))

    return use


def pkcs11_tool(module: str, pin: str, tally: Tally) -> Use:
    command = ["pkcs11-tool", "--module", module, "--login", "--pin", "env:CPS_TEST_PIN", "--sign"]
    command += ["--mechanism", "SHA256-RSA-PKCS", "--label", LABEL]

    def use() -> None:
        done = subprocess.run(command, input=MESSAGE, capture_output=True, timeout=HANG_SECONDS)
        if done.returncode == 0:
            tally.signed(done.stdout)
            return
        said = done.stderr.decode(errors="replace")
        code = re.search(r"\((0x[0-9a-f]+)\)", said)
        if done.returncode < 0:
            print(f"hang pkcs11-tool ended by signal {-done.returncode}")
        elif code is not None:
            raise Answered(int(code[1], 16))
        elif "not found" in said:
            raise Answered(KEY_HANDLE_INVALID)
        elif "No slot" in said:
            raise Answered(TOKEN_NOT_PRESENT)
        else:
            raise RuntimeError(said)

    return use


def _code_of(name: str) -> int:
    """The CKR_ value of an exception of python-pkcs11, which is named after it: DeviceRemoved."""
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "native", "pkcs11", "pkcs11.h")) as header:
        codes = re.findall(r"#define CKR_(\w+)\s+\(?(0x[0-9A-Fa-f]+)", header.read())
    known = {code.replace("_", "").lower(): int(number, 16) for code, number in codes}
    if name.lower() not in known:
        raise RuntimeError(f"no code for {name}")
    return known[name.lower()]


CLIENTS = {"python-pkcs11": python_pkcs11, "pykcs11": pykcs11, "pkcs11-tool": pkcs11_tool}


def main() -> None:
    kind, module, seconds = sys.argv[1:4]
    pin, expected = sys.stdin.readline().strip(), sys.stdin.readline().strip()
    tally = Tally(expected)
    until = time.monotonic() + float(seconds)
    use = CLIENTS[kind](module, pin, tally)

    def work() -> None:
        while (started := time.monotonic()) < until:
            answer = OK
            try:
                use()
            except Answered as answered:
                answer = answered.answer
                time.sleep(0.01)
            except subprocess.TimeoutExpired:
                print(f"hang {kind} {HANG_SECONDS}")
            tally.note(answer, started)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(float(seconds) + HANG_SECONDS + 5)
        if thread.is_alive():
            print(f"hang {kind} {HANG_SECONDS}", flush=True)
            os._exit(42)
    tally.report(kind)


if __name__ == "__main__":
    main()
