"""VERIFY, MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION and their kin (ISO/IEC 7816-4 11.5, 7816-8 11)."""

from __future__ import annotations

from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER, Command

VERIFY = 0x20
CHANGE_REFERENCE_DATA = 0x24
RESET_RETRY_COUNTER = 0x2C

MANAGE_ENVIRONMENT = 0x22
PERFORM_OPERATION = 0x2A
GET_CHALLENGE = 0x84
AUTHENTICATE = 0x88

# Control reference templates of MANAGE SECURITY ENVIRONMENT: SET (P2).
AUTHENTICATION = 0xA4
HASH = 0xAA
DIGITAL_SIGNATURE = 0xB6
CONFIDENTIALITY = 0xB8

# P1 of MANAGE SECURITY ENVIRONMENT: SET.
SET_FOR_COMPUTATION = 0x41
SET_FOR_VERIFICATION = 0x81

ALGORITHM_REFERENCE = 0x80
KEY_REFERENCE = 0x84


def reference(tag: int, value: bytes) -> bytes:
    """One data object of a control reference template."""
    return bytes((tag, len(value))) + value


def set_environment(usage: int, template: int, references: bytes) -> Command:
    """MANAGE SECURITY ENVIRONMENT: SET, for `usage` (P1)."""
    return Command("MSE SET", MANAGE_ENVIRONMENT, usage, template, references)


def hash_on_card(data: bytes) -> Command:
    """PSO: HASH; the data field holds the intermediate state (90) and the last block (80)."""
    return Command("PSO HASH", PERFORM_OPERATION, 0x90, 0xA0, data)


def compute_signature(digest: bytes) -> Command:
    """PSO: COMPUTE DIGITAL SIGNATURE over `digest`, or over the card's own hash when it is empty."""
    return Command("PSO CDS", PERFORM_OPERATION, 0x9E, 0x9A, digest, MAX_SHORT_ANSWER)


def decipher(cryptogram: bytes) -> Command:
    """PSO: DECIPHER; `cryptogram` starts with a padding indicator where the card wants one."""
    return Command("PSO DECIPHER", PERFORM_OPERATION, 0x80, 0x86, cryptogram, MAX_SHORT_ANSWER)


def internal_authenticate(data: bytes) -> Command:
    """INTERNAL AUTHENTICATE over `data` (1 to 255 bytes)."""
    return Command("INTERNAL AUTHENTICATE", AUTHENTICATE, 0x00, 0x00, data, MAX_SHORT_ANSWER)


def get_challenge(length: int) -> Command:
    """GET CHALLENGE of `length` random bytes (1 to 256)."""
    return Command("GET CHALLENGE", GET_CHALLENGE, 0x00, 0x00, le=length)


def query_verify(reference_data: int) -> Command:
    """VERIFY without data: asks how many tries are left, spends none."""
    return Command("VERIFY", VERIFY, 0x00, reference_data)


def get_data(data: bytes) -> Command:
    """GET DATA (odd P1P2 form 3FFF) with a tag list."""
    return Command("GET DATA", 0xCB, 0x3F, 0xFF, data, MAX_SHORT_ANSWER)
