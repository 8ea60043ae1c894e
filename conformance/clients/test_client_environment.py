"""The fixtures of the tests of clients: what they must not let pass, they do not let pass."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.clients.support import client_environment, unchanged_machine
from conformance.clients.support.client_environment import wait_until
from conformance.pinpad_reader.options import PinpadOptions
from conformance.testbed.cards import CARDS

pytest_plugins = ["pytester"]

_CONFTEST = Path(__file__).with_name("conftest.py").read_text()
_MARKERS = ("client(name): of the row", "does(what): of the row", "root: needs root")
_ROW = '@pytest.mark.client("program")\n@pytest.mark.does("something")'
_LEFT_OUT = ("cacheprovider", "faulthandler", "hypothesispytest", "timeout", "xdist")
"""Plugins of the outer run, which an inner one would disturb or load once more."""

RunTest = Callable[..., pytest.RunResult]


@pytest.fixture
def run_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunTest:
    """Runs the body of a test with these fixtures, for a CPS4 without a reader, and gives what pytest says of it."""
    monkeypatch.setattr(client_environment, "ARTEFACTS", pytester.path / "artefacts")
    monkeypatch.setattr(client_environment, "Rig", _no_reader)
    pytester.makeconftest(_CONFTEST)
    pytester.makeini("[pytest]\nmarkers =\n    " + "\n    ".join(_MARKERS))

    def run(*body: str, marks: str = _ROW, options: tuple[str, ...] = ("-k", "cps4")) -> pytest.RunResult:
        lines = "".join(f"    {line}\n" for line in body)
        pytester.makepyfile(f"import pytest\n{marks}\ndef test_it(client_environment):\n{lines}")
        others = [word for name in _LEFT_OUT for word in ("-p", f"no:{name}")]
        return pytester.runpytest_inprocess("-rA", *others, *options)

    return run


@contextmanager
def _no_reader(card: str, latency: str, *, pinpad: PinpadOptions | None) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(env=dict(os.environ))


def test_a_test_without_complaint_has_its_row(run_test: RunTest) -> None:
    result = run_test("pass")
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.re_match_lines([r"\| program \| something +\| CPS4 \| ok +\| [0-9.]+ +\|"])


def test_a_failure_has_its_row_and_says_where_to_look(run_test: RunTest) -> None:
    result = run_test('assert False, "the wrong certificate"')
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*the wrong certificate*"])
    result.stdout.re_match_lines([r"\| program \| something +\| CPS4 \| FAILED +\| [0-9.]+ +\|"])
    result.stdout.fnmatch_lines(["program, CPS4: something: see artefacts/*/it-cps4"])


def test_a_test_of_a_client_without_a_row_is_not_run(run_test: RunTest) -> None:
    result = run_test("pass", marks="")
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the markers `client` and `does` name the row of *::test_it*"])


def test_what_a_chip_cannot_do_is_said(run_test: RunTest) -> None:
    result = run_test('client_environment.not_supported_by_card("no PSS")')
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["*| CPS4 | not with this chip |*", "program, CPS4: no PSS"])


def test_a_failure_counts_more_than_what_a_chip_cannot_do(run_test: RunTest) -> None:
    result = run_test('client_environment.not_supported_by_card("no PSS")', "assert False")
    result.stdout.fnmatch_lines(["*| CPS4 | FAILED |*"])


@pytest.mark.parametrize(("command", "fails"), [("true", True), ("false", False)])
def test_a_program_that_should_fail_must_fail_and_the_reverse(run_test: RunTest, command: str, fails: bool) -> None:
    run_test(f'client_environment.run("{command}", fails={fails})').assert_outcomes(failed=1, deselected=1)


def test_a_crash_is_not_the_failure_that_was_wanted(run_test: RunTest) -> None:
    result = run_test('client_environment.run("sh", "-c", "kill -SEGV $$", fails=True)')
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*status -11*"])


def test_a_program_that_does_not_end_is_ended_and_a_failure(run_test: RunTest) -> None:
    result = run_test('client_environment.run("sh", "-c", "echo so far; sleep 600", seconds=0.5)')
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*did not end in*", "*so far*"])


def test_what_is_started_ends_with_the_test(run_test: RunTest) -> None:
    run_test('client_environment.start("sleep", "602")').assert_outcomes(passed=1, deselected=1)
    assert "sleep 602" not in _command_lines()


def test_a_process_left_behind_is_an_error_and_does_not_survive(
    run_test: RunTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_environment, "LINGERING_SECONDS", 0.5)
    result = run_test('client_environment.run("setsid", "--fork", "sleep", "601")')
    result.assert_outcomes(passed=1, errors=1, deselected=1)
    result.stdout.fnmatch_lines(["*left running: sleep 601*", "*| CPS4 | FAILED |*"])
    assert "sleep 601" not in _command_lines()


def test_a_changed_file_of_the_machine_fails_the_run(
    run_test: RunTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(unchanged_machine, "MACHINE", (tmp_path,))
    for name in ("kept", "written"):
        (tmp_path / name).write_text("before")
        os.utime(tmp_path / name, (0, 0))
    result = run_test(
        "from pathlib import Path",
        f'Path("{tmp_path}/written").write_text("after")',
        f'Path("{tmp_path}/new").touch()',
    )
    result.assert_outcomes(passed=1, errors=1, deselected=1)
    result.stdout.fnmatch_lines([f"*changed during the tests: {tmp_path}/new, {tmp_path}/written*"])


def test_the_client_sees_nothing_of_the_users_session(run_test: RunTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    result = run_test(
        'assert {"DISPLAY", "SSH_AUTH_SOCK"}.isdisjoint(client_environment.env)',
        'assert client_environment.run("sh", "-c", "echo $HOME").strip() == str(client_environment.home)',
    )
    result.assert_outcomes(passed=1, deselected=1)


def test_a_test_that_needs_root_fails_without_it(run_test: RunTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    result = run_test("pass", marks=f"{_ROW}\n@pytest.mark.root")
    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(["*needs root: run `make test-clients` as root*", "*| CPS4 | FAILED |*"])


@pytest.mark.parametrize("card", sorted(CARDS))
def test_one_card_can_be_chosen(run_test: RunTest, card: str) -> None:
    result = run_test("pass", options=("-p", "conformance.conftest", "--card", card))
    result.assert_outcomes(passed=1, deselected=len(CARDS) - 1)
    result.stdout.fnmatch_lines([f"*| something * {card.upper()} | ok *"])


def test_a_wait_that_ends_in_vain_says_what_for() -> None:
    with pytest.raises(AssertionError, match="not in 0 s: an answer"):
        wait_until(lambda: False, "an answer", 0.1)


def _command_lines() -> str:
    return subprocess.run(["ps", "-A", "-o", "args"], capture_output=True, text=True, check=True).stdout
