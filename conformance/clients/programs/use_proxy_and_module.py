"""One process uses the card directly and through p11-kit's proxy, as browsers do; a program, with PyKCS11.

The second C_Initialize, whoever calls it, answers that the first one holds; p11-kit ends only what it began. Reads the
paths of the module and of the proxy and the code porteur as three lines on standard input.
"""

import sys
from typing import Any

import PyKCS11

MESSAGE = b"Un patient, une ordonnance, une signature."
SHA256_RSA_PKCS = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None)


def load(path: str) -> tuple[PyKCS11.PyKCS11Lib, PyKCS11.Session]:
    """A library, and a session with the card among the tokens that it shows."""
    library = PyKCS11.PyKCS11Lib()
    library.load(path)
    (slot,) = (
        slot for slot in library.getSlotList(tokenPresent=True) if library.getTokenInfo(slot).label.startswith("CPS")
    )
    return library, library.openSession(slot)


def signature(session: PyKCS11.Session) -> bytes:
    (key,) = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY), (PyKCS11.CKA_LABEL, "CPS_PRIV_AUT")])
    return bytes(session.sign(key, MESSAGE, SHA256_RSA_PKCS))


def refused(code: int, call: Any, *arguments: Any) -> None:
    try:
        call(*arguments)
    except PyKCS11.PyKCS11Error as error:
        if error.value != code:
            raise
    else:
        raise AssertionError(f"{call} was not refused")


def main() -> None:
    module, proxy, pin = (sys.stdin.readline().rstrip("\n") for _ in range(3))

    direct, session = load(module)
    session.login(pin)
    through, other = load(proxy)
    assert signature(other) == signature(session)
    through.unload()
    assert signature(session)
    direct.unload()

    through, other = load(proxy)
    direct, session = load(module)
    other.login(pin)
    assert signature(other) == signature(session)
    through.unload()
    refused(PyKCS11.CKR_CRYPTOKI_NOT_INITIALIZED, session.getSessionInfo)
    print("served both ways")


main()
