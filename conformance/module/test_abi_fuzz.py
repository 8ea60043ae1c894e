"""Ten seconds of random calls with each card; `make fuzz` gives them more. The seed is another one each time."""

import os
from pathlib import Path

import pytest

from conformance.robustness.fuzz import abi
from conformance.testbed.cards import Card
from conformance.testbed.rig import Rig

EXPORTS = Path(__file__).parents[2] / "native" / "generated" / "exports.map"
SECONDS = 10
# To meet the same calls again.
GIVEN_SEED = os.environ.get("CPS_FUZZ_SEED")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return abi.compile_fuzzer(tmp_path_factory.mktemp("fuzzer"))


def test_calls_at_random_do_no_harm(rig: Rig, card: Card, program: Path) -> None:
    """No crash, no hang, no CKR_GENERAL_ERROR, nothing beyond a buffer; and only right codes were presented."""
    done = abi.run(program, rig.env, int(GIVEN_SEED) if GIVEN_SEED else abi.new_seed(), SECONDS)
    tries = (rig.pin_tries, rig.puk_tries)
    rig.reissue()
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert tries == (3, 10), done.stdout


def test_it_calls_everything_that_is_exported() -> None:
    named = {line.split()[0] for line in abi.table().splitlines()}
    exported = {line.strip(" ;\n") for line in EXPORTS.read_text().splitlines() if line.strip().startswith("C_")}
    assert named >= exported
    assert named - exported == {"C_StartUpdate", "C_EndUpdate", "C_TransmitMessage", "C_KeepAlive"}
