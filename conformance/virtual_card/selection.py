"""The ways to designate a file in SELECT.

ISO/IEC 7816-4:2013 clause 11.1.1, table 40.
"""

from __future__ import annotations

from enum import IntEnum

from conformance.virtual_card.apdu import SW, StatusError
from conformance.virtual_card.chip import Chip
from conformance.virtual_card.files import Directory, ElementaryFile

MF_PATH = bytes.fromhex("3F00")

RETURN_FCI = 0x00
RETURN_FCP = 0x04
NO_DATA = 0x0C


class By(IntEnum):
    """P1: what the data field holds."""

    IDENTIFIER = 0x00
    CHILD_DIRECTORY = 0x01
    CHILD_FILE = 0x02
    PARENT = 0x03
    NAME = 0x04
    PATH_FROM_MF = 0x08
    PATH_FROM_CURRENT = 0x09


def application_name(data: bytes) -> bytes:
    """The data field of a selection by name, or a right truncated name."""
    if not 5 <= len(data) <= 16:
        raise StatusError(SW.WRONG_LENGTH)
    return data


def select_file(chip: Chip, by: int, data: bytes) -> ElementaryFile | Directory:
    """Makes the designated file or directory current and gives it; a failed selection changes nothing."""
    match by:
        case By.IDENTIFIER:
            node, parent = chip.find_identifier(data or MF_PATH)
        case By.CHILD_DIRECTORY | By.CHILD_FILE:
            node, parent = chip.find_identifier(data)
            _require_kind(chip, by, node)
        case By.PARENT:
            node = parent = _parent(chip, data)
        case By.PATH_FROM_MF:
            return _select_path(chip, chip.files.mf, data)
        case By.PATH_FROM_CURRENT:
            return _select_path(chip, chip.directory, data)
        case _:
            raise StatusError(SW.INCORRECT_P1P2)
    chip.open(node, parent)
    return node


def _require_kind(chip: Chip, by: int, node: ElementaryFile | Directory) -> None:
    """P1=01 finds directories and P1=02 files; both find the MF by its reserved identifier, as OpenSC asks for it."""
    if node is not chip.files.mf and isinstance(node, Directory) != (by == By.CHILD_DIRECTORY):
        raise StatusError(SW.FILE_NOT_FOUND)


def _parent(chip: Chip, data: bytes) -> Directory:
    if data:
        raise StatusError(SW.WRONG_LENGTH)
    if chip.directory.parent is None:
        raise StatusError(SW.FILE_NOT_FOUND)
    return chip.directory.parent


def _select_path(chip: Chip, start: Directory, path: bytes) -> ElementaryFile | Directory:
    if not path:
        raise StatusError(SW.WRONG_LENGTH)
    return chip.select_path(start, path)
