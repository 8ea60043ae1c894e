"""What CPS_DATA and the look at a token cost on a contact CPS3: 1.1 ms per byte, counted exactly."""

from __future__ import annotations

import pytest

from cryptolib.cards.catalog import DRIVERS
from cryptolib.cryptoki.constants import CKA_VALUE, CKR_DATA_LEN_RANGE, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import DataObject
from cryptolib.token.token import Token
from tests.support import PIN, VirtualConnection, inserted, labelled, secret

MILLISECONDS_PER_BYTE = 1.1
SIZE = 4096
# A short value of a file that is filled up with zeros, and one that fills it.
SHORT = b"rendez-vous".ljust(SIZE, b"\0")
LONG = bytes(range(1, 256)) * 16 + bytes(range(1, 17))


class Desk:
    """A CPS3 whose holder is logged in, and its CPS_DATA."""

    def __init__(self, *variations: str) -> None:
        self.connection = inserted("cps3", *variations)
        self.token = Token(DRIVERS["cps3"](self.connection))
        self.token.log_in(CKU_USER, secret(PIN))
        data = labelled(self.token, "CPS_DATA")
        assert isinstance(data, DataObject)
        self.data = data
        self.connection.exchanged = 0

    @property
    def seconds(self) -> float:
        """The card's time since the last question."""
        octets, self.connection.exchanged = self.connection.exchanged, 0
        return octets * MILLISECONDS_PER_BYTE / 1000

    def read(self) -> bytes:
        return self.data.value(CKA_VALUE)

    def write(self, content: bytes) -> None:
        self.token.replace_content(self.data.path, content)

    @property
    def held(self) -> bytes:
        return self.connection.card.file("3F00/0001/D107").content

    @held.setter
    def held(self, content: bytes) -> None:
        self.connection.card.file("3F00/0001/D107").content = content


@pytest.fixture
def desk() -> Desk:
    return Desk()


def sent(connection: VirtualConnection, ins: str) -> int:
    return len([command for command in connection.commands if command[2:4] == ins])


def test_the_size_is_told_without_reading(desk: Desk) -> None:
    desk.connection.forget()
    assert desk.data.length(CKA_VALUE) == SIZE
    assert desk.seconds <= 0.1
    assert sent(desk.connection, "B0") == 0
    assert desk.data.length(CKA_VALUE) == SIZE
    assert desk.seconds == 0


def test_all_is_read(desk: Desk) -> None:
    assert desk.read() == bytes(SIZE)
    assert desk.seconds <= 4.9


@pytest.mark.parametrize("first", ["nothing", "size", "read"])
def test_all_is_written(desk: Desk, first: str) -> None:
    if first == "size":
        desk.data.length(CKA_VALUE)
    elif first == "read":
        desk.read()
    _before = desk.seconds
    desk.connection.forget()
    desk.write(LONG)
    assert desk.seconds <= 4.9
    assert desk.held == LONG
    # The last byte of the file tells whether it is as long as the card says.
    assert sent(desk.connection, "B0") == (first != "read")


@pytest.mark.parametrize("old", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("place", [0, 2000, SIZE - 5])
def test_five_bytes_cost_what_five_bytes_cost(desk: Desk, old: bytes, place: int) -> None:
    desk.held = old
    new = old[:place] + b"\xff" * 5 + old[place + 5 :]
    assert desk.read() == old
    _before = desk.seconds
    desk.write(new)
    assert desk.seconds <= 0.2
    assert desk.held == desk.read() == new


def test_a_value_of_five_bytes_costs_five_bytes_where_the_rest_is_zeros(desk: Desk) -> None:
    desk.read()
    _before = desk.seconds
    desk.write(b"12345")
    assert desk.seconds <= 0.2
    assert desk.held == b"12345".ljust(SIZE, b"\0")


def test_what_was_written_is_known_as_what_was_read(desk: Desk) -> None:
    desk.write(LONG)
    _before = desk.seconds
    desk.write(LONG[:-1] + b"\0")
    assert desk.seconds <= 0.2
    assert desk.held == LONG[:-1] + b"\0"


@pytest.mark.parametrize("other", [SHORT, LONG], ids=["short", "long"])
def test_a_short_value_leaves_nothing_of_the_one_before(desk: Desk, other: bytes) -> None:
    """Known or not, read before or not: behind the value there are zeros."""
    desk.held = other
    desk.write(b"12345")
    assert desk.held == b"12345".ljust(SIZE, b"\0")
    desk.held = other
    desk.write(b"678")
    assert desk.held == b"678".ljust(SIZE, b"\0")


def test_who_may_have_been_there_meanwhile_makes_everything_be_written(desk: Desk) -> None:
    desk.read()
    desk.connection.reset_elsewhere()
    desk.token.user()
    desk.token.log_in(CKU_USER, secret(PIN))
    # What no sample finds.
    desk.held = bytes(3000) + b"\1" + bytes(1095)
    desk.write(b"12345")
    assert desk.held == b"12345".ljust(SIZE, b"\0")


def test_too_long_a_value_is_refused_for_what_its_size_costs(desk: Desk) -> None:
    with pytest.raises(CryptokiError) as caught:
        desk.write(bytes(SIZE + 1))
    assert caught.value.code == CKR_DATA_LEN_RANGE
    assert desk.seconds <= 0.1
    assert desk.held == bytes(SIZE)


def test_a_card_that_tells_too_large_a_size_is_written_to_its_end() -> None:
    desk = Desk("told-size=100")
    with pytest.raises(CryptokiError) as caught:
        desk.write(bytes(SIZE + 1))
    assert caught.value.code == CKR_DATA_LEN_RANGE
    assert desk.held == bytes(SIZE)
    desk.write(LONG)
    assert desk.held == LONG
