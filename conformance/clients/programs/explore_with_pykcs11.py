"""What the own tests of PyKCS11 do to a token that makes no keys, done to the card; a program.

Slots, tokens, sessions, login, search, attributes, digests, random numbers. Reads the path of the module, the code
porteur and a wrong one as three lines on standard input.
"""

import hashlib
import sys
from typing import Any

import PyKCS11

MESSAGE = b"Repos et grand air" * 100
ADDED_BY_PYKCS11 = "CKM_ML_DSA"  # at the end of every list, whatever the module says


def refused(code: int, call: Any, *arguments: Any) -> None:
    try:
        call(*arguments)
    except PyKCS11.PyKCS11Error as error:
        if error.value != code:
            raise
    else:
        raise AssertionError(f"{call} was not refused")


def slots(library: Any) -> Any:
    (slot,) = library.getSlotList(tokenPresent=True)
    assert slot in library.getSlotList()
    assert "CKF_TOKEN_PRESENT" in library.getSlotInfo(slot).flags2text()
    assert {"CKF_LOGIN_REQUIRED", "CKF_RNG"} <= set(library.getTokenInfo(slot).flags2text())
    for mechanism in set(library.getMechanismList(slot)) - {ADDED_BY_PYKCS11}:
        assert library.getMechanismInfo(slot, mechanism).flags
    refused(PyKCS11.CKR_MECHANISM_INVALID, library.getMechanismInfo, slot, "CKM_MD2")
    refused(PyKCS11.CKR_SLOT_ID_INVALID, library.getTokenInfo, 9999)
    return slot


def sessions(library: Any, slot: Any, pin: str, wrong: str) -> None:
    session = library.openSession(slot, PyKCS11.CKF_SERIAL_SESSION | PyKCS11.CKF_RW_SESSION)
    assert session.getSessionInfo().state2text() == "CKS_RW_PUBLIC_SESSION"
    refused(PyKCS11.CKR_PIN_INCORRECT, session.login, wrong)
    refused(PyKCS11.CKR_ARGUMENTS_BAD, session.login, None)
    refused(PyKCS11.CKR_USER_NOT_LOGGED_IN, session.logout)
    session.login(pin)
    refused(PyKCS11.CKR_USER_ALREADY_LOGGED_IN, session.login, pin)
    assert session.getSessionInfo().state2text() == "CKS_RW_USER_FUNCTIONS"
    session.logout()
    library.closeAllSessions(slot)
    refused(PyKCS11.CKR_SESSION_HANDLE_INVALID, session.getSessionInfo)


def objects(session: Any) -> None:
    def found(**wanted: Any) -> list[Any]:
        template = [(getattr(PyKCS11, f"CKA_{name}"), value) for name, value in wanted.items()]
        return list(session.findObjects(template))

    everything = found()
    kinds = {session.getAttributeValue(item, [PyKCS11.CKA_CLASS])[0] for item in everything}
    assert kinds == {PyKCS11.CKO_CERTIFICATE, PyKCS11.CKO_DATA, PyKCS11.CKO_PRIVATE_KEY, PyKCS11.CKO_PUBLIC_KEY}
    for item in everything:
        assert session.getAttributeValue(item, [PyKCS11.CKA_TOKEN, PyKCS11.CKA_LABEL])[0]
    keys = found(CLASS=PyKCS11.CKO_PRIVATE_KEY)
    assert len(keys) == 2
    for key in keys:
        asked = [PyKCS11.CKA_ID, PyKCS11.CKA_MODULUS, PyKCS11.CKA_PRIVATE_EXPONENT]
        name, modulus, exponent = session.getAttributeValue(key, asked)
        assert exponent is None, "the private exponent was given"
        (certificate,) = found(CLASS=PyKCS11.CKO_CERTIFICATE, ID=name)
        assert bytes(modulus) in bytes(session.getAttributeValue(certificate, [PyKCS11.CKA_VALUE])[0])
    assert found(LABEL="nothing") == []
    refused(PyKCS11.CKR_FUNCTION_NOT_SUPPORTED, session.createObject, [(PyKCS11.CKA_CLASS, PyKCS11.CKO_DATA)])


def digests(session: Any) -> None:
    for name in ("SHA_1", "SHA256", "SHA384", "SHA512"):
        expected = hashlib.new(name.replace("_", "").lower(), MESSAGE).digest()
        mechanism = PyKCS11.Mechanism(getattr(PyKCS11, f"CKM_{name}"), None)
        assert bytes(session.digest(MESSAGE, mechanism)) == expected
        running = session.digestSession(mechanism)
        running.update(MESSAGE[:99]).update(MESSAGE[99:])
        assert bytes(running.final()) == expected


def signatures(session: Any) -> None:
    """PyKCS11 verifies in the module, with the public key of the card."""
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None)
    for key in session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY)]):
        (name,) = session.getAttributeValue(key, [PyKCS11.CKA_ID])
        (public,) = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PUBLIC_KEY), (PyKCS11.CKA_ID, name)])
        signature = session.sign(key, MESSAGE, mechanism)
        assert session.verify(public, MESSAGE, signature, mechanism)
        assert not session.verify(public, MESSAGE[1:], signature, mechanism)


def main() -> None:
    module, pin, wrong = (sys.stdin.readline().rstrip("\n") for _ in range(3))
    library = PyKCS11.PyKCS11Lib()
    library.load(module)
    assert library.getInfo().cryptokiVersion >= (2, 40)
    slot = slots(library)
    sessions(library, slot, pin, wrong)
    session = library.openSession(slot)
    session.login(pin)
    objects(session)
    digests(session)
    signatures(session)
    assert len(session.generateRandom(16)) == 16
    session.logout()
    session.closeSession()
    library.unload()
    print("explored")


main()
