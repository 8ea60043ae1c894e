"""Signs a list of jobs through python-pkcs11, one after the other and then in four threads; a program, not a test.

Reads {"module", "jobs"} as JSON on standard input and prints the two lists of signatures. Without CPS_TEST_PIN the code
is typed on the reader. The interpreter lock is released while the module works.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pkcs11

THREADS = 4


def sign(session: pkcs11.Session, job: dict[str, Any]) -> str:
    key: Any = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=job["label"])
    parameter = None
    if job["pss"]:
        hash_algorithm, mgf, salt = job["pss"]
        parameter = (pkcs11.Mechanism(hash_algorithm), pkcs11.MGF(mgf), salt)
    signature = key.sign(
        bytes.fromhex(job["data"]), mechanism=pkcs11.Mechanism(job["mechanism"]), mechanism_param=parameter
    )
    return bytes(signature).hex()


def main() -> None:
    request = json.load(sys.stdin)
    jobs = request["jobs"]
    (token,) = pkcs11.lib(request["module"]).get_tokens()
    with token.open(user_pin=os.environ.get("CPS_TEST_PIN", pkcs11.PROTECTED_AUTH)) as session:
        alone = [sign(session, job) for job in jobs]
        sessions = [token.open() for _ in range(THREADS)]

        def share(number: int) -> list[str]:
            return [sign(sessions[number], job) for job in jobs[number::THREADS]]

        with ThreadPoolExecutor(THREADS) as pool:
            shares = list(pool.map(share, range(THREADS)))
        for other in sessions:
            other.close()
    together = [shares[number % THREADS][number // THREADS] for number in range(len(jobs))]
    print(json.dumps({"alone": alone, "together": together}))


main()
