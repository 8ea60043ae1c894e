"""The records of a PKCS#15 directory, as CPS cards write them (ISO/IEC 7816-15:2016, 8).

In a CPS's BIT STRING the first octet may not be the number of unused bits (0 to 7): it is skipped. Elements that the
schema does not name are ignored.
"""

from __future__ import annotations

from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import Tlv, TlvError
from cryptolib.pkcs15.place import direct, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    T = TypeVar("T")

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
SEQUENCE = 0x30

# Path.length.
PATH_LENGTH = 0x80
# In place of a Path, a directory may hold the value itself, or the entries themselves (8.2.7, 8.3).
DIRECT = 0xA0
# The kinds of directories in the ODF, from private keys to authentication objects.
DIRECTORIES = range(0xA0, 0xA9)

# Bit numbers of CommonObjectFlags, PINAttributes.pinFlags and KeyUsageFlags.
OBJECT_PRIVATE = 0
OBJECT_MODIFIABLE = 1
PIN_NEEDS_PADDING = 5
PIN_UNBLOCKING = 6
PIN_SECURITY_OFFICER = 7
USAGE_DECRYPT = 1
USAGE_NON_REPUDIATION = 9
# AccessControlRule.accessMode: PSO COMPUTE DIGITAL SIGNATURE, PSO DECIPHER and INTERNAL AUTHENTICATE.
MODE_SIGN, MODE_DECIPHER, MODE_AUTHENTICATE = 5, 7, 9

# TokenInfo.lastUpdate: its tag replaces that of GeneralizedTime, or stands around it.
LAST_UPDATE = (0x85, 0xA5)

# The longest RSA key of a CPS; buffers have this length.
MIN_MODULUS, MAX_MODULUS = 512, 4096
# A command of 255 bytes holds the old and the new code.
MAX_CODE = 127
# The longest label; fields of PKCS#11 cut it further.
MAX_TEXT = 256
# Most bytes of one in UTF-8.
CHARACTER = 4


class Pin:
    """AODF entry: a code of `minimum` to `maximum` digits, presented under `reference`.

    If the card wants padding, `filler` pads the code to `padded_to` bytes; else `padded_to` is 0. `path` is the DF in
    which the card looks for the code, empty if it finds the code everywhere.
    """

    __slots__ = ("filler", "maximum", "minimum", "padded_to", "path", "reference", "security_officer", "unblocks")

    def __init__(self, reference: int, minimum: int, maximum: int, security_officer: bool) -> None:
        self.reference = reference
        self.minimum = minimum
        self.maximum = maximum
        self.security_officer = security_officer
        self.unblocks = False
        self.path = b""
        self.padded_to = 0
        self.filler = 0


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


def directory_paths(odf: bytes) -> dict[int, list[bytes]]:
    """ODF: the places of each kind of directory, by context tag (A0 private keys to A8 authentication objects)."""
    paths: dict[int, list[bytes]] = {}
    for item in tlv.items(odf):
        # Later editions of the standard have kinds that no CPS needs.
        if item.tag in DIRECTORIES:
            paths.setdefault(item.tag, []).append(_path_or_objects(item.value))
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
    found = [_pin(item) for item in _sequences(aodf)]
    # Some cards mark the code de deblocage as unblocking, and no code as the security officer's. It must not be taken
    # for the holder's code: a login would spend its tries.
    others = [pin for pin in found if not pin.unblocks]
    if others and not any(pin.security_officer for pin in found):
        for pin in found:
            pin.security_officer = pin.unblocks
    return [pin for pin in found if pin.security_officer or not pin.unblocks] if others else found


def private_keys(prkdf: bytes) -> list[Entry]:
    """PrKDF. The path of a private key is not needed; a CPS leaves it empty."""
    entries = [_key(*_common(item)) for item in _sequences(prkdf)]
    for entry in _signature_keys([entry for entry in entries if entry.usage is not None]):
        entry.signature_key = True
    return entries


def _signature_keys(entries: list[Entry]) -> list[Entry]:
    """The keys that sign documents: those with nonRepudiation; if there are none, those that do not decrypt.

    If several keys have nonRepudiation, as on a card whose authentication key has it too, prefer those that do not
    decrypt, then those whose access rules allow signing only.
    """
    claim = [entry for entry in entries if _bit(entry.usage or b"", USAGE_NON_REPUDIATION)]
    silent = [entry for entry in entries if not _bit(entry.usage or b"", USAGE_DECRYPT)]
    found = claim or silent
    for narrower in (silent, [entry for entry in entries if _only_signs(entry.rules)]):
        rest = [entry for entry in found if entry in narrower]
        found = rest or found
    return found


