"""What the module must show of each virtual card: the card's own contents under the rules of the card specification.

Card specification, 5.2 and 5.3, with the corrections that DIFFERENCES.md gives reasons for; nothing here was read from
the module. ``python -m conformance.acceptance.golden.expected`` writes the files beside this one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from conformance.acceptance.golden.dump import Answers, Dump
from conformance.testbed.attributes import ASKED, RSA_SECRETS, SECRECY, USAGES, ulong
from conformance.testbed.cryptoki import (
    CKA,
    CKC_X_509,
    CKK_RSA,
    CKM,
    CKO,
    CKR,
    UNAVAILABLE,
    MechanismFlag,
    SlotFlag,
    TokenFlag,
)
from conformance.testbed.rig import READER
from conformance.virtual_card import contents
from conformance.virtual_card.identity import identity
from conformance.virtual_card.profiles import CONTACT_AID, PROFILES

FOLDER = Path(__file__).parent

TOKEN_LABELS = {"cps3": "CPS3v3-2899990003", "cps3cl": "CPS3v3-2899990003", "cps4": "CPS4v1-2899990004"}
MANUFACTURER = "ORGANISME D'ESSAI"
MODEL = "IAS ECC"
PIN_LENGTHS = {"cps3": (4, 4), "cps3cl": (4, 8), "cps4": (4, 4)}
KEY_BITS = {"cps3": (512, 2048), "cps3cl": (512, 2048), "cps4": (2048, 2048)}

DIGESTS = (CKM.SHA_1, CKM.SHA224, CKM.SHA256, CKM.SHA384, CKM.SHA512)
HASH_AND_SIGN = (
    CKM.SHA1_RSA_PKCS, CKM.SHA224_RSA_PKCS, CKM.SHA256_RSA_PKCS, CKM.SHA384_RSA_PKCS, CKM.SHA512_RSA_PKCS,
)  # fmt: skip
HASH_AND_PSS = (
    CKM.SHA1_RSA_PKCS_PSS, CKM.SHA224_RSA_PKCS_PSS, CKM.SHA256_RSA_PKCS_PSS, CKM.SHA384_RSA_PKCS_PSS,
    CKM.SHA512_RSA_PKCS_PSS,
)  # fmt: skip
SIGNS = MechanismFlag.HW | MechanismFlag.SIGN | MechanismFlag.VERIFY
RECOVERS = MechanismFlag.SIGN_RECOVER | MechanismFlag.VERIFY_RECOVER
CIPHERS = MechanismFlag.HW | MechanismFlag.DECRYPT | MechanismFlag.ENCRYPT


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a card: its role, the name of its private half, the last byte of its CKA_ID, what it can do."""

    role: str
    label: str
    certificate: str
    number: int
    signs: tuple[CKM, ...]
    decrypts: tuple[CKM, ...] = ()
    public: str = ""
    """The public half's own label; without one it is named after the certificate."""
    private: bool = True

    @property
    def id(self) -> bytes:
        return CONTACT_AID + bytes([self.number])

    @property
    def recovers(self) -> tuple[CKM, ...]:
        """Signatures that hold the data as they were given: the signature key takes digests only."""
        whole = () if self.role == "signature" else (CKM.RSA_PKCS, CKM.RSA_X_509)
        return tuple(mechanism for mechanism in whole if mechanism in self.signs)

    @property
    def mechanisms(self) -> tuple[CKM, ...]:
        return tuple(sorted({*self.signs, *self.decrypts}, key=ORDER.index))


