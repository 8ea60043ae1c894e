"""Cases 128 to 130: copies of the card's files on disk, damaged one after the other, hide no card.

The program knows the original's files by their names; here every file that the module keeps is damaged.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.acceptance.run import Play
from conformance.testbed.cryptoki import CKA, CKO, TokenInfo

DAMAGE = slice(3, 5)


def damaged_copies(play: Play) -> None:
    with _empty_cache(play) as folder:
        play.initialize()
        _list(play, "128")
        intact = _told(play)
        play.finalize()
        copies = sorted(folder.iterdir())
        assert copies, "the module keeps no copies"
        for copy in copies:
            _damage(copy)
            play.case("129", play.p11.C_Initialize(None))
            _list(play, "130")
            assert _told(play) == intact, f"{copy.name} was believed"
            play.finalize()


@contextmanager
def _empty_cache(play: Play) -> Iterator[Path]:
    """A folder for copies where none are kept otherwise."""
    play.rig.clear_cache()
    before = os.environ.get("CPS3_CACHE", "")
    os.environ["CPS3_CACHE"] = str(play.rig.cache)
    try:
        yield play.rig.cache
    finally:
        os.environ["CPS3_CACHE"] = before
        play.rig.clear_cache()


def _list(play: Play, number: str) -> None:
    count = ctypes.c_ulong()
    play.case(number, play.p11.C_GetSlotList(1, None, ctypes.byref(count)))
    assert count.value >= 1


def _told(play: Play) -> tuple[bytes, dict[str, bytes]]:
    """What the copies are kept for: the token, its objects, and what the public ones hold."""
    info: TokenInfo = play.p11.token_info(play.slot)
    session = play.open()
    handles = play.p11.find(session)
    return bytes(info.label), {play.p11.label(session, handle): _value(play, session, handle) for handle in handles}


def _value(play: Play, session: int, handle: int) -> bytes:
    """Nothing for a key."""
    holds = play.p11.number(session, handle, CKA.CLASS) in (CKO.DATA, CKO.CERTIFICATE)
    return play.p11.attribute(session, handle, CKA.VALUE) if holds else b""


def _damage(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[DAMAGE] = bytes(byte ^ 0xFF for byte in content[DAMAGE])
    copy.write_bytes(content)
