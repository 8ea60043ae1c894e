"""A sample of the fault matrix, another one in each run: what a card does wrong is reported as what it is, harms
nothing, and is over with the next call. The whole of it: make test-faults.
"""

from random import Random, SystemRandom

import pytest

from conformance.robustness.faults import report
from conformance.robustness.faults.expectations import WRONG
from conformance.robustness.faults.kinds import KINDS, Cause
from conformance.robustness.faults.matrix import CARDS, every_case, record, run_cases, sample

RIGS = 2
SAMPLE_SECONDS = 90.0
MANY = 6
SLOW = {
    Cause.REMOVED: 2,
    Cause.RETURNED: 2,
    Cause.RESTARTED: 3,
    Cause.MUTE: 2,
    Cause.LATE: 1,
}
"""How many cases of a kind that takes its time; there are more of the others."""


@pytest.mark.parametrize("card", CARDS)
def test_a_sample_of_the_fault_matrix_is_right(
    card: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    given = request.config.getoption("--seed")
    seed = SystemRandom().randrange(10**6) if given is None else given
    most = {kind.name: SLOW.get(kind.cause, MANY) for kind in KINDS.values()}
    known = record([card])
    cases = list(sample(every_case(known, Random(seed)), most))
    with capsys.disabled():
        print(f"\nfault matrix, {card}: {len(cases)} cases, --seed {seed}")
    verdicts = run_cases(cases, known, RIGS, SAMPLE_SECONDS)
    wrong = [one for one in verdicts if one.outcome == WRONG]
    message = [f"{len(wrong)} of {len(verdicts)} cases of {card}, --seed {seed}", *report.wrong(wrong)]
    assert not wrong, "\n".join(message)
    assert len(verdicts) == len(cases), "the machine was too slow for the sample"
