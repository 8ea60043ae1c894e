"""Calls that need no card, many in a row: pcscd is not asked for each of them (docs/adr/0016)."""

import pytest

from conformance.benchmarks import calls
from conformance.benchmarks.calls import Call
from conformance.testbed.cards import Card
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

# One look in three milliseconds is allowed; the best of several bursts is shorter than that, or nearly.
MOST_MESSAGES = 0.1


@pytest.fixture(scope="module")
def measured(rig: Rig, inserted: Card) -> dict[str, Call]:
    rig.new_pins()
    with calls.compiled() as program:
        return calls.measure(program, module_path(), 0, rig.env)


def test_calls_that_need_no_card_send_pcscd_nothing(measured: dict[str, Call]) -> None:
    asking = {name: call.messages for name, call in measured.items() if call.messages > MOST_MESSAGES}
    assert set(asking) - {calls.LARGE_DIGEST} == {calls.SIGNATURE}
