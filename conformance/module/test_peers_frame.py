"""The judge of the real clients is judged first: what it must not let pass, it does not let pass."""

import subprocess
import time
from pathlib import Path

import pytest

from conformance.clients.play import played
from conformance.clients.story import ByNature, Story, StoryFailed, expect
from conformance.clients.support.client_environment import World, eventually
from conformance.clients.support.results import Outcome, Verdict, table
from conformance.clients.support.unchanged_machine import changed, snapshot


def outcome_of(tell: object) -> Outcome:
    assert callable(tell)
    return played(Story("client", "something", tell), "cps4")


def test_a_story_without_complaint_is_done() -> None:
    assert outcome_of(lambda world: None).verdict is Verdict.DONE


def test_what_a_story_complains_of_is_a_failure() -> None:
    outcome = outcome_of(lambda world: expect(False, "the wrong certificate"))
    assert (outcome.verdict, outcome.why) == (Verdict.FAILED, "the wrong certificate")


def test_a_defect_of_the_story_itself_is_a_failure() -> None:
    def stumble(world: World) -> None:
        raise KeyError("typing error")

    outcome = outcome_of(stumble)
    assert outcome.verdict is Verdict.FAILED and "typing error" in outcome.why


def test_what_a_chip_cannot_do_is_said() -> None:
    def refuse(world: World) -> None:
        raise ByNature("no PSS")

    outcome = outcome_of(refuse)
    assert outcome.verdict is Verdict.BY_NATURE
    assert table([outcome])[-1] == "client, CPS4: no PSS"


def test_a_program_that_should_fail_must_fail_and_the_reverse() -> None:
    for command, fails in (("true", True), ("false", False)):
        outcome = outcome_of(lambda world, command=command, fails=fails: world.run(command, fails=fails))
        assert outcome.verdict is Verdict.FAILED


def test_a_crash_is_not_the_failure_that_was_wanted() -> None:
    outcome = outcome_of(lambda world: world.run("sh", "-c", "kill -SEGV $$", fails=True))
    assert outcome.verdict is Verdict.FAILED and "status -11" in outcome.why


def test_a_program_that_does_not_end_is_ended_and_a_failure() -> None:
    outcome = outcome_of(lambda world: world.run("sh", "-c", "echo so far; sleep 600", seconds=0.5))
    assert outcome.verdict is Verdict.FAILED and "so far" in outcome.why


def test_what_is_started_ends_with_the_story() -> None:
    processes: list[subprocess.Popen[str]] = []
    outcome = outcome_of(lambda world: processes.append(world.start("sleep", "600")))
    assert outcome.verdict is Verdict.DONE
    assert processes[0].poll() is not None


def test_a_process_left_behind_is_a_failure_and_does_not_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.clients.play.LINGERING_SECONDS", 0.5)
    outcome = outcome_of(lambda world: world.run("setsid", "--fork", "sleep", "601"))
    assert outcome.verdict is Verdict.FAILED and "sleep 601" in outcome.why
    assert "sleep 601" not in subprocess.run(["ps", "-A", "-o", "args"], capture_output=True, text=True).stdout


def test_a_changed_file_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.clients.support.unchanged_machine.MACHINE", (tmp_path,))
    (tmp_path / "kept").write_text("same")
    (tmp_path / "written").write_text("before")
    before = snapshot()
    time.sleep(0.01)
    (tmp_path / "written").write_text("behind")
    (tmp_path / "new").write_text("")
    assert changed(before, snapshot()) == [str(tmp_path / "new"), str(tmp_path / "written")]


def test_the_client_sees_nothing_of_the_users_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")

    def look(world: World) -> None:
        expect({"DISPLAY", "SSH_AUTH_SOCK"}.isdisjoint(world.env), "the user's session")
        expect(world.run("sh", "-c", "echo $HOME").strip() == str(world.home), "the user's home")

    assert outcome_of(look).verdict is Verdict.DONE


def test_waiting_says_what_for() -> None:
    with pytest.raises(StoryFailed, match="a miracle"):
        eventually(lambda: False, "a miracle", 0.1)
