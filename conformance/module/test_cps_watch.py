"""`cps watch`: a line for every card and reader that comes or goes, and Ctrl-C, which is no failure."""

import json
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest

from conformance.testbed.answer_schema import require_described
from conformance.testbed.cards import CPS4
from conformance.testbed.cps_command import COMMAND, OK
from conformance.testbed.rig import READER, SECOND_READER, Rig

LIMIT_SECONDS = 20
AT_ONCE = 3.0


class Watching:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def line(self) -> str:
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], LIMIT_SECONDS)[0], "no event"
        return self.process.stdout.readline().decode()

    def event(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.line())
        require_described(("watch",), facts)
        return facts

    def silent(self, seconds: float) -> bool:
        assert self.process.stdout
        return not select.select([self.process.stdout], [], [], seconds)[0]

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(LIMIT_SECONDS)


@contextmanager
def watching(rig: Rig, *arguments: str) -> Iterator[Watching]:
    # No buffer of ours: what select does not see would wait in it.
    with subprocess.Popen(
        [COMMAND, "watch", *arguments], env={**rig.env, "LC_ALL": "fr_FR.UTF-8"}, bufsize=0,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield Watching(process)
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def put_back(rig: Rig) -> Iterator[None]:
    rig.insert("cps4")
    yield
    rig.insert("cps4")


def test_each_card_that_comes_or_goes_is_an_event(rig: Rig) -> None:
    with watching(rig, "--json") as watch:
        first, second = watch.event(), watch.event()
        assert (first["event"], first["reader"], first["serial"]) == ("present", READER, "99990004")
        assert (second["event"], second["reader"]) == ("empty", SECOND_READER)
        rig.remove()
        left = watch.event()
        assert (left["event"], left["label"]) == ("removal", CPS4.label)
        rig.insert("cps3")
        came = watch.event()
        assert (came["event"], came["state"], came["serial"]) == ("insertion", "cps", "99990003")
        rig.remove()
        watch.event()
        rig.insert("foreign")
        assert watch.event()["state"] == "unknown"
        before = monotonic()
        assert watch.end() == OK
        assert monotonic() - before < AT_ONCE
        assert watch.process.stderr and watch.process.stderr.read() == b""


def test_without_json_an_event_is_a_sentence(rig: Rig) -> None:
    with watching(rig) as watch:
        assert "présente" in watch.line() and "pas de carte" in watch.line()
        rig.remove()
        assert watch.line().endswith(f"{CPS4.label}, n° 99990004 : retirée\n")


def test_there_is_no_event_and_no_try_is_spent_while_nothing_happens(rig: Rig) -> None:
    with watching(rig, "--json") as watch:
        watch.event(), watch.event()
        before = cpu_ticks(watch.process.pid)
        assert watch.silent(2.0)
        assert cpu_ticks(watch.process.pid) - before < 20  # hundredths of a second, of two hundred


def cpu_ticks(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_service_that_stops_and_comes_back_is_an_event(rig: Rig) -> None:
    with watching(rig, "--json") as watch:
        watch.event(), watch.event()
        rig.stop_pcscd()
        try:
            events = {watch.event()["event"] for _ in range(2)}
            assert events <= {"removal", "unplugged"}
        finally:
            rig.start_pcscd()
        while watch.event()["event"] != "insertion":
            pass
        assert watch.end() == OK


def test_the_command_ends_with_the_reader_of_its_output(rig: Rig) -> None:
    with watching(rig, "--json") as watch:
        watch.event()
        assert watch.process.stdout
        watch.process.stdout.close()
        rig.remove()
        assert watch.process.wait(LIMIT_SECONDS) == OK
        assert watch.process.stderr and watch.process.stderr.read() == b""
