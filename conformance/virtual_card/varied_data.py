"""CPS_DATA with another size than on a CPS3, or on a CPS4, which is issued without it."""

from __future__ import annotations

from conformance.virtual_card import contents, pkcs15
from conformance.virtual_card.access import WRITABLE_BY_HOLDER
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.profiles import CPS_DATA, CPS_DATA_ENTRY

_DIRECTORY = "3F00/0001/7006"


def cps_data(card: VirtualCard, argument: str) -> None:
    """CPS_DATA has this number of bytes: ``256``; by default as many as on a CPS3."""
    issued = contents.application_data(int(argument) if argument else contents.CPS_DATA_SIZE)
    file = card.files.add(CPS_DATA, issued, WRITABLE_BY_HOLDER)
    written = bytes.fromhex(card.state.files.get(CPS_DATA, ""))
    if len(written) == len(issued):
        file.write(written)
    directory = card.file(_DIRECTORY)
    listed = pkcs15.data_objects([CPS_DATA_ENTRY])
    if listed not in directory.content:
        directory.content += listed
