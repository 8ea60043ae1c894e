"""No test, no step and no run goes on for ever, and none leaves a process behind."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from conformance.testbed.bounded import LEFT_BEHIND, TIMED_OUT

ROOT = Path(__file__).parents[2]
ASLEEP = "import time; time.sleep({})"


def bounded(seconds: float, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.testbed.bounded", str(seconds), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def starting(seconds: int, *, and_then: str) -> list[str]:
    """A command that starts a process in a session of its own, and names it."""
    program = f"""
        import subprocess, sys, time
        sleeper = [sys.executable, "-c", {ASLEEP.format(seconds)!r}]
        print(subprocess.Popen(sleeper, start_new_session=True, stdout=2).pid, flush=True)
        {and_then}
    """
    return [sys.executable, "-c", textwrap.dedent(program)]


def runs(number: int) -> bool:
    """Also while it waits to be reaped by whoever."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize("status", [0, 3])
def test_a_command_that_is_quick_answers_for_itself(status: int) -> None:
    assert bounded(30, sys.executable, "-c", f"raise SystemExit({status})").returncode == status


def test_a_command_that_a_signal_ends_says_so_as_in_a_shell() -> None:
    done = bounded(30, sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert done.returncode == 128 + signal.SIGKILL


def test_a_command_that_hangs_is_ended_with_all_it_started() -> None:
    started = time.monotonic()
    done = bounded(5, *starting(601, and_then="time.sleep(602)"))
    assert done.returncode == TIMED_OUT
    assert time.monotonic() - started < 30
    assert not runs(int(done.stdout))
    assert "not done after 5 s" in done.stderr and ASLEEP.format(601) in done.stderr


def test_what_a_command_leaves_behind_is_named_and_ended() -> None:
    done = bounded(60, *starting(603, and_then=""))
    assert done.returncode == LEFT_BEHIND
    assert ASLEEP.format(603) in done.stderr
    assert not runs(int(done.stdout))


def test_what_ends_soon_after_the_command_is_waited_for() -> None:
    assert bounded(60, *starting(1, and_then="")).returncode == 0


def test_a_run_that_is_ended_takes_everything_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "conformance.testbed.bounded", "60", *starting(604, and_then="time.sleep(605)")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        sleeper = int(running.stdout.readline())
        running.terminate()
        assert running.wait(20) == 128 + signal.SIGTERM
    assert not runs(sleeper)


def test_a_test_that_hangs_in_c_with_the_interpreter_lock_held_is_ended_and_named(tmp_path: Path) -> None:
    """No signal handler and no thread of Python runs then: only a watch in C ends it."""
    (tmp_path / "test_hang.py").write_text(
        "import ctypes\n\ndef test_that_never_returns():\n    ctypes.PyDLL(None).sleep(600)\n"
    )
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-o", "faulthandler_timeout=2", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1, done.stdout
    assert re.search(r'test_hang.py", line 4 in test_that_never_returns', done.stderr), done.stderr


def test_continuous_integration_bounds_every_run() -> None:
    _said, commands_only = (ROOT / ".ci" / "run").read_text().split("\nEND\n")
    runs_of_make = re.findall(r"^.*\bmake \w+.*$", commands_only, re.MULTILINE)
    commands = [line for line in runs_of_make if not line.startswith("#")]
    assert len(commands) == 3
    assert [line for line in commands if not re.search(r"timeout --kill-after=\d+ \d+ make", line)] == []


@pytest.mark.parametrize("target", ["test", "conformance", "soak", "test-clients", "test-desktop", "test-packages"])
def test_make_bounds_whatever_may_hang(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = re.search(rf"^{target}:(?!=).*\n\t(.*)$", makefile, re.MULTILINE)
    assert recipe is not None
    assert "$(BOUNDED)" in recipe[1]


def test_every_step_of_the_tests_is_bounded_and_so_is_the_whole() -> None:
    commands = [
        line for line in (ROOT / "scripts" / "test").read_text().splitlines() if re.search(r"make|pytest", line)
    ]
    steps = [re.match(r"step (\d+) ", line) for line in commands if not line.startswith("#")]
    assert len(steps) == 4 and all(steps)
    whole = re.search(r"^\t@\$\(BOUNDED\) (\d+) scripts/test$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert whole is not None and int(whole[1]) <= 25 * 60