def _only_signs(rules: bytes) -> bool:
    """True if these AccessControlRules allow PSO COMPUTE DIGITAL SIGNATURE and no other use of a key."""
    modes = [part.value for rule in _sequences(rules) for part in tlv.items(rule.value) if part.tag == BIT_STRING]
    other = (MODE_DECIPHER, MODE_AUTHENTICATE)
    return any(_bit(mode, MODE_SIGN) for mode in modes) and not any(_bit(mode, bit) for mode in modes for bit in other)


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
        for item in _sequences(directory):
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
    for item in _sequences(directory):
        entry, parts = _common(item)
        where = _content(parts)
        if where is not None:
            entry.path = where
            entries.append(complete(entry, parts))
    return entries


def _sequences(directory: bytes) -> Iterator[Tlv]:
    """The entries of the kinds that a CPS has: RSA keys, X.509 certificates, plain data. Other kinds have a tag and
    are skipped.
    """
    return (item for item in tlv.items(directory) if item.tag == SEQUENCE)


def _pin(item: Tlv) -> Pin:
    _common_attributes, parts = _common(item)
    attributes = list(tlv.items(tlv.first(_type_attributes(parts), SEQUENCE)))
    flags = next((part.value for part in attributes if part.tag == BIT_STRING), b"")
    numbers = [_integer(part) for part in attributes if part.tag == INTEGER]
    if len(numbers) < 2:
        raise TlvError("a PIN entry without lengths")
    reference = next((_integer(part) & 0xFF for part in attributes if part.tag == 0x80), 0)
    padded_to = numbers[1] if _bit(flags, PIN_NEEDS_PADDING) else 0
    # VERIFY without a code asks for the tries left and may succeed.
    minimum = max(numbers[0], 1)
    maximum = min(numbers[2] if len(numbers) > 2 else numbers[1], padded_to or MAX_CODE, MAX_CODE)
    if not 0 <= numbers[0] <= maximum or not 0 <= padded_to <= MAX_CODE:
        raise TlvError("lengths that no code can have")
    pin = Pin(reference, minimum, maximum, _bit(flags, PIN_SECURITY_OFFICER))
    pin.unblocks = _bit(flags, PIN_UNBLOCKING) and not pin.security_officer
    pin.path = next((file_place(part.value) for part in attributes if part.tag == SEQUENCE), b"")
    pin.padded_to = padded_to
    # Padding without a filler breaks the standard; other software uses zeros.
    pin.filler = next((part.value[0] for part in attributes if part.tag == OCTET_STRING and part.value), 0)
    return pin


def _certificate(entry: Entry, parts: list[Tlv]) -> Entry:
    entry.id = tlv.first(parts[1].value, OCTET_STRING)
    return entry


def _data(entry: Entry, parts: list[Tlv]) -> Entry:
    for part in tlv.items(parts[1].value):
        if part.tag == UTF8_STRING:
            entry.application = _text(part.value)
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
            entry.key_reference = _integer(part) & 0xFF
    attributes = tlv.first(_type_attributes(parts), SEQUENCE)
    numbers = [_integer(part) for part in tlv.items(attributes) if part.tag == INTEGER]
    # keyInfo may have another number after the length of the modulus.
    if numbers and not MIN_MODULUS <= numbers[0] <= MAX_MODULUS:
        raise TlvError("a key of a length that none has")
    entry.modulus_bits = numbers[0] if numbers else 0
    return entry


def _common(item: Tlv) -> tuple[Entry, list[Tlv]]:
    """CommonObjectAttributes of an entry, and the parts of the entry."""
    parts = list(tlv.items(item.value))
    if len(parts) < 2:
        raise TlvError("a directory entry of less than two parts")
    label, flags, rules = "", b"", b""
    for part in tlv.items(parts[0].value):
        if part.tag == UTF8_STRING and not label:
            label = _text(part.value)
        elif part.tag == BIT_STRING:
            flags = part.value
        elif part.tag == SEQUENCE:
            rules = part.value
    entry = Entry(label, _bit(flags, OBJECT_PRIVATE), _bit(flags, OBJECT_MODIFIABLE))
    entry.rules = rules
    return entry, parts


def _type_attributes(parts: list[Tlv]) -> bytes:
    for part in parts:
        if part.tag == 0xA1:
            return part.value
    raise TlvError("a directory entry without type attributes")


def _path_or_objects(value: bytes) -> bytes:
    """The place of a directory; the directory may be in the ODF itself."""
    item, _end = tlv.read(value)
    return direct(item.value) if item.tag == DIRECT else file_place(tlv.first(value, SEQUENCE))


def _content(parts: list[Tlv]) -> bytes | None:
    """The place in the type attributes; for keys and certificates it is one SEQUENCE deeper.

    None if the content is not on the card.
    """
    content = _type_attributes(parts)
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


def file_place(path: bytes) -> bytes:
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
    """Text without the padding of its field: UTF-8, or Latin-1 if it is not UTF-8."""
    value = value[:MAX_TEXT].rstrip(b"\0 ")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        # MAX_TEXT may end inside a character.
        if error.start + CHARACTER > MAX_TEXT:
            return value[: error.start].decode()
        return value.decode("latin-1")
