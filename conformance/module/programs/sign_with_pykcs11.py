"""Signs a list of jobs through PyKCS11, one after the other and then in four threads; a program, not a test.

Reads {"module", "jobs"} as JSON on standard input and prints the two lists of signatures. Without CPS_TEST_PIN the code
is typed on the reader. The interpreter lock is held while the module is called.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import PyKCS11

THREADS = 4


def sign(session: PyKCS11.Session, job: dict[str, Any]) -> str:
    wanted = [(PyKCS11.CKA_CLASS, PyKCS11.CKO_PRIVATE_KEY), (PyKCS11.CKA_LABEL, job["label"])]
    (key,) = session.findObjects(wanted)
    mechanism = PyKCS11.Mechanism(job["mechanism"], None)
    if job["pss"]:
        mechanism = PyKCS11.RSA_PSS_Mechanism(job["mechanism"], *job["pss"])
    return bytes(session.sign(key, bytes.fromhex(job["data"]), mechanism)).hex()


def main() -> None:
    request = json.load(sys.stdin)
    jobs = request["jobs"]
    library = PyKCS11.PyKCS11Lib()
    library.load(request["module"])
    (slot,) = library.getSlotList(tokenPresent=True)
    session = library.openSession(slot)
    session.login(os.environ.get("CPS_TEST_PIN"))
    alone = [sign(session, job) for job in jobs]
    sessions = [library.openSession(slot) for _ in range(THREADS)]

    def share(number: int) -> list[str]:
        return [sign(sessions[number], job) for job in jobs[number::THREADS]]

    with ThreadPoolExecutor(THREADS) as pool:
        shares = list(pool.map(share, range(THREADS)))
    for other in (*sessions, session):
        other.closeSession()
    together = [shares[number % THREADS][number // THREADS] for number in range(len(jobs))]
    print(json.dumps({"alone": alone, "together": together}))


main()
