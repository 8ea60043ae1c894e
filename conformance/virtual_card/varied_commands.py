"""Cards that answer a command in another way allowed by the standards.

ISO/IEC 7816-4:2020, clauses 11.3.5 (UPDATE BINARY), 11.6.3 (GET CHALLENGE) and 9.3 (security attributes).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from conformance.virtual_card.access import NEVER, PROTECTED, AccessRule
from conformance.virtual_card.apdu import SW, Command, Response, StatusError
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.chip import Handler
from conformance.virtual_card.profiles import ROOT_AID
from conformance.virtual_card.tlv import octets, sequence
from conformance.virtual_card.varied_entries import CODES, rewrite

_VERIFY, _CHANGE, _RESET, _CHALLENGE, _UPDATE, _SELECT = 0x20, 0x24, 0x2C, 0x84, 0xD6, 0xA4
_APPLICATION = 0x0001
_BY_NAME = 4


def _around(card: VirtualCard, ins: int, change: Callable[[Handler, Command], Response]) -> None:
    usual = card.chip.handlers[ins]
    card.chip.handlers[ins] = lambda command: change(usual, command)


def challenge(card: VirtualCard, argument: str) -> None:
    """GET CHALLENGE gives this number of bytes and answers 6Cxx for any other: ``16``."""
    size = int(argument)

    def answer(_usual: Handler, command: Command) -> Response:
        if command.le != size:
            raise StatusError(SW.WRONG_LE | size)
        return Response(os.urandom(size))

    _around(card, _CHALLENGE, answer)


def written_at_last(card: VirtualCard, argument: str) -> None:
    """UPDATE BINARY answers 63C1: written after a second attempt."""
    _around(card, _UPDATE, lambda usual, command: Response(usual(command).data, SW.TRIES_LEFT | 1))


def most_written(card: VirtualCard, argument: str) -> None:
    """UPDATE BINARY of more than ``E0`` bytes is refused."""

    def answer(usual: Handler, command: Command) -> Response:
        if len(command.data) > int(argument, 16):
            raise StatusError(SW.WRONG_LENGTH)
        return usual(command)

    _around(card, _UPDATE, answer)


def code_path(card: VirtualCard, argument: str) -> None:
    """The codes belong to the application: the directory gives its path, and the card finds them nowhere else."""

    def answer(usual: Handler, command: Command) -> Response:
        if card.chip.directory.fid != _APPLICATION:
            raise StatusError(SW.REFERENCED_DATA_NOT_FOUND)
        return usual(command)

    for ins in (_VERIFY, _CHANGE, _RESET):
        _around(card, ins, answer)
    path = sequence(octets(bytes.fromhex("3F000001")))
    rewrite(card, CODES, -1, lambda content: content + path)


def protected(card: VirtualCard, argument: str) -> None:
    """Only the holder may read the file ``7004`` of the application; with ``7004:never`` nobody may."""
    file, _, who = argument.partition(":")
    card.file(f"3F00/0001/{file}").access = AccessRule(read=NEVER) if who == "never" else PROTECTED


def former_volet(card: VirtualCard, argument: str) -> None:
    """A CPS4 refuses the first selection of its applet; with ``missing`` the applets that lead back to it do not
    exist.
    """
    usual = card.transmit
    refused = False

    def transmit(command: bytes) -> bytes:
        nonlocal refused
        if command[1] != _SELECT or command[2] != _BY_NAME:
            return usual(command)
        if command[5 : 5 + command[4]] != ROOT_AID:
            return SW.FILE_NOT_FOUND.to_bytes(2, "big")
        if not refused:
            refused = True
            return SW.CONDITIONS_NOT_SATISFIED.to_bytes(2, "big")
        return usual(command)

    card.transmit = transmit  # type: ignore[method-assign]
