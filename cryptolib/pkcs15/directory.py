"""A PKCS#15 application: its place, and its directory, read once per insertion, token and codes first.

ISO/IEC 7816-4:2020, 12.2.2 (EF.DIR); ISO/IEC 7816-15:2016, 7.
"""

from __future__ import annotations

from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15 import schema
from cryptolib.pkcs15.place import MF, absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, TypeVar

    from cryptolib.pkcs15.entries import Entry
    from cryptolib.pkcs15.schema import Pin

    Application: TypeAlias = tuple[bytes, bytes, bytes]
    """The absolute paths of the DF of an application, of its ODF and of its TokenInfo."""

    T = TypeVar("T")

# Fields of a record of EF.DIR.
NAME, PATH, OBJECTS = 0x4F, 0x51, 0x73
# The discretionary objects hold odfPath and tokenInfoPath.
ODF_PATH, TOKEN_INFO_PATH = 0x30, 0xA0
# The default places of both files, if EF.DIR does not name them.
ODF = bytes.fromhex("50 31")
TOKEN_INFO = bytes.fromhex("50 32")

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
        self._application, odf, information = application
        self._read_before = read_before
        self._read = read
        self._read_if_there = read_if_there or read
        self._paths = schema.directory_paths(read(odf))
        token_info = read(information)
        self.manufacturer, self.label = schema.token_info(token_info)
        dated(schema.last_update(token_info))
        self.token_info = token_info
        self.pins: list[Pin] = self._entries(AUTH_OBJECTS, schema.pins)
        for pin in self.pins:
            pin.path = absolute(pin.path, self._application)
        self._objects: tuple[list[Entry], list[Entry], list[Entry], list[Entry]] | None = None

    def objects(self) -> tuple[list[Entry], list[Entry], list[Entry], list[Entry]]:
        """Private keys, public keys, certificates, data objects."""
        if self._objects is None:
            # Imported by C_OpenSession: without a session no objects are needed.
            from cryptolib.pkcs15 import entries

            self._objects = (
                self._placed(PRIVATE_KEYS, entries.private_keys),
                self._placed(PUBLIC_KEYS, entries.public_keys),
                self._placed(CERTIFICATES, entries.certificates),
                self._placed(DATA_OBJECTS, entries.data_objects),
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
        # The first file of any other kind is required; further files may be named before they exist.
        # A dict keeps the order and drops repeated names.
        paths = dict.fromkeys(absolute(path, self._application) for path in self._paths.get(tag, []))
        if len(paths) > MAX_FILES:
            raise TlvError(f"a directory of {len(paths)} files")
        entries: list[T] = []
        for path in paths:
            entries += self._parsed(tag, parse, read(path))
            read = self._read_if_there
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
        # Imported by C_OpenSession, as above.
        from cryptolib.pkcs15.entries import parse_each

        return parse_each(content, parse)


def application(ef_dir: bytes, name: bytes, usual: bytes) -> Application | None:
    """The application with this name; its path is `usual` if the record has none. None if EF.DIR does not list it."""
    for record in tlv.items(ef_dir):
        try:
            fields = {item.tag: item.value for item in tlv.items(record.value)}
        except TlvError:
            # A record of another issuer, or a name without a record.
            continue
        if fields.get(NAME) == name:
            named = fields.get(PATH, b"")
            path = absolute(named, MF) if named else usual
            odf, token_info = _files(fields.get(OBJECTS, b""))
            return path, absolute(odf, path) or path + ODF, absolute(token_info, path) or path + TOKEN_INFO
    return None


def _files(objects: bytes) -> tuple[bytes, bytes]:
    """The places of ODF and TokenInfo; empty if the discretionary objects do not name them.

    Issued cards only have the application's name there.
    """
    try:
        places = {item.tag: _place(item) for item in tlv.items(objects) if item.tag in (ODF_PATH, TOKEN_INFO_PATH)}
    except TlvError:
        return b"", b""
    return places.get(ODF_PATH, b""), places.get(TOKEN_INFO_PATH, b"")


def _place(item: tlv.Tlv) -> bytes:
    """The place in a Path, which may be inside another object or have another tag."""
    inner, _end = tlv.read(item.value)
    return schema.file_place(inner.value if inner.tag == ODF_PATH else item.value)
