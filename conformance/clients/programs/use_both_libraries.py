"""One process uses the card through python-pkcs11 and PyKCS11, which know nothing of each other; a program.

The module is one for both: its sessions are their own, the login is everybody's, and whoever finalizes it ends it for
the other. Reads the path of the module and the code porteur as two lines on standard input.
"""

import sys
from typing import Any

import pkcs11
import PyKCS11

MESSAGE = b"Un patient, une ordonnance, une signature."


def private_keys(session: PyKCS11.Session) -> list[Any]:
    found: list[Any] = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)])
    return found


def own_private_keys(session: Any) -> list[Any]:
    return list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}))


def signs_the_same(session: Any, other: PyKCS11.Session) -> None:
    """PKCS#1 v1.5 has no chance in it: both must make the same signature with the same key."""
    by_handle = {str(other.getAttributeValue(key, [PyKCS11.CKA_LABEL])[0]): key for key in private_keys(other)}
    for key in own_private_keys(session):
        mine = key.sign(MESSAGE, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
        theirs = other.sign(by_handle[key.label], MESSAGE, PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None))
        assert bytes(theirs) == mine, key.label


def load(module: str) -> tuple[PyKCS11.PyKCS11Lib, PyKCS11.Session]:
    library = PyKCS11.PyKCS11Lib()
    library.load(module)
    (slot,) = library.getSlotList(tokenPresent=True)
    return library, library.openSession(slot)


def refused(code: int, call: Any, *arguments: Any) -> None:
    try:
        call(*arguments)
    except PyKCS11.PyKCS11Error as error:
        if error.value != code:
            raise
    else:
        raise AssertionError(f"{call} was not refused")


def main() -> None:
    module, pin = (sys.stdin.readline().rstrip("\n") for _ in range(2))
    (token,) = pkcs11.lib(module).get_tokens()
    library, other = load(module)
    assert private_keys(other) == []
    with token.open(user_pin=pin) as session:
        refused(PyKCS11.CKR_USER_ALREADY_LOGGED_IN, other.login, pin)
        signs_the_same(session, other)
    assert private_keys(other) == []  # python-pkcs11 logs out what it logged in, and with it everybody

    session = token.open()
    other.login(pin)
    signs_the_same(session, other)
    library.unload()
    try:
        session.generate_random(64)
    except pkcs11.PKCS11Error as error:
        if "not initialized" not in str(error):
            raise
    else:
        raise AssertionError("the module answers after its end")

    library, other = load(module)
    other.login(pin)
    assert len(private_keys(other)) == 2
    other.logout()
    library.unload()
    print("both libraries were served")


main()
