"""The directory of a PKCS#15 application: read once per insertion, token and codes first (ISO/IEC 7816-15:2016, 7)."""

from __future__ import annotations

from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15 import schema
from cryptolib.pkcs15.place import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from cryptolib.pkcs15.applications import Application
    from cryptolib.pkcs15.schema import Entry, Pin

    T = TypeVar("T")

PRIVATE_KEYS = 0xA0
PUBLIC_KEYS = 0xA1
CERTIFICATES = 0xA4
DATA_OBJECTS = 0xA7
AUTH_OBJECTS = 0xA8

# Private keys and certificates are usable without these.
OPTIONAL_FILES = (PUBLIC_KEYS, DATA_OBJECTS)

# A CPS has five directory files and some thirty objects; a card beyond these limits is refused.
MAX_FILES = 64
MAX_OBJECTS = 512


class Directory:
    """Reads token identity and codes at once; keys, certificates and data objects when objects are first asked for."""

    def __init__(
        self,
        application: Application,
        read: Callable[[bytes], bytes],
        dated: Callable[[bytes], None] = lambda _date: None,
        read_if_there: Callable[[bytes], bytes] | None = None,
        read_before: bool = False,
    ) -> None:
        """`read` gives the content of a file by path.

        `dated` gets TokenInfo.lastUpdate before the files with that date are read. `read_if_there` gives b"" for a file
        that the card does not have. A directory that was `read_before` without success is taken as it is.
        """
        self._application = application.path
        self._read_before = read_before
        self._read = read
        self._read_if_there = read_if_there or read
        self._paths = schema.directory_paths(read(application.odf))
        token_info = read(application.token_info)
        self.manufacturer, self.label = schema.token_info(token_info)
        dated(schema.last_update(token_info))
        self.pins: list[Pin] = self._entries(AUTH_OBJECTS, schema.pins)
        for pin in self.pins:
            pin.path = absolute(pin.path, self._application)
        self._objects: tuple[list[Entry], list[Entry], list[Entry], list[Entry]] | None = None

    def objects(self) -> tuple[list[Entry], list[Entry], list[Entry], list[Entry]]:
        """Private keys, public keys, certificates, data objects."""
        if self._objects is None:
            self._objects = (
                self._placed(PRIVATE_KEYS, schema.private_keys),
                self._placed(PUBLIC_KEYS, schema.public_keys),
                self._placed(CERTIFICATES, schema.certificates),
                self._placed(DATA_OBJECTS, schema.data_objects),
            )
        return self._objects

    def _placed(self, tag: int, parse: Callable[[bytes], list[Entry]]) -> list[Entry]:
        """Entries with absolute places."""
        entries = self._entries(tag, parse)
        for entry in entries:
            entry.path = absolute(entry.path, self._application)
        return entries

    def _entries(self, tag: int, parse: Callable[[bytes], list[T]]) -> list[T]:
        """The entries of each file of this kind, once each, in the card's order. Raises TlvError beyond the limits."""
        read = self._read_if_there if tag in OPTIONAL_FILES else self._read
        # A dict keeps the order and drops repeated names.
        paths = dict.fromkeys(absolute(path, self._application) for path in self._paths.get(tag, []))
        if len(paths) > MAX_FILES:
            raise TlvError(f"a directory of {len(paths)} files")
        entries: list[T] = []
        for path in paths:
            entries += self._parsed(tag, parse, read(path))
            if len(entries) > MAX_OBJECTS:
                raise TlvError(f"more than {MAX_OBJECTS} objects of a kind")
        return entries

    def _parsed(self, tag: int, parse: Callable[[bytes], list[T]], content: bytes) -> list[T]:
        """Parse a file of entries. The second time, skip entries that cannot be parsed, because a PuKDF may hold
        odd ones; the first time, raise TlvError, because the file may have been read wrong.
        """
        try:
            return parse(content)
        except TlvError:
            if not self._read_before or tag not in OPTIONAL_FILES:
                raise
        return schema.parse_each(content, parse)
