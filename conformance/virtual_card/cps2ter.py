"""The CPS2ter volet of a CPS3: the files of the previous card generation, read with class A0.

Commands in the manner of 3GPP TS 51.011 clauses 8 and 9: 9Fxx announces an answer, 94xx and 98xx are errors.
"""

from __future__ import annotations

from enum import IntEnum

from conformance.virtual_card.access import SecurityStatus
from conformance.virtual_card.apdu import SW, Command, Response, StatusError
from conformance.virtual_card.files import MASTER_FILE, Directory, ElementaryFile, FileSystem

VOLET_CLA = 0xA0


class VoletSW(IntEnum):
    """Status words of the volet."""

    ANSWER_READY = 0x9F00
    NO_CURRENT_EF = 0x9400
    OUT_OF_RANGE = 0x9402
    FILE_NOT_FOUND = 0x9404
    PIN_NOT_PRESENTED = 0x9804
    WRONG_PARAMETERS = 0x6B00
    WRONG_LENGTH = 0x6700


_MASTER_TYPE, _DIRECTORY_TYPE, _FILE_TYPE = 1, 2, 4


class Cps2terVolet:
    """SELECT, GET RESPONSE and READ BINARY over the volet's own tree."""

    def __init__(self, files: FileSystem, security: SecurityStatus, contactless: bool) -> None:
        self.files = files
        self._security = security
        self._contactless = contactless
        self._handlers = {0xA4: self._select, 0xC0: self._get_response, 0xB0: self._read_binary}
        self.reset()

    def reset(self) -> None:
        self._directory = self.files.mf
        self._file: ElementaryFile | None = None
        self._answer = b""

    def execute(self, command: Command) -> Response:
        if self._contactless:
            raise StatusError(SW.CLA_NOT_SUPPORTED)
        handler = self._handlers.get(command.ins)
        if handler is None:
            raise StatusError(SW.INS_NOT_SUPPORTED)
        return handler(command)

    def _select(self, command: Command) -> Response:
        if command.p1p2:
            raise StatusError(VoletSW.WRONG_PARAMETERS)
        if len(command.data) != 2:
            raise StatusError(VoletSW.WRONG_LENGTH)
        fid = int.from_bytes(command.data, "big")
        node = self.files.mf if fid == MASTER_FILE else self._directory.children.get(fid)
        if node is None:
            raise StatusError(VoletSW.FILE_NOT_FOUND)
        if isinstance(node, Directory):
            self._directory, self._file = node, None
        else:
            self._file = node
        self._answer = _description(node)
        return Response(sw=VoletSW.ANSWER_READY | len(self._answer))

    def _get_response(self, command: Command) -> Response:
        if command.le != len(self._answer):
            raise StatusError(VoletSW.WRONG_LENGTH | len(self._answer))
        answer, self._answer = self._answer, b""
        return Response(answer)

    def _read_binary(self, command: Command) -> Response:
        if self._file is None:
            raise StatusError(VoletSW.NO_CURRENT_EF)
        if not self._security.satisfies(self._file.access.read):
            raise StatusError(VoletSW.PIN_NOT_PRESENTED)
        if command.le is None:
            raise StatusError(VoletSW.WRONG_LENGTH)
        end = command.p1p2 + command.le
        if end > len(self._file.content):
            raise StatusError(VoletSW.OUT_OF_RANGE)
        return Response(self._file.content[command.p1p2 : end])


def _description(node: ElementaryFile | Directory) -> bytes:
    """``85 LL size id type``: the size of a directory is zero."""
    if isinstance(node, ElementaryFile):
        size, kind = len(node.content), _FILE_TYPE
    else:
        size, kind = 0, _MASTER_TYPE if node.fid == MASTER_FILE else _DIRECTORY_TYPE
    value = size.to_bytes(2, "big") + node.fid.to_bytes(2, "big") + bytes((kind,))
    return b"\x85" + bytes((len(value),)) + value
