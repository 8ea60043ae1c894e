"""SELECT on a CPS3, with the refusals of issued cards, and the file control parameters it answers.

ISO/IEC 7816-4:2013 clauses 11.1.1 (SELECT) and 7.4.3 (file control information); IAS ECC 1.0.1 access rules.
"""

from __future__ import annotations

from conformance.virtual_card.access import NEVER, AccessRule
from conformance.virtual_card.apdu import SW, Command, Response, StatusError
from conformance.virtual_card.chip import Chip
from conformance.virtual_card.files import Directory, ElementaryFile
from conformance.virtual_card.selection import (
    MF_PATH,
    NO_DATA,
    RETURN_FCI,
    RETURN_FCP,
    By,
    application_name,
    select_file,
)
from conformance.virtual_card.tlv import tlv

# P2 values: the requested answer of SELECT.
ANSWERS = (RETURN_FCI, RETURN_FCP, NO_DATA)

_ACCESS_MODES = 0x7B
_OPERATIONAL = b"\x05"


def select(chip: Chip, command: Command) -> Response:
    if command.p2 not in ANSWERS:
        raise StatusError(SW.INCORRECT_P1P2)
    if command.p1 == By.NAME:
        return _select_by_name(chip, command)
    if command.p2 == RETURN_FCI:
        raise StatusError(SW.INCORRECT_P1P2)
    return _answer(_select_by_file(chip, command), command)


def _select_by_name(chip: Chip, command: Command) -> Response:
    """P2=00 is only accepted for the root application."""
    application = chip.files.application(application_name(command.data))
    if command.p2 == RETURN_FCI and application is not chip.files.mf:
        raise StatusError(SW.INCORRECT_P1P2)
    chip.enter(application)
    return _answer(application, command)


def _select_by_file(chip: Chip, command: Command) -> ElementaryFile | Directory:
    """P1=09 takes a path from the MF when it starts with 3F00, else from the current directory."""
    if command.p1 == By.PATH_FROM_CURRENT and command.data.startswith(MF_PATH):
        return chip.select_path(chip.files.mf, command.data[len(MF_PATH) :])
    return select_file(chip, command.p1, command.data)


def _answer(node: ElementaryFile | Directory, command: Command) -> Response:
    if command.p2 != RETURN_FCP:
        return Response()
    return Response(tlv(0x62, _file_parameters(node) if isinstance(node, ElementaryFile) else _df_parameters(node)))


def _file_parameters(file: ElementaryFile) -> bytes:
    short_id = bytes((file.short_id << 3,)) if file.short_id is not None else b""
    return b"".join(
        (
            tlv(0x80, len(file.content).to_bytes(2, "big")),
            tlv(0x82, b"\x01"),
            tlv(0x83, file.fid.to_bytes(2, "big")),
            tlv(0x88, short_id),
            _access_rules(file.access),
            tlv(0x8A, _OPERATIONAL),
        )
    )


def _df_parameters(directory: Directory) -> bytes:
    name = tlv(0x84, directory.aid) if directory.aid else b""
    rules = tlv(0xA1, *(tlv(tag, bytes((_ACCESS_MODES,)) + bytes((NEVER,)) * 6) for tag in (0x8C, 0x9C)))
    return b"".join(
        (tlv(0x82, b"\x38"), tlv(0x83, directory.fid.to_bytes(2, "big")), name, rules, tlv(0x8A, _OPERATIONAL))
    )


def _access_rules(access: AccessRule) -> bytes:
    """Contact then contactless: delete, terminate, activate, deactivate (never), update, read."""
    fixed = bytes((_ACCESS_MODES,)) + bytes((NEVER,)) * 4
    return tlv(
        0xA1,
        tlv(0x8C, fixed, bytes((access.update, access.read))),
        tlv(0x9C, fixed, bytes((access.contactless_update, access.contactless_read))),
    )