ORDER = [*DIGESTS, CKM.RSA_PKCS, CKM.RSA_X_509, CKM.RSA_PKCS_OAEP, *HASH_AND_SIGN, CKM.RSA_PKCS_PSS, *HASH_AND_PSS]
SIGNATURE, AUTHENTICATION = "Certificat de Signature CPS", "Certificat d'Authentification CPS"
CHIP_HASHES = (CKM.RSA_PKCS, CKM.SHA1_RSA_PKCS, CKM.SHA256_RSA_PKCS)
CHIP_PSS = (CKM.RSA_PKCS_PSS, CKM.SHA1_RSA_PKCS_PSS, CKM.SHA256_RSA_PKCS_PSS)
KEYS = {
    "cps3": (
        Key("signature", "CPS_PRIV_SIG", SIGNATURE, 0x01, CHIP_HASHES),
        Key("authentication", "CPS_PRIV_AUT", AUTHENTICATION, 0x02, (CKM.RSA_PKCS, *HASH_AND_SIGN), (CKM.RSA_PKCS,)),
    ),
    "cps3cl": (
        Key("technical", "CPS_PRIV_TECH_AUT", "Certificat Technique CPS", 0x03, (CKM.RSA_PKCS,), private=False),
    ),
    "cps4": (
        Key(
            "signature", "CPS_PRIV_SIG", SIGNATURE, 0x10, (*CHIP_HASHES, *CHIP_PSS),
            public="Cle publique de Signature CPS",
        ),
        Key(
            "authentication", "CPS_PRIV_AUT", AUTHENTICATION, 0x20,
            (CKM.RSA_PKCS, CKM.RSA_X_509, *HASH_AND_SIGN, CKM.RSA_PKCS_PSS, *HASH_AND_PSS),
            (CKM.RSA_PKCS, CKM.RSA_X_509, CKM.RSA_PKCS_OAEP),
            public="Cle publique d'Authentification CPS",
        ),
    ),
}  # fmt: skip


def dump(card: str) -> Dump:
    """The whole of it, for a card as issued."""
    objects = dict(enumerate(_objects(card), 1))
    public = [handle for handle, answers in objects.items() if answers[CKA.PRIVATE] == FALSE]
    return Dump(card, _slot(), _token(card), _mechanisms(card), public, list(objects), objects)


def _slot() -> dict[str, int | bytes]:
    return {
        "slotDescription": READER.encode().ljust(64),
        "manufacturerID": b" " * 32,
        "flags": SlotFlag.TOKEN_PRESENT | SlotFlag.REMOVABLE_DEVICE | SlotFlag.HW_SLOT,
        "hardwareVersion": 0,
        "firmwareVersion": 0,
    }


def _token(card: str) -> dict[str, int | bytes]:
    flags = TokenFlag.RNG | TokenFlag.TOKEN_INITIALIZED
    if card != "cps3cl":
        flags |= TokenFlag.LOGIN_REQUIRED | TokenFlag.USER_PIN_INITIALIZED
    shortest, longest = PIN_LENGTHS[card]
    return {
        "label": TOKEN_LABELS[card].encode().ljust(32),
        "manufacturerID": MANUFACTURER.encode().ljust(32),
        "model": MODEL.encode().ljust(16),
        "serialNumber": identity(card).holder.serial.encode().ljust(16),
        "flags": flags,
        "ulMaxSessionCount": 0,
        "ulSessionCount": 0,
        "ulMaxRwSessionCount": 0,
        "ulRwSessionCount": 0,
        "ulMaxPinLen": longest,
        "ulMinPinLen": shortest,
        "ulTotalPublicMemory": UNAVAILABLE,
        "ulFreePublicMemory": UNAVAILABLE,
        "ulTotalPrivateMemory": UNAVAILABLE,
        "ulFreePrivateMemory": UNAVAILABLE,
        "hardwareVersion": 0,
        "firmwareVersion": 0,
        "utcTime": bytes(16),
    }


def _mechanisms(card: str) -> dict[CKM | int, tuple[int, int, int]]:
    flags: dict[CKM, int] = dict.fromkeys(DIGESTS, MechanismFlag.DIGEST)
    for key in KEYS[card]:
        for kinds, given in ((key.signs, SIGNS), (key.recovers, RECOVERS), (key.decrypts, CIPHERS)):
            for mechanism in kinds:
                flags[mechanism] = flags.get(mechanism, 0) | given
    return {
        mechanism: (*((0, 0) if mechanism in DIGESTS else KEY_BITS[card]), flags[mechanism])
        for mechanism in ORDER
        if mechanism in flags
    }


