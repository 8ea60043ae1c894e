"""How many APDUs each step of `steps.py` may cost on a freshly inserted card, and what the original middleware needed.

`ORIGINAL` is Cryptolib CPS 5.2.2 with an empty cache, on the same kind of rig. It reads the card's directory in
C_Initialize; this module reads each file at the first call that needs it. So the discovery steps are compared as
running totals (work that moved to a later call is not more work), the steps from C_Login on one by one.
"""

import sys

DISCOVERY = (
    "dlopen",
    "C_Initialize",
    "C_GetSlotList",
    "C_GetSlotInfo",
    "C_GetTokenInfo",
    "C_OpenSession",
    "list public objects",
    "read certificates",
)
SILENT = ("dlopen", "C_Initialize", "C_GetSlotList", "C_GetSlotInfo")
"""An application that only looks which readers there are must not power the card."""

START_RATIOS = {
    "+ C_GetSlotList, C_GetSlotInfo": 1.51 if sys.version_info < (3, 13) else 1.56,
    "+ C_GetTokenInfo": 2.20,
    "+ C_OpenSession": 2.77,
}
"""Instructions of a C process up to a stage of `cold_start.py`, C_Finalize and exit included, with a CPS4 and copies of
its files on disk, by those of a bare start of the same Python. The figures lie between those of CPython 3.11.7 and of
Debian's 3.11.2; with 3.12 and 3.13 they are smaller, but for the first of 3.13 (native/interned.c)."""

START_LOOK_UPS = {"+ C_GetSlotList, C_GetSlotInfo": 45, "+ C_GetTokenInfo": 60}
"""Names of files that such a process has the system look for; the loader alone 18 for a libpython with a RUNPATH."""

COMMAND_START_RATIO = 9.0
"""Instructions of `cps --version` by those of an empty program: 353 million by 40 with CPython 3.11, 0.12 s of a
processor."""

START_MARGIN = 0.03
"""What the counts differ by from one run and one build of Python to the next."""

TOTAL = {"cps3": 90, "cps4": 70}

ORIGINAL = {
    "cps3": {
        "C_Initialize": 43,
        "C_GetTokenInfo": 6,
        "read certificates": 16,
        "C_Login": 1,
        "sign 1 (CKM_RSA_PKCS, TLS)": 5,
        "sign x10 (CKM_RSA_PKCS)": 50,
        "sign SHA256_RSA_PKCS (signature key)": 5,
        "sign CKM_RSA_PKCS digest (signature key)": 5,
    },
    "cps4": {
        "C_Initialize": 33,
        "C_GetTokenInfo": 2,
        "read certificates": 13,
        "C_Login": 1,
        "sign 1 (CKM_RSA_PKCS, TLS)": 4,
        "sign x10 (CKM_RSA_PKCS)": 40,
        "sign SHA256_RSA_PKCS (signature key)": 3,
        "sign CKM_RSA_PKCS digest (signature key)": 3,
        "sign PSS SHA-256 (authentication key)": 3,
    },
}

CURRENT = {
    "cps3": {
        "C_GetTokenInfo": 20,
        "list public objects": 13,
        "read certificates": 13,
        "C_Login": 1,
        "sign 1 (CKM_RSA_PKCS, TLS)": 3,
        "sign x10 (CKM_RSA_PKCS)": 20,
        "sign SHA256_RSA_PKCS (signature key)": 4,
        "sign CKM_RSA_PKCS digest (signature key)": 3,
    },
    "cps4": {
        "C_GetTokenInfo": 13,
        "list public objects": 10,
        "read certificates": 13,
        "C_Login": 1,
        "sign 1 (CKM_RSA_PKCS, TLS)": 3,
        "sign x10 (CKM_RSA_PKCS)": 20,
        "sign SHA256_RSA_PKCS (signature key)": 2,
        "sign CKM_RSA_PKCS digest (signature key)": 2,
        "sign PSS SHA-256 (authentication key)": 2,
    },
}
"""What this module needs today; steps without an APDU are left out."""

WARM_LIMITS = {
    "cps3": {"C_GetTokenInfo": 8, "C_GetTokenInfo again": 5, "sign 1 (CKM_RSA_PKCS, TLS)": 4},
    "cps4": {
        "C_GetTokenInfo": 5,
        "C_GetTokenInfo again": 2,
        "sign 1 (CKM_RSA_PKCS, TLS)": 3,
        "sign CKM_RSA_PKCS digest (signature key)": 2,
    },
}
"""What was promised for a card whose public files are on disk; the lists and the certificates are to cost nothing."""

WARM = {
    "cps3": {
        "C_GetTokenInfo": 7,
        "C_Login": 1,
        "sign 1 (CKM_RSA_PKCS, TLS)": 4,
        "sign x10 (CKM_RSA_PKCS)": 20,
        "sign SHA256_RSA_PKCS (signature key)": 4,
        "sign CKM_RSA_PKCS digest (signature key)": 3,
    },
    "cps4": {
        "C_GetTokenInfo": 5,
        "C_Login": 1,
        "sign 1 (CKM_RSA_PKCS, TLS)": 3,
        "sign x10 (CKM_RSA_PKCS)": 20,
        "sign SHA256_RSA_PKCS (signature key)": 2,
        "sign CKM_RSA_PKCS digest (signature key)": 2,
        "sign PSS SHA-256 (authentication key)": 2,
    },
}
"""What a warm start needs today; steps without an APDU are left out."""

# Seconds that the bytes of a step take on the line of a real card (conformance.virtual_card.latency).

TRUE_SECONDS = {"cold": 1.0, "warm": 0.2}
"""Until the holder sees the token of a CPS3: the steps up to C_GetTokenInfo."""

CPS_DATA_SECONDS = {"size": 0.1, "read": 4.9, "write all": 4.9, "write 5 bytes": 0.2, "too long a value": 0.1}
"""With the 4096 bytes of a CPS3."""
