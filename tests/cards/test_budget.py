"""A card that never comes to an end: every kind of reading stops within the limits of one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cryptolib.cards.card import Card
from cryptolib.cards.catalog import driver_of
from cryptolib.cards.errors import CardError, CardFault
from cryptolib.iso7816 import budget
from cryptolib.iso7816.budget import EXCHANGES, RECEIVED, SECONDS, BudgetSpent, begin_call
from cryptolib.iso7816.connection import T0, T1
from tests.scripted import AnsweringConnection
from tests.support import CARDS, PIN, driven, secret, transaction

pytestmark = pytest.mark.timing

PATH = bytes.fromhex("3F000001D101")
SIZE = bytes.fromhex("6F04800280009000")


@pytest.fixture(autouse=True)
def outside_calls() -> Iterator[None]:
    """Leave this thread outside calls, as the test found it."""
    yield
    budget._calls.number = None


def answering(profile: str, answer: Callable[[bytes], bytes]) -> tuple[AnsweringConnection, Card]:
    connection = AnsweringConnection(T0 if profile == "cps3" else T1, answer)
    return connection, driver_of(profile)(connection)


def refused(card: Card, work: Callable[[Card], object], *kinds: type[Exception]) -> None:
    with pytest.raises(kinds), transaction(card):
        work(card)


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("block", [b"", b"x", b"xxxxxxx"])
def test_random_bytes_that_do_not_come_are_a_fault_at_once(profile: str, block: bytes) -> None:
    connection, card = answering(profile, lambda _command: block + b"\x90\x00")
    refused(card, lambda card: card.random(16384), CardFault)
    assert connection.count < 5


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("given", [1, 31])
def test_a_file_of_a_few_bytes_at_a_time_is_not_read_to_its_end(profile: str, given: int) -> None:
    connection, card = answering(profile, lambda c: SIZE if c[1] in (0xA4, 0xC0) else bytes(given) + b"\x90\x00")
    refused(card, lambda card: card.read_file(PATH), CardFault)
    assert connection.count < 10


@pytest.mark.parametrize("profile", CARDS)
def test_reading_without_end_spends_the_exchanges_of_one_call(profile: str) -> None:
    connection, card = answering(profile, lambda c: SIZE if c[1] in (0xA4, 0xC0) else bytes(32) + b"\x90\x00")
    begin_call()

    def read_on(card: Card) -> None:
        while True:
            card.read_file(PATH)

    refused(card, read_on, BudgetSpent)
    assert connection.count <= EXCHANGES
    refused(card, lambda card: card.random(8), BudgetSpent, CardFault)
    assert connection.count <= EXCHANGES, "the next transaction of the same call has what is left"


@pytest.mark.parametrize("profile", CARDS)
def test_the_next_call_has_a_budget_of_its_own(profile: str) -> None:
    subject = driven(profile)
    begin_call()
    with pytest.raises(BudgetSpent):
        [subject.run(lambda card: card.random(8)) for _ in range(EXCHANGES + 1)]
    begin_call()
    assert len(subject.run(lambda card: card.random(16384))) == 16384, "as much as one call may ask for"


@pytest.mark.parametrize("profile", CARDS)
def test_answers_of_any_length_spend_the_bytes_of_one_call(profile: str) -> None:
    long = bytes(60000) + b"\x90\x00"
    connection, card = answering(profile, lambda c: SIZE if c[1] in (0xA4, 0xC0) else long)
    begin_call()

    def read_on(card: Card) -> None:
        while True:
            card.read_file(PATH)

    refused(card, read_on, BudgetSpent)
    assert connection.count < 4 * RECEIVED // len(long) + 4


@pytest.mark.parametrize("profile", CARDS)
def test_a_card_that_thinks_too_long_between_two_answers_is_given_up(
    profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(budget, "monotonic", lambda: now[0])

    def answer(_command: bytes) -> bytes:
        now[0] += SECONDS / 10
        return bytes(8) + b"\x90\x00"

    connection, card = answering(profile, answer)
    begin_call()
    refused(card, lambda card: card.random(16384), BudgetSpent)
    assert connection.count <= 12
    begin_call()
    with transaction(card):
        assert card.random(8) == bytes(8)


@pytest.mark.parametrize("profile", CARDS)
def test_codes_are_presented_within_the_same_budget_and_wiped_without_it(profile: str) -> None:
    subject = driven(profile)
    begin_call()
    with pytest.raises(BudgetSpent):
        [subject.run(lambda card: card.verify(1, secret(PIN))) for _ in range(EXCHANGES + 1)]
    assert {bytes(command) for command in subject.connection.secrets} == {bytes(9)}
    assert subject.connection.card.pin_tries == 3


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("sw", ["61FF", "6C00", "6C01", "6100"])
def test_answers_that_announce_more_for_ever(profile: str, sw: str) -> None:
    connection, card = answering(profile, lambda _command: bytes.fromhex(sw))
    begin_call()
    refused(card, lambda card: card.read_file(PATH), CardError, BudgetSpent)
    refused(card, lambda card: card.random(8), CardError, BudgetSpent)
    assert connection.count <= EXCHANGES
