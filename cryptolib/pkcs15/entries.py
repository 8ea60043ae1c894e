"""The entries of PKCS#15 directories that are objects: keys, certificates and data (ISO/IEC 7816-15:2016, 8)."""

from __future__ import annotations

from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import Tlv, TlvError
from cryptolib.pkcs15.place import direct
from cryptolib.pkcs15.schema import (
    BIT_STRING,
    DIRECT,
    INTEGER,
    MAX_MODULUS,
    MIN_MODULUS,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    UTF8_STRING,
    bit,
    entry_parts,
    file_place,
    integer,
    sequences,
    text,
    type_attributes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

SUPPORTED_ALGORITHMS = 0xA2
# Bit numbers of CommonObjectFlags and KeyUsageFlags.
OBJECT_PRIVATE = 0
OBJECT_MODIFIABLE = 1
USAGE_DECRYPT = 1
USAGE_NON_REPUDIATION = 9
# AccessControlRule.accessMode: PSO COMPUTE DIGITAL SIGNATURE, PSO DECIPHER and INTERNAL AUTHENTICATE.
MODE_SIGN, MODE_DECIPHER, MODE_AUTHENTICATE = 5, 7, 9


class Entry:
    """PrKDF, PuKDF, CDF or DODF entry. `path` is the place of its content, empty if it names none.

    Of keys: `key_reference`, the number of the key on the card (0 to 255); `modulus_bits`, 0 if absent; `usage`, a BIT
    STRING or None; `rules`, the access control rules; `signature_key`, true if the key signs documents, false if it
    authenticates the holder. Of data objects: `application` is a name, `object_id` the DER of an OBJECT IDENTIFIER,
    empty on cards without it.
    """

    __slots__ = (
        "application", "id", "key_reference", "label", "modifiable", "modulus_bits", "object_id", "path", "private",
        "rules", "signature_key", "usage",
    )  # fmt: skip

    def __init__(self, label: str, private: bool, modifiable: bool) -> None:
        self.label = label
        self.private = private
        self.modifiable = modifiable
        self.id = b""
        self.path = b""
        self.key_reference = 0
        self.modulus_bits = 0
        self.signature_key = False
        self.usage: bytes | None = None
        self.rules = b""
        self.application = ""
        self.object_id = b""


def private_keys(prkdf: bytes) -> list[Entry]:
    """PrKDF. The path of a private key is not needed; a CPS leaves it empty."""
    entries = [_key(*_common(item)) for item in sequences(prkdf)]
    for entry in _signature_keys([entry for entry in entries if entry.usage is not None]):
        entry.signature_key = True
    return entries


def _signature_keys(entries: list[Entry]) -> list[Entry]:
    """The keys that sign documents: those with nonRepudiation; if there are none, those that do not decrypt.

    If several keys have nonRepudiation, as on a card whose authentication key has it too, prefer those that do not
    decrypt, then those whose access rules allow signing only.
    """
    claim = [entry for entry in entries if bit(entry.usage or b"", USAGE_NON_REPUDIATION)]
    silent = [entry for entry in entries if not bit(entry.usage or b"", USAGE_DECRYPT)]
    found = claim or silent
    for narrower in (silent, [entry for entry in entries if _only_signs(entry.rules)]):
        rest = [entry for entry in found if entry in narrower]
        found = rest or found
    return found


def _only_signs(rules: bytes) -> bool:
    """True if these AccessControlRules allow PSO COMPUTE DIGITAL SIGNATURE and no other use of a key."""
    modes = [part.value for rule in sequences(rules) for part in tlv.items(rule.value) if part.tag == BIT_STRING]
    other = (MODE_DECIPHER, MODE_AUTHENTICATE)
    return any(bit(mode, MODE_SIGN) for mode in modes) and not any(
        bit(mode, number) for mode in modes for number in other
    )


def public_keys(pukdf: bytes) -> list[Entry]:
    return _with_content(pukdf, _key)


def certificates(cdf: bytes) -> list[Entry]:
    """CDF: certificates with their iD and the path of their file."""
    return _with_content(cdf, _certificate)


def data_objects(dodf: bytes) -> list[Entry]:
    """DODF: data objects with the path of their file."""
    return _with_content(dodf, _data)


def parse_each(directory: bytes, parse: Callable[[bytes], list[T]]) -> list[T]:
    """Parse each entry; entries that raise TlvError are left out."""
    found: list[T] = []
    try:
        for item in sequences(directory):
            try:
                found += parse(item.raw)
            except TlvError:
                continue
    except TlvError:
        # The start of the next entry is unknown.
        pass
    return found


def _with_content(directory: bytes, complete: Callable[[Entry, list[Tlv]], Entry]) -> list[Entry]:
    """The entries whose content is on the card, not those that only give a URL."""
    entries = []
    for item in sequences(directory):
        entry, parts = _common(item)
        where = _content(parts)
        if where is not None:
            entry.path = where
            entries.append(complete(entry, parts))
    return entries


def _certificate(entry: Entry, parts: list[Tlv]) -> Entry:
    entry.id = tlv.first(parts[1].value, OCTET_STRING)
    return entry


def _data(entry: Entry, parts: list[Tlv]) -> Entry:
    for part in tlv.items(parts[1].value):
        if part.tag == UTF8_STRING:
            entry.application = text(part.value)
        elif part.tag == OBJECT_IDENTIFIER:
            entry.object_id = part.raw
    return entry


def _key(entry: Entry, parts: list[Tlv]) -> Entry:
    for part in tlv.items(parts[1].value):
        if part.tag == OCTET_STRING and not entry.id:
            entry.id = part.value
        elif part.tag == BIT_STRING and entry.usage is None:
            entry.usage = part.value
        elif part.tag == INTEGER:
            entry.key_reference = integer(part) & 0xFF
    attributes = tlv.first(type_attributes(parts), SEQUENCE)
    numbers = [integer(part) for part in tlv.items(attributes) if part.tag == INTEGER]
    # keyInfo may have another number after the length of the modulus.
    if numbers and not MIN_MODULUS <= numbers[0] <= MAX_MODULUS:
        raise TlvError("a key of a length that none has")
    entry.modulus_bits = numbers[0] if numbers else 0
    return entry


def _common(item: Tlv) -> tuple[Entry, list[Tlv]]:
    """CommonObjectAttributes of an entry, and the parts of the entry."""
    parts = entry_parts(item)
    label, flags, rules = "", b"", b""
    for part in tlv.items(parts[0].value):
        if part.tag == UTF8_STRING and not label:
            label = text(part.value)
        elif part.tag == BIT_STRING:
            flags = part.value
        elif part.tag == SEQUENCE:
            rules = part.value
    entry = Entry(label, bit(flags, OBJECT_PRIVATE), bit(flags, OBJECT_MODIFIABLE))
    entry.rules = rules
    return entry, parts


def _content(parts: list[Tlv]) -> bytes | None:
    """The place in the type attributes; for keys and certificates it is one SEQUENCE deeper.

    None if the content is not on the card.
    """
    content = type_attributes(parts)
    for _level in range(3):
        item, _end = tlv.read(content)
        if item.tag == OCTET_STRING:
            return file_place(content)
        if item.tag == DIRECT:
            return direct(item.value)
        if item.tag != SEQUENCE:
            return None
        content = item.value
    raise TlvError("a directory entry without path")


def references(token_info: bytes, usual: dict[int, tuple[int, int]]) -> dict[int, int]:
    """The algorithm references in TokenInfo.supportedAlgorithms that differ from the usual ones.

    `usual` maps each reference to its algorithm, a PKCS#11 mechanism number, and its operation, a bit number.
    """
    found: dict[int, int] = {}
    fields = (field for whole in sequences(token_info) for field in tlv.items(whole.value))
    supported = next((field.value for field in fields if field.tag == SUPPORTED_ALGORITHMS), b"")
    for item in sequences(supported):
        parts = list(tlv.items(item.value))
        numbers = [integer(part) & 0xFFFFFFFF for part in parts if part.tag == INTEGER]
        operations = next((part.value for part in parts if part.tag == BIT_STRING), b"")
        # AlgorithmInfo: number, algorithm and, after the operations, the reference.
        if len(numbers) == 3 and parts[-1].tag == INTEGER:
            for known, (algorithm, operation) in usual.items():
                if algorithm == numbers[1] and bit(operations, operation) and known != numbers[2]:
                    found.setdefault(known, numbers[2] & 0xFF)
    return found
