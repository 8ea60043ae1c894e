"""Cases 128 to 130: copies of the card's files on disk, damaged one after the other, hide no card.

The program knows the original's files by their names; here every file that the module keeps is damaged.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.acceptance.run import Run
from conformance.testbed.cryptoki import CKA, CKO, TokenInfo

DAMAGE = slice(3, 5)


def damaged_copies(run: Run) -> None:
    with _empty_cache(run) as folder:
        run.initialize()
        _list(run, "128")
        intact = _token_contents(run)
        run.finalize()
        copies = sorted(folder.iterdir())
        assert copies, "the module keeps no copies"
        for copy in copies:
            _damage(copy)
            run.case("129", run.p11.C_Initialize(None))
            _list(run, "130")
            assert _token_contents(run) == intact, f"{copy.name} was believed"
            run.finalize()


@contextmanager
def _empty_cache(run: Run) -> Iterator[Path]:
    """A folder for copies where none are kept otherwise."""
    run.rig.clear_cache()
    before = os.environ.get("CPS3_CACHE", "")
    os.environ["CPS3_CACHE"] = str(run.rig.cache)
    try:
        yield run.rig.cache
    finally:
        os.environ["CPS3_CACHE"] = before
        run.rig.clear_cache()


def _list(run: Run, number: str) -> None:
    count = ctypes.c_ulong()
    run.case(number, run.p11.C_GetSlotList(1, None, ctypes.byref(count)))
    assert count.value >= 1


def _token_contents(run: Run) -> tuple[bytes, dict[str, bytes]]:
    """The token, its objects, and the content of public ones: what the copies are made for."""
    info: TokenInfo = run.p11.token_info(run.slot)
    session = run.open()
    handles = run.p11.find(session)
    return bytes(info.label), {run.p11.label(session, handle): _value(run, session, handle) for handle in handles}


def _value(run: Run, session: int, handle: int) -> bytes:
    """The value of an object; empty for a key."""
    holds = run.p11.number(session, handle, CKA.CLASS) in (CKO.DATA, CKO.CERTIFICATE)
    return run.p11.attribute(session, handle, CKA.VALUE) if holds else b""


def _damage(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[DAMAGE] = bytes(byte ^ 0xFF for byte in content[DAMAGE])
    copy.write_bytes(content)
