"""The time of CPS_DATA and of a look at the token on a CPS3 with contacts: 1.1 ms per byte, computed."""

from __future__ import annotations

import pytest

from cryptolib.cards.catalog import driver_of
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


class TimedCard:
    """A CPS3 whose holder is logged in, and its CPS_DATA."""

    def __init__(self, *variations: str) -> None:
        self.connection = inserted("cps3", *variations)
        self.token = Token(driver_of("cps3")(self.connection))
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
        self.token.files.replace(self.data.path, content)

    @property
    def held(self) -> bytes:
        return self.connection.card.file("3F00/0001/D107").content

    @held.setter
    def held(self, content: bytes) -> None:
        self.connection.card.file("3F00/0001/D107").content = content


@pytest.fixture
def timed() -> TimedCard:
    return TimedCard()


def sent(connection: VirtualConnection, ins: str) -> int:
    return len([command for command in connection.commands if command[2:4] == ins])


def test_the_size_is_given_without_reading(timed: TimedCard) -> None:
    timed.connection.forget()
    assert timed.data.length(CKA_VALUE) == SIZE
    assert timed.seconds <= 0.1
    assert sent(timed.connection, "B0") == 0
    assert timed.data.length(CKA_VALUE) == SIZE
    assert timed.seconds == 0


def test_all_is_read(timed: TimedCard) -> None:
    assert timed.read() == bytes(SIZE)
    assert timed.seconds <= 4.9


@pytest.mark.parametrize("first", ["nothing", "size", "read"])
def test_all_is_written(timed: TimedCard, first: str) -> None:
    if first == "size":
        timed.data.length(CKA_VALUE)
    elif first == "read":
        timed.read()
    _before = timed.seconds
    timed.connection.forget()
    timed.write(LONG)
    assert timed.seconds <= 4.9
    assert timed.held == LONG
    # The last byte of the file shows whether it is as long as the card says.
    assert sent(timed.connection, "B0") == (first != "read")


@pytest.mark.parametrize("old", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("place", [0, 2000, SIZE - 5])
def test_five_bytes_cost_what_five_bytes_cost(timed: TimedCard, old: bytes, place: int) -> None:
    timed.held = old
    new = old[:place] + b"\xff" * 5 + old[place + 5 :]
    assert timed.read() == old
    _before = timed.seconds
    timed.write(new)
    assert timed.seconds <= 0.2
    assert timed.held == timed.read() == new


def test_a_value_of_five_bytes_costs_five_bytes_where_the_rest_is_zeros(timed: TimedCard) -> None:
    timed.read()
    _before = timed.seconds
    timed.write(b"12345")
    assert timed.seconds <= 0.2
    assert timed.held == b"12345".ljust(SIZE, b"\0")


def test_what_was_written_is_known_as_what_was_read(timed: TimedCard) -> None:
    timed.write(LONG)
    _before = timed.seconds
    timed.write(LONG[:-1] + b"\0")
    assert timed.seconds <= 0.2
    assert timed.held == LONG[:-1] + b"\0"


@pytest.mark.parametrize("other", [SHORT, LONG], ids=["short", "long"])
def test_a_short_value_leaves_nothing_of_the_one_before(timed: TimedCard, other: bytes) -> None:
    """Known or not, read before or not: behind the value there are zeros."""
    timed.held = other
    timed.write(b"12345")
    assert timed.held == b"12345".ljust(SIZE, b"\0")
    timed.held = other
    timed.write(b"678")
    assert timed.held == b"678".ljust(SIZE, b"\0")


def test_who_may_have_been_there_meanwhile_makes_everything_be_written(timed: TimedCard) -> None:
    timed.read()
    timed.connection.reset_elsewhere()
    timed.token.user()
    timed.token.log_in(CKU_USER, secret(PIN))
    # What no sample finds.
    timed.held = bytes(3000) + b"\1" + bytes(1095)
    timed.write(b"12345")
    assert timed.held == b"12345".ljust(SIZE, b"\0")


def test_too_long_a_value_is_refused_for_what_its_size_costs(timed: TimedCard) -> None:
    with pytest.raises(CryptokiError) as caught:
        timed.write(bytes(SIZE + 1))
    assert caught.value.code == CKR_DATA_LEN_RANGE
    assert timed.seconds <= 0.1
    assert timed.held == bytes(SIZE)


def test_a_card_that_gives_too_large_a_size_is_written_to_its_end() -> None:
    timed = TimedCard("stated-size=100")
    with pytest.raises(CryptokiError) as caught:
        timed.write(bytes(SIZE + 1))
    assert caught.value.code == CKR_DATA_LEN_RANGE
    assert timed.held == bytes(SIZE)
    timed.write(LONG)
    assert timed.held == LONG
