"""The file tree of a card, with its applications.

ISO/IEC 7816-4:2013 clauses 7.2 (structures) and 7.3 (selection).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.virtual_card.access import ALWAYS, PUBLIC, AccessRule
from conformance.virtual_card.apdu import SW, StatusError
from conformance.virtual_card.rsa import PrivateKey

MASTER_FILE = 0x3F00


@dataclass(slots=True)
class ElementaryFile:
    """A transparent file; a test may replace its content to damage the card."""

    fid: int
    content: bytes
    access: AccessRule = PUBLIC
    short_id: int | None = None
    path: str = ""
    _issued: bytes | None = None

    def write(self, content: bytes) -> None:
        """Replace the content, and keep the issued one for `restore`."""
        if self._issued is None:
            self._issued = self.content
        self.content = content

    def restore(self) -> None:
        if self._issued is not None:
            self.content, self._issued = self._issued, None


@dataclass(frozen=True, slots=True)
class Key:
    """A private key: its reference, its uses, and the condition of each use."""

    reference: int
    rsa: PrivateKey
    uses: frozenset[str]
    condition: int
    contactless_condition: int = ALWAYS


@dataclass(slots=True)
class Directory:
    """The MF or an application DF."""

    fid: int
    aid: bytes = b""
    parent: Directory | None = None
    children: dict[int, ElementaryFile | Directory] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)

    def child(self, fid: int) -> ElementaryFile | Directory:
        try:
            return self.children[fid]
        except KeyError:
            raise StatusError(SW.FILE_NOT_FOUND) from None

    def by_short_id(self, short_id: int) -> ElementaryFile:
        for file in self.children.values():
            if isinstance(file, ElementaryFile) and file.short_id == short_id:
                return file
        raise StatusError(SW.FILE_NOT_FOUND)

    def directories(self) -> Iterator[Directory]:
        """This directory and every one below it."""
        yield self
        for child in self.children.values():
            if isinstance(child, Directory):
                yield from child.directories()

    def follow(self, path: bytes) -> ElementaryFile | Directory:
        """The file at a path of two-byte identifiers relative to this directory."""
        if len(path) % 2:
            raise StatusError(SW.INCORRECT_DATA)
        node: ElementaryFile | Directory = self
        for position in range(0, len(path), 2):
            if not isinstance(node, Directory):
                raise StatusError(SW.FILE_NOT_FOUND)
            node = node.child(int.from_bytes(path[position : position + 2], "big"))
        return node


class FileSystem:
    """The tree below one MF, addressed by paths such as ``3F00/0001/A001``."""

    def __init__(self, mf_aid: bytes = b"") -> None:
        self.mf = Directory(MASTER_FILE, mf_aid)

    def add_directory(self, path: str, aid: bytes = b"") -> Directory:
        parent, fid = self._place(path)
        directory = Directory(fid, aid, parent)
        parent.children[fid] = directory
        return directory

    def add(
        self, path: str, content: bytes, access: AccessRule = PUBLIC, short_id: int | None = None
    ) -> ElementaryFile:
        parent, fid = self._place(path)
        file = ElementaryFile(fid, content, access, short_id, path)
        parent.children[fid] = file
        return file

    def remove(self, path: str) -> None:
        parent, fid = self._place(path)
        del parent.children[fid]

    def holds(self, path: str) -> bool:
        """True if there is such a file."""
        parent, fid = self._place(path)
        return fid in parent.children

    def file(self, path: str) -> ElementaryFile:
        parent, fid = self._place(path)
        file = parent.children[fid]
        if not isinstance(file, ElementaryFile):
            raise KeyError(path)
        return file

    def _place(self, path: str) -> tuple[Directory, int]:
        root, *below = (int(part, 16) for part in path.split("/"))
        if root != MASTER_FILE or not below:
            raise KeyError(path)
        *middle, last = below
        directory = self.mf
        for fid in middle:
            child = directory.children[fid]
            if not isinstance(child, Directory):
                raise KeyError(path)
            directory = child
        return directory, last

    def application(self, aid: bytes) -> Directory:
        """The application with this AID, or the first whose AID starts with it."""
        named = [directory for directory in self.mf.directories() if directory.aid]
        for directory in sorted(named, key=lambda candidate: candidate.aid != aid):
            if aid and directory.aid.startswith(aid):
                return directory
        raise StatusError(SW.FILE_NOT_FOUND)
