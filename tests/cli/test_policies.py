"""Our line in the policies of Firefox: put there and taken away, whatever else is in them."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptolib.cli.browsers.policies import Policy, with_module, without_module
from cryptolib.cli.browsers.target import Program, State, TargetFailed

MODULE = Path("/usr/lib/libcryptolib_cps.so")
OTHER = "/usr/lib/opensc-pkcs11.so"

Document = dict[str, Any]

LIBRARIES = st.dictionaries(st.sampled_from(["OpenSC", "Cryptolib CPS", "Autre"]), st.just(OTHER), min_size=1)
DEVICES = st.one_of(
    LIBRARIES,
    st.fixed_dictionaries({}, optional={"Add": LIBRARIES, "Delete": st.just(["Ancien"])}).filter(bool),
)
POLICIES = st.fixed_dictionaries(
    {}, optional={"DisableTelemetry": st.booleans(), "SecurityDevices": DEVICES, "Proxy": st.just({"Mode": "none"})}
)
DOCUMENTS = st.fixed_dictionaries({}, optional={"policies": POLICIES.filter(bool), "comment": st.text(max_size=3)})


@given(DOCUMENTS)
def test_what_was_there_stays_and_what_came_goes(document: Document) -> None:
    before = copy.deepcopy(document)
    added = with_module(document, MODULE)
    assert with_module(added, MODULE) == added
    assert without_module(added) == document == before


@pytest.mark.parametrize(
    ("before", "devices"),
    [
        ({}, {"Add": {"Cryptolib CPS": str(MODULE)}}),
        ({"Add": {"OpenSC": OTHER}}, {"Add": {"OpenSC": OTHER, "Cryptolib CPS": str(MODULE)}}),
        ({"Delete": ["Ancien"]}, {"Delete": ["Ancien"], "Add": {"Cryptolib CPS": str(MODULE)}}),
        ({"OpenSC": OTHER}, {"OpenSC": OTHER, "Cryptolib CPS": str(MODULE)}),
        ({"Add": {"Cryptolib CPS": OTHER}}, {"Add": {"Cryptolib CPS": OTHER, "Cryptolib CPS 2": str(MODULE)}}),
        ({"Add": {"CPS": f"/opt/{MODULE.name}"}}, {"Add": {"Cryptolib CPS": str(MODULE)}}),
    ],
    ids=["nothing", "another module", "a removal", "the older form", "our name is taken", "an older installation"],
)
def test_the_module_is_added_in_the_form_in_use(before: Document, devices: Document) -> None:
    document = {"policies": {"SecurityDevices": before}} if before else {}
    assert with_module(document, MODULE) == {"policies": {"SecurityDevices": devices}}


def test_a_policy_file_comes_and_goes_with_its_folder(tmp_path: Path) -> None:
    policy = Policy(Program.FIREFOX, tmp_path / "firefox" / "policies" / "policies.json")
    assert policy.state(MODULE) is State.ABSENT
    policy.register(MODULE)
    assert policy.state(MODULE) is State.REGISTERED
    assert policy.state(Path("/elsewhere") / MODULE.name) is State.STALE
    policy.unregister()
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_an_administrator_keeps_its_link_and_its_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "policies.json"
    real.write_text('{"policies": {"Homepage": {"URL": "https://étude.invalid"}}}')
    real.chmod(0o640)
    link.symlink_to(real)
    Policy(Program.FIREFOX, link).register(MODULE)
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert "étude" in real.read_text()
    Policy(Program.FIREFOX, link).unregister()
    assert json.loads(real.read_text()) == {"policies": {"Homepage": {"URL": "https://étude.invalid"}}}
    assert sorted(tmp_path.iterdir()) == [link, real]


@pytest.mark.parametrize("damaged", ["{", "[]", '{"policies": []}', "\udcff"])
def test_a_damaged_file_is_not_touched(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "policies.json"
    path.write_text(damaged, errors="surrogateescape")
    before = path.read_bytes()
    with pytest.raises(TargetFailed):
        Policy(Program.FIREFOX, path).register(MODULE)
    assert path.read_bytes() == before
