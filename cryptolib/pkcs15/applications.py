"""EF.DIR: where a PKCS#15 application is on the card (ISO/IEC 7816-4:2020, 12.2.2; ISO/IEC 7816-15:2016, 7.3)."""

from __future__ import annotations

from cryptolib.iso7816 import tlv
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15.place import MF, absolute
from cryptolib.pkcs15.schema import file_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.iso7816.tlv import Tlv

NAME, PATH, OBJECTS = 0x4F, 0x51, 0x73
# The discretionary objects hold odfPath and tokenInfoPath.
ODF_PATH, TOKEN_INFO_PATH = 0x30, 0xA0
# The default places of both files, if EF.DIR does not name them.
ODF = bytes.fromhex("50 31")
TOKEN_INFO = bytes.fromhex("50 32")


class Application:
    """The absolute paths of the DF of an application, of its ODF and of its TokenInfo."""

    __slots__ = ("odf", "path", "token_info")

    def __init__(self, path: bytes, odf: bytes = b"", token_info: bytes = b"") -> None:
        self.path = path
        self.odf = absolute(odf, path) or path + ODF
        self.token_info = absolute(token_info, path) or path + TOKEN_INFO


def application(ef_dir: bytes, name: bytes, usual: bytes) -> Application | None:
    """The application with this name; its path is `usual` if the record has none. None if EF.DIR does not list it."""
    for record in tlv.items(ef_dir):
        try:
            fields = {item.tag: item.value for item in tlv.items(record.value)}
        except TlvError:
            # A record of another issuer, or a name without a record.
            continue
        if fields.get(NAME) == name:
            path = fields.get(PATH, b"")
            return Application(absolute(path, MF) if path else usual, *_files(fields.get(OBJECTS, b"")))
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


def _place(item: Tlv) -> bytes:
    """The place in a Path, which may be inside another object or have another tag."""
    inner, _end = tlv.read(item.value)
    return file_place(inner.value if inner.tag == ODF_PATH else item.value)
