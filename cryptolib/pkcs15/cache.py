"""Copies of a card's public files on disk, kept between starts (ISO/IEC 7816-15:2016, 8.11: lastUpdate).

A copy is trusted because only the user can have written it: the folder and its files are the user's own and closed to
others. The checksum detects accidents (a full disk, a lost block), not attacks. No error of the disk is raised: a copy
that cannot be trusted is ignored, and one that cannot be written is not kept.
"""

from __future__ import annotations

import posix
from _stat import S_ISREG
from _thread import get_ident
from binascii import crc32

from cryptolib import files, trace

MAGIC = b"CPSfile\x01"
CHECKSUM = 4
# The longest file that READ BINARY can address, with its key.
MAX_ENTRY = 0x8000 + 1024

OTHERS_WRITE = 0o022
OTHERS = 0o077

_FOLDER = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC
_READ = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
_CREATE = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC


def open_cache(folder: str) -> Cache | None:
    """The cache in `folder`; None if `folder` is empty."""
    if not folder.startswith("/") or "\0" in folder:
        return None
    return Cache(folder.rstrip("/"))


class Cache:
    """One file on disk for each file of a card. It keeps no descriptor open: the numbers belong to the host."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def load(self, card: str, path: bytes, edition: bytes) -> bytes | None:
        """The content of `path` on the card named `card` as of `edition`; None without a trustworthy copy."""
        try:
            folder = self._open()
        except OSError:
            return None
        try:
            return _content(_read(folder, _name(card, path)), _key(card, path, edition))
        except OSError:
            return None
        finally:
            posix.close(folder)

    def store(self, card: str, path: bytes, edition: bytes, content: bytes) -> None:
        """Replace the copy, in one step."""
        checked = _key(card, path, edition) + content
        try:
            folder = self._open_or_make()
        except OSError as error:
            if trace.debug >= trace.ERRORS:
                trace.write(trace.CARD, f"no cache in {self._folder}: {error.strerror}")
            return
        try:
            _replace(folder, _name(card, path), MAGIC + crc32(checked).to_bytes(CHECKSUM, "big") + checked)
        except OSError:
            pass
        finally:
            posix.close(folder)

    def paths(self, card: str) -> list[bytes]:
        """The paths of which that card may have copies."""
        start = f"{card}_"
        names = (name.removeprefix(start) for name in self._names() if name.startswith(start))
        return [path for path in map(_path, names) if path]

    def remove(self, card: str, path: bytes) -> None:
        """Delete one copy."""
        self._delete([_name(card, path)])

    def forget(self, card: str) -> None:
        """Delete every copy of that card's files, and temporary files of their writes."""
        self._delete([name for name in self._names() if name.removeprefix(".").startswith(f"{card}_")])

    def _names(self) -> list[str]:
        try:
            folder = self._open()
        except OSError:
            return []
        try:
            return posix.listdir(folder)
        except OSError:
            return []
        finally:
            posix.close(folder)

    def _delete(self, names: list[str]) -> None:
        try:
            folder = self._open()
        except OSError:
            return
        try:
            for name in names:
                _remove(folder, name)
        finally:
            posix.close(folder)

    def _open(self) -> int:
        """A descriptor of the folder, if it is the user's alone. Raises OSError."""
        folder = posix.open(self._folder, _FOLDER | posix.O_NOFOLLOW)
        status = posix.fstat(folder)
        if status.st_uid != posix.geteuid() or status.st_mode & OTHERS:
            posix.close(folder)
            raise PermissionError(1, "the folder is not this user's alone")
        return folder

    def _open_or_make(self) -> int:
        try:
            return self._open()
        except FileNotFoundError:
            _make(self._folder, levels=2)
            return self._open()


def _make(folder: str, levels: int) -> None:
    """Create the folder below one of ours or of the system's: root with the HOME of a user leaves nothing there."""
    parent, _slash, name = folder.rpartition("/")
    try:
        above = posix.open(parent or "/", _FOLDER)
    except FileNotFoundError:
        if levels == 1:
            raise
        _make(parent, levels - 1)
        above = posix.open(parent, _FOLDER)
    try:
        if posix.fstat(above).st_uid not in (0, posix.geteuid()):
            raise PermissionError(1, "the folder above is another user's")
        posix.mkdir(name, 0o700, dir_fd=above)
    except FileExistsError:
        pass
    finally:
        posix.close(above)


def _name(card: str, path: bytes) -> str:
    return f"{card}_{path.hex().upper()}"


def _path(number: str) -> bytes:
    """The path in a name made by `_name`; empty for another name."""
    try:
        return bytes.fromhex(number)
    except ValueError:
        return b""


def _key(card: str, path: bytes, edition: bytes) -> bytes:
    """The header of a copy: card, file and edition."""
    return b"".join(len(part).to_bytes(2, "big") + part for part in (card.encode(), path, edition))


def _content(entry: bytes, key: bytes) -> bytes | None:
    """The content after `key` in an undamaged entry."""
    head, checked = entry[: len(MAGIC) + CHECKSUM], entry[len(MAGIC) + CHECKSUM :]
    if head != MAGIC + crc32(checked).to_bytes(CHECKSUM, "big") or not checked.startswith(key):
        return None
    return checked[len(key) :]


def _read(folder: int, name: str) -> bytes:
    """The bytes of a file that only this user can have written; empty for another one. Raises OSError."""
    file = posix.open(name, _READ, dir_fd=folder)
    try:
        status = posix.fstat(file)
        foreign = status.st_uid != posix.geteuid() or status.st_mode & OTHERS_WRITE
        if foreign or not S_ISREG(status.st_mode) or status.st_size > MAX_ENTRY:
            return b""
        entry = b""
        while part := posix.read(file, MAX_ENTRY):
            entry += part
        return entry
    finally:
        posix.close(file)


def _replace(folder: int, name: str, entry: bytes) -> None:
    """Write a temporary file and rename it: readers see the old copy or the new one. Raises OSError."""
    draft = f".{name}.{posix.getpid():x}.{get_ident():x}"
    # A process with our number left it behind.
    _remove(folder, draft)
    file = posix.open(draft, _CREATE, 0o600, dir_fd=folder)
    try:
        try:
            files.write_all(file, entry)
        finally:
            posix.close(file)
        posix.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        _remove(folder, draft)
        raise


def _remove(folder: int, name: str) -> None:
    try:
        posix.unlink(name, dir_fd=folder)
    except OSError:
        pass
