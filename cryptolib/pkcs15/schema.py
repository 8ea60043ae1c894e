"""The records of a PKCS#15 directory, as CPS cards write them (ISO/IEC 7816-15:2016, 8).

In a CPS's BIT STRING the first octet may not be the number of unused bits (0 to 7): it is skipped. Elements that the
schema does not name are ignored.
"""

from __future__ import annotations

from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import Tlv, TlvError
from cryptolib.pkcs15.place import place

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
SEQUENCE = 0x30

# Path.length.
PATH_LENGTH = 0x80

# Bit numbers of CommonObjectFlags, PINAttributes.pinFlags and KeyUsageFlags.
OBJECT_PRIVATE = 0
OBJECT_MODIFIABLE = 1
PIN_NEEDS_PADDING = 5
PIN_SECURITY_OFFICER = 7
USAGE_DECRYPT = 1
USAGE_NON_REPUDIATION = 9

# TokenInfo.lastUpdate: its tag replaces that of GeneralizedTime, or stands around it.
LAST_UPDATE = (0x85, 0xA5)

# The longest RSA key of a CPS; buffers have this length.
MIN_MODULUS, MAX_MODULUS = 512, 4096
# The old and the new code share the 255 bytes of one command.
MAX_CODE = 127
# The longest label; fields of PKCS#11 cut it further.
MAX_TEXT = 256


class Pin:
    """AODF entry: a code of `minimum` to `maximum` digits, presented under `reference`.

    If the card wants padding, `filler` pads the code to `padded_to` bytes; else `padded_to` is 0.
    """

    __slots__ = ("filler", "maximum", "minimum", "padded_to", "reference", "security_officer")

    def __init__(self, reference: int, minimum: int, maximum: int, security_officer: bool) -> None:
        self.reference = reference
        self.minimum = minimum
        self.maximum = maximum
        self.security_officer = security_officer
        self.padded_to = 0
        self.filler = 0


