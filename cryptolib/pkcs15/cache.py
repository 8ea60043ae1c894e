"""Copies of a card's public files, kept on disk from one start to the next (ISO/IEC 7816-15:2016, 8.11: lastUpdate).

What a copy says is believed because of who could have written it: the folder and its files are the user's own and
closed to everybody else. The checksum finds accidents, a full disk or a lost block, and is no defence. Nothing here
raises for what the disk does: a copy that cannot be trusted is none, and one that cannot be written is not.
"""

from __future__ import annotations

import posix
from _stat import S_ISREG
from _thread import get_ident
from binascii import crc32

from cryptolib import files, trace

MAGIC = b"CPSfile\x01"
CHECKSUM = 4
# The longest file that READ BINARY can address, and what describes it.
MAX_ENTRY = 0x8000 + 1024

OTHERS_WRITE = 0o022
OTHERS = 0o077

_FOLDER = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC
_READ = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK
_CREATE = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC


def open_cache(folder: str) -> Cache | None:
    """The cache in `folder`, None when there is to be none."""
    if not folder.startswith("/") or "\0" in folder:
        return None
    return Cache(folder.rstrip("/"))


class Cache:
    """One file per file of a card. No descriptor stays open: they are numbers of the host's."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def load(self, card: str, path: bytes, edition: bytes) -> bytes | None:
        """The content of `path` on the card named `card` as of `edition`, None when there is no copy to be trusted."""
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
        """Keep a copy, in place of what was there: whole or not at all."""
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
        """Of which files of that card there may be copies."""
        start = f"{card}_"
        names = (name.removeprefix(start) for name in self._names() if name.startswith(start))
        return [path for path in map(_path, names) if path]

    def remove(self, card: str, path: bytes) -> None:
        """Delete one copy."""
        self._delete([_name(card, path)])

    def forget(self, card: str) -> None:
        """Delete every copy of that card's files, and what writing them may have left behind."""
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
        """A descriptor of the folder, if it is ours alone. Raises OSError."""
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
    """Create the folder, in one of ours or of the system's: root with a user's HOME leaves nothing of its own there."""
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
    """The path that `_name` wrote, empty for a name that it did not write."""
    try:
        return bytes.fromhex(number)
    except ValueError:
        return b""


def _key(card: str, path: bytes, edition: bytes) -> bytes:
    """What a copy starts with: whose, of which file, as of when."""
    return b"".join(len(part).to_bytes(2, "big") + part for part in (card.encode(), path, edition))


def _content(entry: bytes, key: bytes) -> bytes | None:
    """What stands behind `key` in an undamaged entry."""
    head, checked = entry[: len(MAGIC) + CHECKSUM], entry[len(MAGIC) + CHECKSUM :]
    if head != MAGIC + crc32(checked).to_bytes(CHECKSUM, "big") or not checked.startswith(key):
        return None
    return checked[len(key) :]


def _read(folder: int, name: str) -> bytes:
    """The bytes of a file that only this user can have written, none for any other. Raises OSError."""
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
    """Write beside, then rename: readers see the old copy or the new one. Raises OSError."""
    draft = f".{name}.{posix.getpid():x}.{get_ident():x}"
    # Left by a process of our number that ended while writing.
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
