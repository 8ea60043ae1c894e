"""The attributes to ask of each class of objects, and the text form of their values.

PKCS #11 Specification 3.2, clause 4, and the additions of the original.
"""

import hashlib
import sys

from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, UNAVAILABLE

ULONG_SIZE = 8
SHORT = 40

STORAGE = (
    CKA.CLASS, CKA.TOKEN, CKA.PRIVATE, CKA.MODIFIABLE, CKA.COPYABLE, CKA.DESTROYABLE, CKA.LABEL, CKA.UNIQUE_ID,
    CKA.OBJECT_VALIDATION_FLAGS,
)  # fmt: skip
KEY = (
    CKA.KEY_TYPE, CKA.ID, CKA.SUBJECT, CKA.START_DATE, CKA.END_DATE, CKA.LOCAL, CKA.KEY_GEN_MECHANISM,
    CKA.ALLOWED_MECHANISMS, CKA.DERIVE, CKA.PUBLIC_KEY_INFO, CKA.PARAMETER_SET,
)  # fmt: skip
# Both keys of a pair answer the usage attributes of both, as in the original: a template may name them all.
USAGES = (
    CKA.ENCRYPT, CKA.DECRYPT, CKA.SIGN, CKA.SIGN_RECOVER, CKA.VERIFY, CKA.VERIFY_RECOVER, CKA.WRAP, CKA.UNWRAP,
    CKA.ENCAPSULATE, CKA.DECAPSULATE,
)  # fmt: skip
SECRECY = (CKA.SENSITIVE, CKA.ALWAYS_SENSITIVE, CKA.EXTRACTABLE, CKA.NEVER_EXTRACTABLE)
RSA_PUBLIC = (CKA.MODULUS, CKA.MODULUS_BITS, CKA.PUBLIC_EXPONENT)
RSA_SECRETS = (
    CKA.PRIVATE_EXPONENT, CKA.PRIME_1, CKA.PRIME_2, CKA.EXPONENT_1, CKA.EXPONENT_2, CKA.COEFFICIENT,
)  # fmt: skip

ASKED = {
    CKO.DATA: (*STORAGE, CKA.APPLICATION, CKA.OBJECT_ID, CKA.VALUE),
    CKO.CERTIFICATE: (
        *STORAGE, CKA.CERTIFICATE_TYPE, CKA.CERTIFICATE_CATEGORY, CKA.TRUSTED, CKA.ID, CKA.SUBJECT, CKA.ISSUER,
        CKA.SERIAL_NUMBER, CKA.VALUE, CKA.CHECK_VALUE, CKA.START_DATE, CKA.END_DATE, CKA.PUBLIC_KEY_INFO, CKA.URL,
        CKA.HASH_OF_SUBJECT_PUBLIC_KEY, CKA.HASH_OF_ISSUER_PUBLIC_KEY, CKA.NAME_HASH_ALGORITHM,
        CKA.JAVA_MIDP_SECURITY_DOMAIN,
    ),
    CKO.PUBLIC_KEY: (
        *STORAGE, *KEY, *USAGES, *SECRECY, CKA.TRUSTED, CKA.WRAP_TEMPLATE, CKA.ENCAPSULATE_TEMPLATE, *RSA_PUBLIC,
        CKA.VALUE,
    ),
    CKO.PRIVATE_KEY: (
        *STORAGE, *KEY, *USAGES, *SECRECY, CKA.ALWAYS_AUTHENTICATE, CKA.WRAP_WITH_TRUSTED, CKA.UNWRAP_TEMPLATE,
        CKA.DERIVE_TEMPLATE, CKA.DECAPSULATE_TEMPLATE, *RSA_PUBLIC, *RSA_SECRETS,
    ),
}  # fmt: skip

_ULONGS = {
    CKA.CLASS, CKA.CERTIFICATE_TYPE, CKA.CERTIFICATE_CATEGORY, CKA.KEY_TYPE, CKA.KEY_GEN_MECHANISM, CKA.MODULUS_BITS,
}  # fmt: skip
_TEXTS = {CKA.LABEL, CKA.UNIQUE_ID, CKA.APPLICATION, CKA.START_DATE, CKA.END_DATE}
_BOOLEANS = {
    CKA.TOKEN, CKA.PRIVATE, CKA.MODIFIABLE, CKA.COPYABLE, CKA.DESTROYABLE, CKA.TRUSTED, CKA.DERIVE, CKA.LOCAL,
    CKA.ALWAYS_AUTHENTICATE, CKA.WRAP_WITH_TRUSTED, *USAGES, *SECRECY,
}  # fmt: skip


def ulong(value: int) -> bytes:
    return value.to_bytes(ULONG_SIZE, sys.byteorder)


def written(kind: CKA, value: bytes | CKR) -> str:
    """The value as one line. Different values always have different lines."""
    if isinstance(value, CKR):
        return f"CKR_{value.name}"
    if kind in _BOOLEANS and len(value) == 1 and value[0] < 2:
        return ("CK_FALSE", "CK_TRUE")[value[0]]
    if kind in _ULONGS and len(value) == ULONG_SIZE:
        return _number(kind, int.from_bytes(value, sys.byteorder))
    if kind == CKA.ALLOWED_MECHANISMS and len(value) % ULONG_SIZE == 0:
        numbers = [
            int.from_bytes(value[at : at + ULONG_SIZE], sys.byteorder) for at in range(0, len(value), ULONG_SIZE)
        ]
        return " ".join(mechanism_name(number) for number in numbers) or "none"
    if kind in _TEXTS:
        return _text(value)
    if not value:
        return "empty"
    if len(value) > SHORT:
        return f"{len(value)} bytes, SHA-256 {hashlib.sha256(value).hexdigest()}"
    return value.hex().upper()


def mechanism_name(number: int) -> str:
    return f"CKM_{CKM(number).name}" if number in set(CKM) else f"{number:#x}"


def _number(kind: CKA, number: int) -> str:
    if number == UNAVAILABLE:
        return "CK_UNAVAILABLE_INFORMATION"
    if kind == CKA.CLASS and number in set(CKO):
        return f"CKO_{CKO(number).name}"
    return str(number)


def _text(value: bytes) -> str:
    """Quoted, so that blanks and an empty text show; as bytes if it is no text."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex().upper()
    return f'"{text}"' if text.isprintable() and '"' not in text else value.hex().upper()
