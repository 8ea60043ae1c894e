"""CPS_DATA, the one object that the holder can write, and what is left of it when the card loses power meanwhile."""

import subprocess
from collections.abc import Iterator

import pytest

from conformance.testbed.cards import CARDS, PIN, Card
from conformance.testbed.client import Module, module_path, template
from conformance.testbed.cryptoki import CKA, CKO, CKR
from conformance.testbed.rig import Rig

UPDATE = "ins=D6"
SIZE = 256
SHORT = b"rendez-vous".ljust(SIZE, b"\0")
LONG, OTHER_LONG = b"\x55" * SIZE, b"\xaa" * SIZE


@pytest.fixture(scope="module")
def inserted(request: pytest.FixtureRequest, rig: Rig) -> Iterator[Card]:
    """With a CPS_DATA that two commands are needed for."""
    rig.insert(request.param)
    rig.vary(f"cps-data={SIZE}")
    yield CARDS[request.param]
    rig.vary()


@pytest.fixture
def writer(p11: Module, slot: int, rig: Rig, card: Card) -> Iterator[int]:
    """A read/write session of the holder; the value is put back."""
    session = p11.open(slot, rw=True)
    assert p11.login(session, PIN) == CKR.OK
    issued = value(p11, session)
    yield session
    rig.clear_faults()
    put_back = p11.open(p11.slots()[0], rw=True)
    p11.login(put_back, PIN)
    assert write(p11, put_back, issued) == CKR.OK


def cps_data(p11: Module, session: int) -> int:
    return p11.one(session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_DATA"))


def value(p11: Module, session: int) -> bytes:
    return p11.attribute(session, cps_data(p11, session), CKA.VALUE)


def write(p11: Module, session: int, content: bytes) -> int:
    return int(p11.C_SetAttributeValue(session, cps_data(p11, session), template([(CKA.VALUE, content)]), 1))


def inverted(content: bytes) -> bytes:
    """Every byte another one."""
    return bytes(byte ^ 0xFF for byte in content)


def test_a_value_is_written_and_padded_with_zeros(p11: Module, writer: int) -> None:
    assert write(p11, writer, b"rendez-vous") == CKR.OK
    assert value(p11, writer) == b"rendez-vous".ljust(SIZE, b"\0")
    assert write(p11, writer, b"") == CKR.OK
    assert value(p11, writer) == bytes(SIZE)


def test_a_change_that_fits_in_one_command_is_sent_in_one(p11: Module, writer: int, rig: Rig) -> None:
    before = value(p11, writer)
    rig.clear_log()
    assert write(p11, writer, before[:1] + inverted(before[1:])) == CKR.OK
    assert len([exchange for exchange in rig.log() if exchange.command[1] == 0xD6]) == 1


@pytest.mark.parametrize("done", [0, 1, 2, 3], ids=["before the first", "after one", "after two", "after the last"])
@pytest.mark.parametrize(
    ("old", "new", "cut"),
    [(SHORT, LONG, SHORT), (LONG, SHORT, SHORT), (LONG, OTHER_LONG, None)],
    ids=["short to long", "long to short", "both long"],
)
def test_power_lost_between_the_commands_leaves_the_old_value_or_the_new_one_or_an_error(
    p11: Module, writer: int, rig: Rig, done: int, old: bytes, new: bytes, cut: bytes | None
) -> None:
    """No memory helps the reader: another process, which keeps no file, gives the same answer."""
    assert write(p11, writer, old) == CKR.OK
    rig.fault(f"{UPDATE} after={max(done - 1, 0)} do=remove execute={'yes' if done else 'no'}")
    assert write(p11, writer, new) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    expected = {0: old, 3: new}.get(done, cut)
    again = p11.open(p11.slots()[0], rw=True)
    if expected is None:
        asked = template([(CKA.VALUE, bytes(SIZE))])
        assert p11.C_GetAttributeValue(again, cps_data(p11, again), asked, 1) == CKR.DEVICE_ERROR
    else:
        assert value(p11, again) == expected
    assert value_on_the_card(rig) == expected
    assert p11.login(again, PIN) == CKR.OK
    assert write(p11, again, new) == CKR.OK
    assert value(p11, again) == new


def value_on_the_card(rig: Rig) -> bytes | None:
    """The value that another process without a cache reads; None on an error, whose code pkcs11-tool hides."""
    command = ["pkcs11-tool", "--module", module_path(), "--read-object", "--type", "data", "--label", "CPS_DATA"]
    other = subprocess.run(command, env=rig.env | {"CPS3_CACHE": "0"}, capture_output=True, timeout=60)
    if other.returncode == 0:
        return other.stdout
    assert b"get CKA_VALUE failed" in other.stderr
    return None


def test_power_lost_in_the_only_command_leaves_the_old_value(p11: Module, writer: int, rig: Rig, card: Card) -> None:
    before = value(p11, writer)
    rig.fault(f"{UPDATE} do=remove")
    assert write(p11, writer, before[:1] + inverted(before[1:])) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    assert value(p11, p11.open(p11.slots()[0])) == before


def test_power_lost_after_the_only_command_leaves_the_new_value(p11: Module, writer: int, rig: Rig, card: Card) -> None:
    before = value(p11, writer)
    wanted = before[:1] + inverted(before[1:])
    rig.fault(f"{UPDATE} do=remove execute=yes")
    assert write(p11, writer, wanted) == CKR.DEVICE_REMOVED
    rig.clear_faults()
    rig.insert()
    assert value(p11, p11.open(p11.slots()[0])) == wanted


def test_who_may_not_write_gets_an_error(p11: Module, writer: int, slot: int) -> None:
    content = value(p11, writer)
    reader = p11.open(slot)
    assert write(p11, reader, content) == CKR.SESSION_READ_ONLY
    assert write(p11, writer, bytes(SIZE + 1)) == CKR.DATA_LEN_RANGE
    p11.ok("C_Logout", writer)
    assert write(p11, writer, content) == CKR.USER_NOT_LOGGED_IN
    assert p11.login(writer, PIN) == CKR.OK
