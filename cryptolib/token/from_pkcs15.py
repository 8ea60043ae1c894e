"""Turns PKCS#15 directory entries into PKCS#11 objects, in the order of handles that applications expect."""

from __future__ import annotations

from cryptolib.cryptoki.attributes import big_integer, boolean, ulong
from cryptolib.cryptoki.constants import (
    CK_CERTIFICATE_CATEGORY_TOKEN_USER,
    CK_UNAVAILABLE_INFORMATION,
    CKA_ALLOWED_MECHANISMS,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_ALWAYS_SENSITIVE,
    CKA_APPLICATION,
    CKA_CERTIFICATE_CATEGORY,
    CKA_CERTIFICATE_TYPE,
    CKA_CHECK_VALUE,
    CKA_COEFFICIENT,
    CKA_DECAPSULATE,
    CKA_DECRYPT,
    CKA_DERIVE,
    CKA_ENCAPSULATE,
    CKA_ENCRYPT,
    CKA_END_DATE,
    CKA_EXPONENT_1,
    CKA_EXPONENT_2,
    CKA_EXTRACTABLE,
    CKA_ID,
    CKA_ISSUER,
    CKA_KEY_GEN_MECHANISM,
    CKA_KEY_TYPE,
    CKA_LOCAL,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_NEVER_EXTRACTABLE,
    CKA_OBJECT_ID,
    CKA_PRIME_1,
    CKA_PRIME_2,
    CKA_PRIVATE_EXPONENT,
    CKA_PUBLIC_EXPONENT,
    CKA_PUBLIC_KEY_INFO,
    CKA_SENSITIVE,
    CKA_SERIAL_NUMBER,
    CKA_SIGN,
    CKA_SIGN_RECOVER,
    CKA_START_DATE,
    CKA_SUBJECT,
    CKA_TRUSTED,
    CKA_UNIQUE_ID,
    CKA_UNWRAP,
    CKA_VALUE,
    CKA_VERIFY,
    CKA_VERIFY_RECOVER,
    CKA_WRAP,
    CKA_WRAP_WITH_TRUSTED,
    CKC_X_509,
    CKK_RSA,
    CKM_SHA_1,
    CKO_CERTIFICATE,
    CKO_DATA,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
)
from cryptolib.mechanisms.hashes import BY_MECHANISM
from cryptolib.mechanisms.table import MECHANISMS
from cryptolib.token.objects import DataObject, PrivateKeyObject, PublicKeyObject, TokenObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme
    from cryptolib.mechanisms.operation import PublicKey
    from cryptolib.pkcs15.directory import Directory
    from cryptolib.pkcs15.entries import Entry
    from cryptolib.token.card_files import CardFiles
    from cryptolib.token.certificate import Certificate
    from cryptolib.token.objects import Value

PRIVATE_PARTS = frozenset(
    (CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT)
)
# Both keys of a pair have all of these attributes, so that a template may name those of either.
USAGES = (
    CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_SIGN_RECOVER, CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_WRAP, CKA_UNWRAP,
    CKA_ENCAPSULATE, CKA_DECAPSULATE,
)  # fmt: skip
CHECK_VALUE_LENGTH = 3
# The directory of the contactless application does not say that these are written through the contacts.
CPS_DATA = "CPS_DATA"


def token_objects(directory: Directory, files: CardFiles) -> dict[int, TokenObject]:
    """All objects by handle: each private key with its public key and certificate, private data, other objects."""
    private_keys, public_keys, certificates, data = directory.objects()
    objects: list[TokenObject] = []
    for entry in private_keys:
        certificate = _same_id(certificates, entry)
        public = _same_id(public_keys, entry)
        objects.append(_private_key(files, entry, certificate))
        if public is not None:
            objects.append(_public_key(files, entry, public.label, certificate, public))
        if certificate is not None:
            objects.append(_certificate(files, certificate))
            if public is None:
                label = "Cle publique - " + certificate.label
                objects.append(_public_key(files, entry, label, certificate, None))
    key_ids = {entry.id for entry in private_keys}
    objects.extend(_certificate(files, entry) for entry in certificates if entry.id not in key_ids)
    objects.extend(_data(files, entry) for entry in sorted(files.card.data_objects(data), key=_data_order))
    for handle, item in enumerate(objects, 1):
        item.handle = handle
    return {item.handle: item for item in objects}


def _data_order(entry: Entry) -> tuple[bool, bool]:
    return not entry.private, not entry.modifiable


def _same_id(entries: list[Entry], key: Entry) -> Entry | None:
    return next((entry for entry in entries if entry.id == key.id), None)


def _certificate(files: CardFiles, entry: Entry) -> TokenObject:
    item = TokenObject(CKO_CERTIFICATE, entry.label, entry.private)
    certificate = files.certificate_reader(entry.path)
    item.attributes |= {
        CKA_CERTIFICATE_TYPE: ulong(CKC_X_509),
        CKA_CERTIFICATE_CATEGORY: ulong(CK_CERTIFICATE_CATEGORY_TOKEN_USER),
        CKA_TRUSTED: boolean(False),
        CKA_ID: entry.id,
        CKA_UNIQUE_ID: _unique_id(files, CKO_CERTIFICATE, entry.id.hex().upper()),
        CKA_VALUE: lambda: certificate().value,
        CKA_CHECK_VALUE: lambda: BY_MECHANISM[CKM_SHA_1].digest(certificate().value)[:CHECK_VALUE_LENGTH],
        CKA_SERIAL_NUMBER: lambda: certificate().serial,
        CKA_SUBJECT: lambda: certificate().subject,
        CKA_ISSUER: lambda: certificate().issuer,
        CKA_START_DATE: lambda: certificate().not_before,
        CKA_END_DATE: lambda: certificate().not_after,
        CKA_PUBLIC_KEY_INFO: lambda: certificate().public_key_info,
    }
    return item


