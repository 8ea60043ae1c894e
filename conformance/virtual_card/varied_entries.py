"""Directory entries with optional fields, and with values in place of paths.

ISO/IEC 7816-15:2016, clauses 8.2 to 8.9; PKCS #15 v1.1, clause 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.tlv import (
    bit_string,
    context,
    integer,
    null,
    octets,
    oid,
    parse,
    sequence,
    tlv,
    utf8,
)

CODES, KEYS, PUBLIC_KEYS, CERTIFICATES, DATA = (f"3F00/0001/{fid}" for fid in ("7001", "7002", "7004", "7005", "7006"))
ODF, TOKEN_INFO = "3F00/0001/5031", "3F00/0001/5032"
_INTEGER, _BIT_STRING, _UTF8_STRING, _SEQUENCE, _TYPE_ATTRIBUTES = 0x02, 0x03, 0x0C, 0x30, 0xA1
_LABEL, _CODES_KIND = 0x80, 0xA8
_KEY_FIELDS = tlv(0x18, b"20200101000000Z") + tlv(0x80, b"20900101000000Z") + context(1, integer(1), integer(2))
_ELSEWHERE = tlv(0x16, b"http://exemple.invalid/certificat")
_ODD = sequence(integer(1))

Field = tuple[int, bytes]


def fields(content: bytes) -> list[Field]:
    """The data objects of one level, without trailing zeros."""
    return [(tag, value) for tag, value in parse(content) if tag]


def joined(found: Iterable[Field]) -> bytes:
    return b"".join(tlv(*field) for field in found)


def rewrite(card: VirtualCard, name: str, part: int, change: Callable[[bytes], bytes]) -> None:
    """Change one part of each entry with `change`: common (0), class (1) or type (-1) attributes."""
    file = card.file(name)
    written = b""
    for tag, entry in fields(file.content):
        parts = fields(entry)
        kind, value = parts[part]
        if kind == _TYPE_ATTRIBUTES:
            ((inner, attributes),) = parse(value)
            parts[part] = kind, tlv(inner, change(attributes))
        else:
            parts[part] = kind, change(value)
        written += tlv(tag, joined(parts))
    file.content = written or file.content


def _without(tag: int) -> Callable[[bytes], bytes]:
    return lambda content: joined(field for field in fields(content) if field[0] != tag)


def _public_key_of(card: VirtualCard, file: bytes) -> bytes:
    return card.file("3F00/0001/" + file[-2:].hex().upper()).content


def keys(card: VirtualCard, argument: str) -> None:
    """Private keys with ``key-info`` after the length, ``without-length``, ``without-path``, or with ``dates``."""
    match argument:
        case "key-info":
            rewrite(card, KEYS, -1, lambda content: content + integer(5))
        case "key-info-sequence":
            rewrite(card, KEYS, -1, lambda content: content + sequence(null(), bit_string(1)))
        case "without-length":
            rewrite(card, KEYS, -1, _without(_INTEGER))
        case "without-path":
            rewrite(card, KEYS, -1, lambda content: sequence() + joined(fields(content)[1:]))
        case "dates":
            rewrite(card, KEYS, 1, lambda content: content + _KEY_FIELDS)
        case _:
            raise ValueError(f"no such key entries: {argument!r}")


def usages(card: VirtualCard, argument: str) -> None:
    """The key usages, those of the signature key first: ``2,9:1,2,9``."""
    wanted = [tuple(int(bit) for bit in bits.split(",")) for bits in argument.split(":")]

    def change(content: bytes) -> bytes:
        found = fields(content)
        ((_tag, found[1]),) = [(0, field) for field in parse(bit_string(*wanted.pop(0)))]
        return joined(found)

    rewrite(card, KEYS, 1, change)


def direct(card: VirtualCard, argument: str) -> None:
    """The directory itself holds the ``certificates``, the ``data`` or the ``public-keys``; the ODF holds the
    ``codes``.
    """
    match argument:
        case "certificates":
            rewrite(card, CERTIFICATES, -1, lambda content: context(0, _target(card, content)))
        case "data":
            file = card.file(DATA)
            file.content = b"".join(tlv(tag, _direct_data(card, entry)) for tag, entry in fields(file.content))
        case "public-keys":
            rewrite(card, PUBLIC_KEYS, -1, lambda content: context(0, _target(card, content)) + integer(2048))
        case "codes":
            found = fields(card.file(ODF).content)
            held = context(0, card.file(CODES).content)
            card.file(ODF).content = joined((tag, held if tag == _CODES_KIND else value) for tag, value in found)
        case _:
            raise ValueError(f"nothing that a directory holds: {argument!r}")


def _target(card: VirtualCard, content: bytes) -> bytes:
    """The content of the file whose Path is at the start of `content`."""
    (_tag, path), *_others = parse(content)
    ((_octets, name),) = parse(path)
    return _public_key_of(card, name)


def _direct_data(card: VirtualCard, entry: bytes) -> bytes:
    common, kind, (tag, value) = fields(entry)
    # The holder's files stay files: they are written or protected.
    if any(field[0] == _BIT_STRING for field in fields(common[1])):
        return entry
    return joined((common, kind, (tag, context(0, _target(card, value)))))


def added(card: VirtualCard, argument: str) -> None:
    """Additional entries: a certificate ``elsewhere``, ``odd`` public keys, files of ``other-kinds``, and of
    certificates and codes that are still ``to-be-made``.
    """
    match argument:
        case "elsewhere":
            entry = sequence(sequence(utf8("AC")), sequence(octets(b"\x66")), context(1, sequence(_ELSEWHERE)))
            card.file(CERTIFICATES).content += entry
        case "odd":
            card.file(PUBLIC_KEYS).content = _ODD + joined(fields(card.file(PUBLIC_KEYS).content)) + _ODD
        case "other-kinds":
            kinds = context(3, context(0)) + context(5, context(0)) + context(9, octets(b"x")) + tlv(0x02, b"\1")
            card.file(ODF).content = kinds + card.file(ODF).content
        case "to-be-made":
            certificates, codes = (sequence(octets(bytes.fromhex(f"3F000001{fid}"))) for fid in ("70F5", "70F1"))
            card.file(ODF).content += context(4, certificates) + context(8, codes)
        case _:
            raise ValueError(f"no such entries: {argument!r}")


def public_keys(card: VirtualCard, argument: str) -> None:
    """The public key files hold SubjectPublicKeyInfo, and there are no certificates (CPS4)."""
    algorithm = sequence(oid("1.2.840.113549.1.1.1"), null())
    for name in ("3F00/0001/B001", "3F00/0001/B002"):
        file = card.file(name)
        file.content = sequence(algorithm, tlv(_BIT_STRING, b"\0" + file.content))
    card.file(CERTIFICATES).content = bytes(32)


def texts(card: VirtualCard, argument: str) -> None:
    """Labels are padded with ``blanks`` or ``zeros``, or the manufacturer's name is in ``latin-1``."""
    change = {
        "blanks": lambda text: text.ljust(40),
        "zeros": lambda text: text.ljust(40, b"\0"),
        "latin-1": lambda text: text,
    }[argument]
    for name in (KEYS, CERTIFICATES, DATA):
        rewrite(card, name, 0, lambda content: _with_texts(content, (_UTF8_STRING,), change))
    file = card.file(TOKEN_INFO)
    ((tag, content),) = parse(file.content)
    content = _with_texts(content, (_UTF8_STRING, _LABEL), change)
    if argument == "latin-1":
        content = content.replace(utf8(_MANUFACTURER), tlv(_UTF8_STRING, LATIN_NAME.encode("latin-1")))
    file.content = tlv(tag, content)


