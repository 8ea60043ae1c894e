"""Directories with relative paths, or with paths to a part of a file.

ISO/IEC 7816-15:2016, clause 8.2.5 (Path).
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.tlv import integer, octets, parse, sequence, tlv

ODF = "3F00/0001/5031"
DIRECTORIES = tuple(f"3F00/0001/{number}" for number in ("7001", "7002", "7004", "7005", "7006"))
_ROOT = bytes.fromhex("3F00")
_SEQUENCE, _OCTET_STRING, _CONSTRUCTED = 0x30, 0x04, 0x20
BEFORE, BEHIND = b"\xa5\x5a\xa5\x5a", b"\x5a\xa5\x5a"


def relative(card: VirtualCard, argument: str) -> None:
    """Paths of two bytes, relative to the application's DF."""
    for name in (ODF, *DIRECTORIES):
        file = card.file(name)
        file.content = with_paths(file.content, lambda path: octets(path[-2:]))


def parts(card: VirtualCard, argument: str) -> None:
    """Values and certificates are parts of longer files, given by index and length."""
    moved: set[str] = set()

    def part(path: bytes) -> bytes:
        file = card.file("/".join(path[start : start + 2].hex().upper() for start in range(0, len(path), 2)))
        if file.path not in moved:
            moved.add(file.path)
            file.content = BEFORE + file.content + BEHIND
        length = len(file.content) - len(BEFORE) - len(BEHIND)
        return octets(path) + integer(len(BEFORE)) + tlv(0x80, length.to_bytes(2, "big"))

    for name in DIRECTORIES[2:]:
        file = card.file(name)
        file.content = with_paths(file.content, part)


def with_paths(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change each absolute path in the data objects of a directory with `change`."""
    written = b""
    for tag, value in parse(content):
        if tag == _SEQUENCE and value[:1] == bytes((_OCTET_STRING,)) and (path := next(parse(value))[1])[:2] == _ROOT:
            written += sequence(change(path))
        elif tag & _CONSTRUCTED:
            written += tlv(tag, with_paths(value, change))
        else:
            written += tlv(tag, value)
    return written
