"""Directories with the same meaning in another encoding, and a card with another serial number.

ISO/IEC 8825-1, clause 8.1.3 (lengths); ISO/IEC 7816-4:2020, clause 12.2.1 (EF.DIR); ISO/IEC 7816-15:2016, clause 8.
"""

from __future__ import annotations

from conformance.virtual_card import pkcs15
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.tlv import bit_string, parse, tlv
from conformance.virtual_card.varied_paths import DIRECTORIES, ODF

EF_DIR, EF_SN, TOKEN_INFO, PRIVATE_KEYS = "3F00/2F00", "3F00/D003", "3F00/0001/5032", "3F00/0001/7002"
_TEMPLATE, _PATH = 0x61, 0x51
_CONSTRUCTED = 0x20
_STRANGERS = bytes.fromhex("610B 4F09 A00000000000000001 4F05 A000000002 6103 4F7F01")


def long_lengths(card: VirtualCard, argument: str) -> None:
    """Every length in the directory is written as 84 and four bytes."""
    for name in (EF_DIR, ODF, TOKEN_INFO, *DIRECTORIES):
        file = card.file(name)
        file.content = _long(file.content)


def applications(card: VirtualCard, argument: str) -> None:
    """EF.DIR with its ``records`` or ``fields`` in reverse order, with ``strangers``, ``without-path``, or
    ``relative``.
    """
    file = card.file(EF_DIR)
    records = [list(parse(value)) for _tag, value in parse(file.content)]
    match argument:
        case "records":
            records.reverse()
        case "fields":
            records = [fields[::-1] for fields in records]
        case "without-path":
            records = [[field for field in fields if field[0] != _PATH] for fields in records]
        case "relative":
            records = [[(tag, value[2:] if tag == _PATH else value) for tag, value in fields] for fields in records]
        case "strangers":
            pass
        case _:
            raise ValueError(f"no such EF.DIR: {argument!r}")
    written = b"".join(tlv(_TEMPLATE, *(tlv(*field) for field in fields)) for fields in records)
    file.content = (_STRANGERS if argument == "strangers" else b"") + written


def authentication_usage(card: VirtualCard, argument: str) -> None:
    """The key usage of the authentication key has these bits: ``2`` (sign), ``1,2`` (decrypt and sign)."""
    file = card.file(PRIVATE_KEYS)
    issued = bit_string(pkcs15.USAGE_DECRYPT, pkcs15.USAGE_SIGN)
    file.content = file.content.replace(issued, bit_string(*(int(bit) for bit in argument.split(","))))


def serial(card: VirtualCard, argument: str) -> None:
    """EF.SN holds these bytes."""
    card.file(EF_SN).content = bytes.fromhex(argument)


def _long(content: bytes) -> bytes:
    written = b""
    for tag, value in parse(content):
        inner = _long(value) if tag & _CONSTRUCTED else value
        written += tlv(tag)[:-1] + b"\x84" + len(inner).to_bytes(4, "big") + inner if tag else b"\0\0"
    return written