_MANUFACTURER, LATIN_NAME = "ORGANISME D'ESSAI", "SOCIÉTÉ D'ESSAI"


def _with_texts(content: bytes, tags: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    return joined((tag, change(value) if tag in tags else value) for tag, value in fields(content))


def directory_files(card: VirtualCard, argument: str) -> None:
    """EF.DIR names other files for ODF and TokenInfo (``named``), or paths begin with 3FFF (``current``)."""
    if argument == "current":
        odf = card.file(ODF)
        odf.content = joined((tag, sequence(octets(b"\x3f\xff" + value[-2:]))) for tag, value in fields(odf.content))
        return
    if argument != "named":
        raise ValueError(f"no such files: {argument!r}")
    for issued, moved in ((ODF, "5041"), (TOKEN_INFO, "5042")):
        card.files.add(f"3F00/0001/{moved}", card.file(issued).content)
        card.files.remove(issued)
    ef_dir = card.file("3F00/2F00")
    (tag, record), *others = fields(ef_dir.content)
    places = sequence(octets(bytes.fromhex("3F0000015041"))) + context(0, octets(bytes.fromhex("3F0000015042")))
    named = [(kind, places + value if kind == 0x73 else value) for kind, value in parse(record)]
    ef_dir.content = tlv(tag, joined(named)) + joined(others)


def flags_of_codes(card: VirtualCard, argument: str) -> None:
    """The code de deblocage has the flag that it unblocks, and no other; with ``first`` it precedes the code
    porteur.
    """
    changed: list[bytes] = []

    def change(content: bytes) -> bytes:
        changed.append(content)
        if len(changed) == 1:
            return content
        (_flags, *others) = fields(content)
        return bit_string(4, 6) + joined(others)

    rewrite(card, CODES, -1, change)
    if argument == "first":
        file = card.file(CODES)
        file.content = joined(fields(file.content)[::-1])
