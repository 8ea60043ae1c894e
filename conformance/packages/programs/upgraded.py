"""Signs through PyKCS11 before and after the package is upgraded under it; a program, not a test.

Arguments: the module, the new package, the label of a key, and whether a session is open at that time (open, closed).
Prints one signature a line.
"""

import os
import subprocess
import sys

import PyKCS11

MESSAGE = b"Repos et grand air"


def open_session(library: PyKCS11.PyKCS11Lib) -> PyKCS11.Session:
    (slot,) = library.getSlotList(tokenPresent=True)
    session = library.openSession(slot)
    session.login(os.environ["CPS_TEST_PIN"])
    return session


def sign(session: PyKCS11.Session, label: str) -> None:
    (key,) = session.findObjects([(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY), (PyKCS11.CKA_LABEL, label)])
    mechanism = PyKCS11.Mechanism(PyKCS11.CKM_SHA256_RSA_PKCS, None)
    print(bytes(session.sign(key, MESSAGE, mechanism)).hex(), flush=True)


def main() -> None:
    module, package, label, at_upgrade = sys.argv[1:]
    library = PyKCS11.PyKCS11Lib()
    library.load(module)
    session = open_session(library) if at_upgrade == "open" else None
    if session:
        sign(session, label)
    upgrade = ["apt-get", "install", "--yes", package]
    subprocess.run(upgrade, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sign(session or open_session(library), label)


main()
