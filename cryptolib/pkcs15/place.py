"""The place of an object in the card's files: a file, or a part of one (ISO/IEC 7816-15:2016, 8.2.5: Path).

A place is one byte string, so that it can name a copy on disk. It is the path of the file. For a part of a file, FFFF
(reserved by ISO/IEC 7816-4, so no path begins with it), the start and the length come first. For content that the
directory holds itself, in place of a path, FFFFFFFF comes first.
"""

from __future__ import annotations

from cryptolib.iso7816.tlv import TlvError

MF = bytes.fromhex("3F 00")
PART = bytes.fromhex("FF FF")
NUMBER = 2
HEAD = len(PART) + 2 * NUMBER
DIRECT = bytes.fromhex("FF FF FF FF")
# Reserved for the current DF (ISO/IEC 7816-4:2020, 7.3.2): here that of the application.
CURRENT = bytes.fromhex("3F FF")
# The limit of READ BINARY: the highest bit of its offset has another meaning.
MAX_FILE = 0x8000


def place(path: bytes, start: int = 0, length: int = 0) -> bytes:
    """The file at `path`, or `length` bytes of it from `start`; length 0 goes to its end. Raises TlvError."""
    if path.startswith(PART) or not 0 <= start <= MAX_FILE or not 0 <= length <= MAX_FILE:
        raise TlvError("a place that no file has")
    if not start and not length:
        return path
    return PART + start.to_bytes(NUMBER, "big") + length.to_bytes(NUMBER, "big") + path


def direct(content: bytes) -> bytes:
    """The place of content that is in the directory itself. A part of a file cannot start at offset FFFF, so the
    mark is unambiguous.
    """
    return DIRECT + content


def content_of(where: bytes) -> bytes | None:
    """The content in a place made by `direct`; None for a place on the card."""
    return where[len(DIRECT) :] if where.startswith(DIRECT) else None


def parts(where: bytes) -> tuple[bytes, int, int]:
    """Path, start and length of a place; length 0 goes to the end of the file."""
    if not where.startswith(PART):
        return where, 0, 0
    start, length = where[len(PART) : len(PART) + NUMBER], where[len(PART) + NUMBER : HEAD]
    return where[HEAD:], int.from_bytes(start, "big"), int.from_bytes(length, "big")


def absolute(where: bytes, application: bytes) -> bytes:
    """The same place as an absolute path; a relative path begins in the application's DF."""
    if where.startswith(DIRECT):
        return where
    path, start, length = parts(where)
    if not path or path.startswith(MF):
        return where
    path = path.removeprefix(CURRENT)
    # Some cards leave out the MF.
    from_root = len(application) > len(MF) and path.startswith(application[len(MF) :])
    return place((MF if from_root else application) + path, start, length)
