"""VERIFY, MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION and so on (ISO/IEC 7816-4 11.5, 7816-8 11)."""

from __future__ import annotations

from cryptolib.iso7816 import ins
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER, Command

# P1 of CHANGE REFERENCE DATA: old and new data, or the new data alone after the old ones were presented.
OLD_AND_NEW = 0x00
NEW_ALONE = 0x01

# P1 of RESET RETRY COUNTER: with the new reference data, or without data.
RESET_WITH_NEW = 0x02
RESET_ALONE = 0x03

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
# Data objects that begin with an algorithm reference: 80, and the proprietary 91 with a key reference after it.
WITH_ALGORITHM = (ALGORITHM_REFERENCE, 0x91)


def reference(tag: int, value: bytes) -> bytes:
    """One data object of a control reference template."""
    return bytes((tag, len(value))) + value


def set_environment(usage: int, template: int, references: bytes) -> Command:
    """MANAGE SECURITY ENVIRONMENT: SET, for `usage` (P1)."""
    return Command("MSE SET", ins.MANAGE_SECURITY_ENVIRONMENT, usage, template, references)


def hash_on_card(data: bytes) -> Command:
    """PSO: HASH; the data field holds the intermediate state (90) and the last block (80)."""
    return Command("PSO HASH", ins.PERFORM_SECURITY_OPERATION, 0x90, 0xA0, data)


def compute_signature(digest: bytes) -> Command:
    """PSO: COMPUTE DIGITAL SIGNATURE over `digest`, or over the card's own hash when it is empty."""
    return Command("PSO CDS", ins.PERFORM_SECURITY_OPERATION, 0x9E, 0x9A, digest, MAX_SHORT_ANSWER)


def decipher(cryptogram: bytes) -> Command:
    """PSO: DECIPHER; `cryptogram` starts with a padding indicator if the card wants one."""
    return Command("PSO DECIPHER", ins.PERFORM_SECURITY_OPERATION, 0x80, 0x86, cryptogram, MAX_SHORT_ANSWER)


def internal_authenticate(data: bytes) -> Command:
    """INTERNAL AUTHENTICATE over `data` (1 to 255 bytes)."""
    return Command("INTERNAL AUTHENTICATE", ins.INTERNAL_AUTHENTICATE, 0x00, 0x00, data, MAX_SHORT_ANSWER)


def get_challenge(length: int) -> Command:
    """GET CHALLENGE of `length` random bytes (1 to 256)."""
    return Command("GET CHALLENGE", ins.GET_CHALLENGE, 0x00, 0x00, le=length)


def query_verify(reference_data: int) -> Command:
    """VERIFY without data: asks for the tries left and costs none."""
    return Command("VERIFY", ins.VERIFY, 0x00, reference_data)


def verify(reference_data: int) -> Command:
    """VERIFY; the code follows as a secret."""
    return Command("VERIFY", ins.VERIFY, 0x00, reference_data)


def change_reference_data(what: int, reference_data: int) -> Command:
    """CHANGE REFERENCE DATA of `what` (P1); the codes follow as secrets, the old one first."""
    return Command("CHANGE REFERENCE DATA", ins.CHANGE_REFERENCE_DATA, what, reference_data)


def reset_retry_counter(what: int, reference_data: int) -> Command:
    """RESET RETRY COUNTER with `what` (P1); the codes follow as secrets."""
    return Command("RESET RETRY COUNTER", ins.RESET_RETRY_COUNTER, what, reference_data)


def get_data(data: bytes) -> Command:
    """GET DATA (odd P1P2 form 3FFF) with a tag list."""
    return Command("GET DATA", ins.GET_DATA, 0x3F, 0xFF, data, MAX_SHORT_ANSWER)