class Entry:
    """PrKDF, PuKDF, CDF or DODF entry. `path` is the place of its content, empty if it names none.

    Of keys: `key_reference`, the number of the key on the card (0 to 255); `modulus_bits`; `usage`, a BIT STRING or
    None; `signature_key`, true if the key signs documents, false if it authenticates the holder. Of data objects:
    `application` is a name, `object_id` the DER of an OBJECT IDENTIFIER, empty on cards without it.
    """

    __slots__ = (
        "application", "id", "key_reference", "label", "modifiable", "modulus_bits", "object_id", "path", "private",
        "signature_key", "usage",
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
        self.application = ""
        self.object_id = b""


def directory_paths(odf: bytes) -> dict[int, list[bytes]]:
    """ODF: the places of each kind of directory, by context tag (A0 private keys to A8 authentication objects)."""
    paths: dict[int, list[bytes]] = {}
    for item in tlv.items(odf):
        paths.setdefault(item.tag, []).append(_place(tlv.first(item.value, SEQUENCE)))
    return paths


def token_info(content: bytes) -> tuple[str, str]:
    """TokenInfo: manufacturer and label."""
    manufacturer = label = ""
    for item in tlv.items(tlv.first(content, SEQUENCE)):
        if item.tag == UTF8_STRING:
            manufacturer = _text(item.value)
        elif item.tag == 0x80:
            label = _text(item.value)
    return manufacturer, label


def last_update(token_info: bytes) -> bytes:
    """TokenInfo.lastUpdate: the bytes of a GeneralizedTime, empty if the card does not date its directory."""
    for item in tlv.items(tlv.first(token_info, SEQUENCE)):
        if item.tag in LAST_UPDATE:
            return item.value
    return b""


def pins(aodf: bytes) -> list[Pin]:
    """AODF: the codes, in the card's order."""
    return [_pin(item) for item in _sequences(aodf)]


def private_keys(prkdf: bytes) -> list[Entry]:
    entries = [_key(item) for item in _sequences(prkdf)]
    if not all(MIN_MODULUS <= entry.modulus_bits <= MAX_MODULUS for entry in entries):
        raise TlvError("a key of a length that none has")
    # If no key says that it signs documents, the one without decryption does.
    named = any(entry.usage is not None and _bit(entry.usage, USAGE_NON_REPUDIATION) for entry in entries)
    for entry in entries:
        if entry.usage is not None:
            signs = _bit(entry.usage, USAGE_NON_REPUDIATION)
            entry.signature_key = signs if named else not _bit(entry.usage, USAGE_DECRYPT)
    return entries


def public_keys(pukdf: bytes) -> list[Entry]:
    return [_key(item) for item in _sequences(pukdf)]


def certificates(cdf: bytes) -> list[Entry]:
    """CDF: certificates with their iD and the path of their file."""
    entries = []
    for item in _sequences(cdf):
        common, parts = _common(item)
        common.id = tlv.first(parts[1].value, OCTET_STRING)
        common.path = _path(parts)
        entries.append(common)
    return entries


def data_objects(dodf: bytes) -> list[Entry]:
    """DODF: data objects with the path of their file."""
    entries = []
    for item in _sequences(dodf):
        common, parts = _common(item)
        for part in tlv.items(parts[1].value):
            if part.tag == UTF8_STRING:
                common.application = _text(part.value)
            elif part.tag == OBJECT_IDENTIFIER:
                common.object_id = part.raw
        common.path = _path(parts)
        entries.append(common)
    return entries


def _sequences(directory: bytes) -> list[Tlv]:
    """The entries of the kinds that a CPS has: RSA keys, X.509 certificates, plain data. Other kinds have a tag."""
    return [item for item in tlv.items(directory) if item.tag == SEQUENCE]


def _pin(item: Tlv) -> Pin:
    _common_attributes, parts = _common(item)
    attributes = list(tlv.items(tlv.first(_type_attributes(parts), SEQUENCE)))
    flags = next((part.value for part in attributes if part.tag == BIT_STRING), b"")
    numbers = [_integer(part) for part in attributes if part.tag == INTEGER]
    if len(numbers) < 2:
        raise TlvError("a PIN entry without lengths")
    reference = next((_integer(part) & 0xFF for part in attributes if part.tag == 0x80), 0)
    padded_to = numbers[1] if _bit(flags, PIN_NEEDS_PADDING) else 0
    # VERIFY without a code asks for the tries left, and may succeed.
    minimum = max(numbers[0], 1)
    maximum = min(numbers[2] if len(numbers) > 2 else numbers[1], padded_to or MAX_CODE, MAX_CODE)
    if not 0 <= numbers[0] <= maximum or not 0 <= padded_to <= MAX_CODE:
        raise TlvError("lengths that no code can have")
    pin = Pin(reference, minimum, maximum, _bit(flags, PIN_SECURITY_OFFICER))
    pin.padded_to = padded_to
    # A card that wants padding but names no filler breaks the standard; other software uses zeros.
    pin.filler = next((part.value[0] for part in attributes if part.tag == OCTET_STRING and part.value), 0)
    return pin


def _key(item: Tlv) -> Entry:
    entry, parts = _common(item)
    for part in tlv.items(parts[1].value):
        if part.tag == OCTET_STRING and not entry.id:
            entry.id = part.value
        elif part.tag == BIT_STRING and entry.usage is None:
            entry.usage = part.value
        elif part.tag == INTEGER:
            entry.key_reference = _integer(part) & 0xFF
    entry.path = _path(parts)
    for part in tlv.items(tlv.first(_type_attributes(parts), SEQUENCE)):
        if part.tag == INTEGER:
            entry.modulus_bits = _integer(part)
    return entry


def _common(item: Tlv) -> tuple[Entry, list[Tlv]]:
    """CommonObjectAttributes of an entry, and the parts of the entry."""
    parts = list(tlv.items(item.value))
    if len(parts) < 2:
        raise TlvError("a directory entry of less than two parts")
    label, flags = "", b""
    for part in tlv.items(parts[0].value):
        if part.tag == UTF8_STRING and not label:
            label = _text(part.value)
        elif part.tag == BIT_STRING:
            flags = part.value
    return Entry(label, _bit(flags, OBJECT_PRIVATE), _bit(flags, OBJECT_MODIFIABLE)), parts


def _type_attributes(parts: list[Tlv]) -> bytes:
    for part in parts:
        if part.tag == 0xA1:
            return part.value
    raise TlvError("a directory entry without type attributes")


def _path(parts: list[Tlv]) -> bytes:
    """The place in the type attributes; of keys and certificates it is one SEQUENCE deeper."""
    content = _type_attributes(parts)
    for _level in range(3):
        item, _end = tlv.read(content)
        if item.tag == OCTET_STRING:
            return _place(content)
        content = item.value
    raise TlvError("a directory entry without path")


def _place(path: bytes) -> bytes:
    """The place in the content of a Path: efidOrPath, then index and length or neither."""
    name, start, length = None, 0, 0
    for item in tlv.items(path):
        if item.tag == OCTET_STRING and name is None:
            name = item.value
        elif item.tag == INTEGER:
            start = _integer(item)
        elif item.tag == PATH_LENGTH:
            length = _integer(item)
    if name is None:
        raise TlvError("a path without name")
    return place(name, start, length)


def _bit(bit_string: bytes, number: int) -> bool:
    """Bit `number` of a BIT STRING's content; bit 0 is the highest of the first octet after the number of unused
    bits.
    """
    octet, shift = 1 + number // 8, 7 - number % 8
    return octet < len(bit_string) and bool(bit_string[octet] >> shift & 1)


def _integer(item: Tlv) -> int:
    return int.from_bytes(item.value, "big", signed=item.tag == INTEGER)


def _text(value: bytes) -> str:
    return value[:MAX_TEXT].decode("utf-8", "replace")