def _private_key(files: CardFiles, entry: Entry, certificate: Entry | None) -> TokenObject:
    item = PrivateKeyObject(files, entry, files.card.schemes(entry.signature_key))
    item.sensitive = PRIVATE_PARTS
    item.attributes |= _key_attributes(files, entry, item.schemes, CKA_SIGN, CKA_SIGN_RECOVER, CKA_DECRYPT) | {
        CKA_UNIQUE_ID: _unique_id(files, CKO_PRIVATE_KEY, entry.id.hex().upper()),
        CKA_SENSITIVE: boolean(True),
        CKA_ALWAYS_SENSITIVE: boolean(True),
        CKA_EXTRACTABLE: boolean(False),
        CKA_NEVER_EXTRACTABLE: boolean(True),
        CKA_ALWAYS_AUTHENTICATE: boolean(False),
        CKA_WRAP_WITH_TRUSTED: boolean(False),
    }
    if certificate is not None:
        path = certificate.path
        item.attributes |= _numbers(lambda: files.rsa_key(path)) | _from_certificate(files.certificate_reader(path))
    return item


def _public_key(
    files: CardFiles, key: Entry, label: str, certificate: Entry | None, public: Entry | None
) -> TokenObject:
    schemes = files.card.schemes(key.signature_key)
    numbers, content = _public_key_readers(files, certificate, public)
    item = PublicKeyObject(CKO_PUBLIC_KEY, label, schemes, numbers)
    item.attributes |= (
        _key_attributes(files, key, schemes, CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_ENCRYPT)
        | _numbers(numbers)
        | {
            CKA_UNIQUE_ID: _unique_id(files, CKO_PUBLIC_KEY, key.id.hex().upper()),
            CKA_SENSITIVE: boolean(False),
            CKA_ALWAYS_SENSITIVE: boolean(False),
            CKA_EXTRACTABLE: boolean(True),
            CKA_NEVER_EXTRACTABLE: boolean(False),
            CKA_TRUSTED: boolean(False),
            CKA_VALUE: content,
        }
    )
    if certificate is not None:
        item.attributes |= _from_certificate(files.certificate_reader(certificate.path))
    return item


def _public_key_readers(
    files: CardFiles, certificate: Entry | None, public: Entry | None
) -> tuple[Callable[[], PublicKey], Callable[[], bytes]]:
    """Functions that give the numbers and the DER of a public key, from its certificate if there is one."""
    if certificate is not None:
        of_key = certificate.path
        return lambda: files.rsa_key(of_key), lambda: files.certificate(of_key).public_key_der
    assert public is not None
    path = public.path
    return lambda: files.public_key(path)[0], lambda: files.public_key(path)[1]


def _key_attributes(
    files: CardFiles, entry: Entry, schemes: frozenset[Scheme], signature: int, recovery: int, cipher: int
) -> dict[int, Value]:
    """The attributes of both keys of a pair; `signature`, `recovery` and `cipher` are the usage attributes of this
    one.
    """
    mechanisms = [
        number for number, mechanism in MECHANISMS.items() if mechanism.signs(schemes) or mechanism.decrypts(schemes)
    ]
    ciphers = any(mechanism.decrypts(schemes) for mechanism in MECHANISMS.values())
    return {
        CKA_KEY_TYPE: ulong(CKK_RSA),
        CKA_ID: entry.id,
        CKA_LOCAL: boolean(True),
        CKA_KEY_GEN_MECHANISM: ulong(CK_UNAVAILABLE_INFORMATION),
        CKA_ALLOWED_MECHANISMS: b"".join(ulong(number) for number in mechanisms),
        CKA_DERIVE: boolean(False),
        CKA_START_DATE: b"",
        CKA_END_DATE: b"",
        CKA_MODULUS_BITS: lambda: ulong(files.modulus_bits(entry)),
        **dict.fromkeys(USAGES, boolean(False)),
        signature: boolean(True),
        recovery: boolean(any(mechanism.recovers(schemes) for mechanism in MECHANISMS.values())),
        cipher: boolean(ciphers),
    }


def _unique_id(files: CardFiles, object_class: int, name: str) -> bytes:
    """The same at every use of the card, on every computer; `name` distinguishes objects of one class."""
    return f"{files.contents.serial}-{object_class}-{name}".encode()


def _numbers(numbers: Callable[[], PublicKey]) -> dict[int, Value]:
    return {
        CKA_MODULUS: lambda: big_integer(numbers().modulus),
        CKA_PUBLIC_EXPONENT: lambda: big_integer(numbers().exponent),
    }


def _from_certificate(read: Callable[[], Certificate]) -> dict[int, Value]:
    return {CKA_SUBJECT: lambda: read().subject, CKA_PUBLIC_KEY_INFO: lambda: read().public_key_info}


def _data(files: CardFiles, entry: Entry) -> TokenObject:
    item = DataObject(CKO_DATA, entry.label, entry.private, entry.modifiable, entry.path)
    changes = entry.modifiable or entry.label == CPS_DATA
    if changes and not entry.private:
        item.size = lambda: files.size(entry.path)
    item.attributes |= {
        CKA_UNIQUE_ID: _unique_id(files, CKO_DATA, entry.label),
        CKA_APPLICATION: entry.application.encode(),
        CKA_OBJECT_ID: entry.object_id,
        CKA_VALUE: lambda: files.read(entry.path, entry.private, changes),
    }
    return item