# Objects

TRUE, FALSE = b"\1", b"\0"


def _objects(card: str) -> Iterator[Answers]:
    """All objects in the order of their handles: each key with its objects, protected data, CPS_DATA, other data.

    CPS_DATA is on a CPS3 only; the objects of the former card are in the directory of a CPS4 only.
    """
    for key in KEYS[card]:
        yield _private_key(card, key)
        halves = [_certificate(card, key), _public_key(card, key)]
        # A card that lists its public keys has them before their certificates.
        yield from reversed(halves) if key.public else halves
    for label, value in _protected_data(card):
        yield _data(card, label, value, private=True)
    if card != "cps4":
        yield _data(card, "CPS_DATA", contents.application_data(), modifiable=card != "cps3cl")
    holder = identity(card).holder
    yield _data(card, "CPS_ID_CARD", contents.identity_card(holder))
    yield _data(card, "CPS_NAME_PS", contents.holder_name(holder))
    yield _data(card, "CPS_LANG_PS", contents.holder_language())
    yield _data(card, "CPS_INFO_PS", contents.holder_information(holder))
    if card == "cps4":
        for label, value in contents.former_card(holder).items():
            yield _data(card, label, value)


def _protected_data(card: str) -> Iterator[tuple[str, bytes]]:
    """The protected data objects; none on a card without codes."""
    situations = contents.ACTIVITIES.get(card)
    if situations is None:
        return
    for situation in situations:
        yield f"CPS_ACTIVITY_{situation.number:02}_PS", contents.activity(situation)
    yield "CPS_SIT_FACT", contents.billing_situation(situations)
    for situation in situations:
        yield f"CPS2TER_ACTIVITY_{situation.number:02}_PS", contents.volet_activity(situation)


def _answers(kind: CKO, said: dict[CKA, bytes]) -> Answers:
    """Every attribute asked for: what is said of it, else that there is none."""
    unknown = dict.fromkeys(RSA_SECRETS, CKR.ATTRIBUTE_SENSITIVE) if kind == CKO.PRIVATE_KEY else {}
    return {asked: said.get(asked, unknown.get(asked, CKR.ATTRIBUTE_TYPE_INVALID)) for asked in ASKED[kind]}


def _common(
    card: str, kind: CKO, label: str, name: str, private: bool = False, modifiable: bool = False
) -> dict[CKA, bytes]:
    """`name` distinguishes objects of one class on one card, and is the same every day."""
    return {
        CKA.CLASS: ulong(kind),
        CKA.TOKEN: TRUE,
        CKA.PRIVATE: TRUE if private else FALSE,
        CKA.MODIFIABLE: TRUE if modifiable else FALSE,
        CKA.COPYABLE: FALSE,
        CKA.DESTROYABLE: FALSE,
        CKA.LABEL: label.encode(),
        CKA.UNIQUE_ID: f"{identity(card).holder.serial}-{kind:d}-{name}".encode(),
    }


def _data(card: str, label: str, value: bytes, private: bool = False, modifiable: bool = False) -> Answers:
    said = _common(card, CKO.DATA, label, label, private, modifiable)
    return _answers(CKO.DATA, said | {CKA.APPLICATION: b"CPS", CKA.OBJECT_ID: b"", CKA.VALUE: value})


