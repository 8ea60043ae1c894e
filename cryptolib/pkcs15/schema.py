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
    from collections.abc import Iterator

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

# Bit numbers of PINAttributes.pinFlags.
PIN_NEEDS_PADDING = 5
PIN_UNBLOCKING = 6
PIN_SECURITY_OFFICER = 7

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
            manufacturer = text(item.value)
        elif item.tag == 0x80:
            label = text(item.value)
    return manufacturer, label


def last_update(token_info: bytes) -> bytes:
    """TokenInfo.lastUpdate: the bytes of a GeneralizedTime, empty if the card does not date its directory."""
    for item in tlv.items(tlv.first(token_info, SEQUENCE)):
        if item.tag in LAST_UPDATE:
            return item.value
    return b""


def pins(aodf: bytes) -> list[Pin]:
    """AODF: the codes, in the card's order."""
    found = [_pin(item) for item in sequences(aodf)]
    # Some cards mark the code de deblocage as unblocking, and no code as the security officer's. It must not be taken
    # for the holder's code: a login would spend its tries.
    others = [pin for pin in found if not pin.unblocks]
    if others and not any(pin.security_officer for pin in found):
        for pin in found:
            pin.security_officer = pin.unblocks
    return [pin for pin in found if pin.security_officer or not pin.unblocks] if others else found


def sequences(directory: bytes) -> Iterator[Tlv]:
    """The entries of the kinds that a CPS has: RSA keys, X.509 certificates, plain data. Other kinds have a tag and
    are skipped.
    """
    return (item for item in tlv.items(directory) if item.tag == SEQUENCE)


def _pin(item: Tlv) -> Pin:
    parts = entry_parts(item)
    attributes = list(tlv.items(tlv.first(type_attributes(parts), SEQUENCE)))
    flags = next((part.value for part in attributes if part.tag == BIT_STRING), b"")
    # pwdType is ignored: Cryptolib CPS 5 sends the digits as text to every CPS, and another form would spend tries.
    numbers = [integer(part) for part in attributes if part.tag == INTEGER]
    if len(numbers) < 2:
        raise TlvError("a PIN entry without lengths")
    reference = next((integer(part) & 0xFF for part in attributes if part.tag == 0x80), 0)
    padded_to = numbers[1] if bit(flags, PIN_NEEDS_PADDING) else 0
    # VERIFY without a code asks for the tries left and may succeed.
    minimum = max(numbers[0], 1)
    maximum = min(numbers[2] if len(numbers) > 2 else numbers[1], padded_to or MAX_CODE, MAX_CODE)
    if not 0 <= numbers[0] <= maximum or not 0 <= padded_to <= MAX_CODE:
        raise TlvError("lengths that no code can have")
    pin = Pin(reference, minimum, maximum, bit(flags, PIN_SECURITY_OFFICER))
    pin.unblocks = bit(flags, PIN_UNBLOCKING) and not pin.security_officer
    pin.path = next((file_place(part.value) for part in attributes if part.tag == SEQUENCE), b"")
    pin.padded_to = padded_to
    # Padding without a filler breaks the standard; other software uses zeros.
    pin.filler = next((part.value[0] for part in attributes if part.tag == OCTET_STRING and part.value), 0)
    return pin


def entry_parts(item: Tlv) -> list[Tlv]:
    """CommonObjectAttributes of an entry, the attributes of its class, and those of its type."""
    parts = list(tlv.items(item.value))
    if len(parts) < 2:
        raise TlvError("a directory entry of less than two parts")
    return parts


def type_attributes(parts: list[Tlv]) -> bytes:
    for part in parts:
        if part.tag == 0xA1:
            return part.value
    raise TlvError("a directory entry without type attributes")


def _path_or_objects(value: bytes) -> bytes:
    """The place of a directory; the directory may be in the ODF itself."""
    item, _end = tlv.read(value)
    return direct(item.value) if item.tag == DIRECT else file_place(tlv.first(value, SEQUENCE))


def file_place(path: bytes) -> bytes:
    """The place in the content of a Path: efidOrPath, then index and length or neither."""
    name, start, length = None, 0, 0
    for item in tlv.items(path):
        if item.tag == OCTET_STRING and name is None:
            name = item.value
        elif item.tag == INTEGER:
            start = integer(item)
        elif item.tag == PATH_LENGTH:
            length = integer(item)
    if name is None:
        raise TlvError("a path without name")
    return place(name, start, length)


def bit(bit_string: bytes, number: int) -> bool:
    """Bit `number` of a BIT STRING's content; bit 0 is the highest of the first octet after the number of unused
    bits.
    """
    octet, shift = 1 + number // 8, 7 - number % 8
    return octet < len(bit_string) and bool(bit_string[octet] >> shift & 1)


def integer(item: Tlv) -> int:
    return int.from_bytes(item.value, "big", signed=item.tag == INTEGER)


def text(value: bytes) -> str:
    """Text without the padding of its field: UTF-8, or Latin-1 if it is not UTF-8."""
    value = value[:MAX_TEXT].rstrip(b"\0 ")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        # MAX_TEXT may end inside a character.
        if error.start + CHARACTER > MAX_TEXT:
            return value[: error.start].decode()
        return value.decode("latin-1")
