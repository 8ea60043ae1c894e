"""Calls that need no card, many in a row: pcscd is not asked for each of them (docs/adr/0016)."""

import pytest

from conformance.benchmarks import calls
from conformance.benchmarks.calls import Call
from conformance.testbed.cards import Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

# The state of the reader and the state of the card, each after the question whether pcscd answers at all. That question
# is left out within 0.2 ms of the last answer, but a thread may wait for its processor for longer.
MESSAGES_OF_A_LOOK = 4
# For so long all calls share it.
NANOSECONDS_OF_A_LOOK = 3e6


@pytest.fixture(scope="module")
def measured(rig: Rig, inserted: Card) -> dict[str, Call]:
    rig.new_pins()
    with calls.compiled() as program:
        return calls.measure(program, module_path(), 0, rig.env)


def most_messages(call: Call) -> float:
    """The allowed messages: one look at the start, and another one whenever the last has become old."""
    looks = 1 + call.calls * call.nanoseconds / NANOSECONDS_OF_A_LOOK
    return looks * MESSAGES_OF_A_LOOK


def test_calls_that_need_no_card_share_the_reader_status(measured: dict[str, Call]) -> None:
    asking = {name for name, call in measured.items() if call.calls * call.messages > most_messages(call)}
    assert asking == {calls.SIGNATURE}