def _certificate(card: str, key: Key) -> Answers:
    value = identity(card).credentials[key.role].certificate
    issued = load_der_x509_certificate(value)
    serial = issued.serial_number
    said = _common(card, CKO.CERTIFICATE, key.certificate, key.id.hex().upper()) | {
        CKA.CERTIFICATE_TYPE: ulong(CKC_X_509),
        CKA.CERTIFICATE_CATEGORY: ulong(1),
        CKA.TRUSTED: FALSE,
        CKA.ID: key.id,
        CKA.SUBJECT: issued.subject.public_bytes(),
        CKA.ISSUER: issued.issuer.public_bytes(),
        CKA.SERIAL_NUMBER: serial.to_bytes(serial.bit_length() // 8 + 1, "big"),
        CKA.VALUE: value,
        CKA.CHECK_VALUE: hashlib.sha1(value).digest()[:3],
        CKA.START_DATE: issued.not_valid_before_utc.strftime("%Y%m%d").encode(),
        CKA.END_DATE: issued.not_valid_after_utc.strftime("%Y%m%d").encode(),
        CKA.PUBLIC_KEY_INFO: issued.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    }
    return _answers(CKO.CERTIFICATE, said)


def _public_key(card: str, key: Key) -> Answers:
    label = key.public or f"Cle publique - {key.certificate}"
    usages = {
        CKA.VERIFY: TRUE,
        CKA.VERIFY_RECOVER: TRUE if key.recovers else FALSE,
        CKA.ENCRYPT: TRUE if key.decrypts else FALSE,
    }
    secrecy = dict(zip(SECRECY, (FALSE, FALSE, TRUE, FALSE), strict=True))
    der = _numbers(card, key).public_bytes(Encoding.DER, PublicFormat.PKCS1)
    said = _common(card, CKO.PUBLIC_KEY, label, key.id.hex().upper()) | _key(card, key, usages)
    return _answers(CKO.PUBLIC_KEY, said | secrecy | {CKA.TRUSTED: FALSE, CKA.VALUE: der})


def _private_key(card: str, key: Key) -> Answers:
    usages = {
        CKA.SIGN: TRUE,
        CKA.SIGN_RECOVER: TRUE if key.recovers else FALSE,
        CKA.DECRYPT: TRUE if key.decrypts else FALSE,
    }
    secrecy = dict(zip(SECRECY, (TRUE, TRUE, FALSE, TRUE), strict=True))
    said = _common(card, CKO.PRIVATE_KEY, key.label, key.id.hex().upper(), key.private) | _key(card, key, usages)
    return _answers(CKO.PRIVATE_KEY, said | secrecy | {CKA.ALWAYS_AUTHENTICATE: FALSE, CKA.WRAP_WITH_TRUSTED: FALSE})


def _key(card: str, key: Key, usages: dict[CKA, bytes]) -> dict[CKA, bytes]:
    """The attributes of both keys of a pair."""
    public = _numbers(card, key)
    numbers = public.public_numbers()
    issued = load_der_x509_certificate(identity(card).credentials[key.role].certificate)
    return {
        CKA.KEY_TYPE: ulong(CKK_RSA),
        CKA.ID: key.id,
        CKA.SUBJECT: issued.subject.public_bytes(),
        CKA.START_DATE: b"",
        CKA.END_DATE: b"",
        CKA.LOCAL: TRUE,
        CKA.KEY_GEN_MECHANISM: ulong(UNAVAILABLE),
        CKA.ALLOWED_MECHANISMS: b"".join(ulong(mechanism) for mechanism in key.mechanisms),
        CKA.DERIVE: FALSE,
        CKA.PUBLIC_KEY_INFO: public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        CKA.MODULUS: numbers.n.to_bytes(public.key_size // 8, "big"),
        CKA.MODULUS_BITS: ulong(public.key_size),
        CKA.PUBLIC_EXPONENT: numbers.e.to_bytes(3, "big"),
        **dict.fromkeys(USAGES, FALSE),
        **usages,
    }


def _numbers(card: str, key: Key) -> RSAPublicKey:
    public = load_der_x509_certificate(identity(card).credentials[key.role].certificate).public_key()
    assert isinstance(public, RSAPublicKey)
    return public


def file(card: str) -> Path:
    return FOLDER / f"{card}.txt"


if __name__ == "__main__":
    for name in PROFILES:
        file(name).write_text(dump(name).text())
