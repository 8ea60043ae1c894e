"""The cards in vpcd's reader, seen from a driver that speaks the vpcd protocol, and the control socket."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.virtual_card.control import Control
from conformance.virtual_card.exchange_log import ExchangeLog, parse_lines
from conformance.virtual_card.faults import Action
from conformance.virtual_card.profiles import ATR
from conformance.virtual_card.server import Reader, Server

ROOT = Path(__file__).parents[2]
POWER_OFF, POWER_ON, RESET, GET_ATR = (bytes((code,)) for code in (0, 1, 2, 4))


class Driver:
    """vpcd's side of the line."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self._line: socket.socket | None = None

    @property
    def line(self) -> socket.socket:
        if self._line is None:
            self._line, _ = self.listener.accept()
            self._line.settimeout(5)
        return self._line

    def send(self, message: bytes) -> None:
        self.line.sendall(len(message).to_bytes(2, "big") + message)

    def ask(self, message: bytes) -> bytes:
        self.send(message)
        size = int.from_bytes(self.line.recv(2, socket.MSG_WAITALL), "big")
        return self.line.recv(size, socket.MSG_WAITALL)

    def command(self, written: str) -> str:
        return self.ask(bytes.fromhex(written)).hex().upper()

    def closed(self) -> bool:
        """The card has hung up; the next question waits for a new line."""
        try:
            ended = self.line.recv(1) == b""
        except ConnectionResetError:
            ended = True
        self.hang_up()
        return ended

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Operator:
    """Whoever uses the control socket."""

    def __init__(self, path: Path) -> None:
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(str(path))
        self._lines = self._connection.makefile("rw", encoding="utf-8", newline="\n")

    def says(self, line: str) -> str:
        self._lines.write(line + "\n")
        self._lines.flush()
        return self._lines.readline().strip()

    def leaves(self) -> None:
        self._lines.close()
        self._connection.close()


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.hang_up()
    driver.listener.close()


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def operator(driver: Driver, tmp_path: Path, log_file: Path) -> Iterator[Operator]:
    """A running server with a CPS3 in its reader."""
    reader = Reader(driver.listener.getsockname(), ExchangeLog(log_file), "none", tmp_path / "state.json")
    reader.insert("cps3")
    server = Server(reader, tmp_path / "control", Control(reader).execute)
    loop = threading.Thread(target=server.run)
    loop.start()
    operator = Operator(tmp_path / "control")
    yield operator
    server.stop()
    operator.leaves()
    loop.join(5)
    server.close()


def test_the_atr_is_given_and_commands_are_answered(driver: Driver, operator: Operator) -> None:
    assert driver.ask(GET_ATR) == ATR["cps3"]
    driver.send(POWER_ON)
    assert driver.command("00A4000C023F00") == "9000"


def test_power_and_reset_reach_the_card(driver: Driver, operator: Operator) -> None:
    driver.send(POWER_ON)
    assert driver.command("002000010431323334") == "9000"
    assert driver.command("0020000100") == "9000"
    driver.send(RESET)
    assert driver.command("0020000100") == "63C3"
    driver.send(POWER_OFF)
    driver.send(bytes.fromhex("0020000100"))
    assert driver.line.recv(2, socket.MSG_WAITALL) == b"\x00\x02"
    assert driver.closed()


def test_another_card_takes_its_place(driver: Driver, operator: Operator) -> None:
    assert driver.ask(GET_ATR) == ATR["cps3"]
    assert operator.says("insert cps4") == "ok"
    assert driver.closed()
    assert driver.ask(GET_ATR) == ATR["cps4"]


def test_a_removed_card_hangs_up_until_it_is_inserted(driver: Driver, operator: Operator) -> None:
    assert operator.says("status") == "ok cps3 waiting"
    driver.ask(GET_ATR)
    assert operator.says("status") == "ok cps3 present"
    assert operator.says("remove") == "ok"
    assert driver.closed()
    assert operator.says("status") == "ok cps3 absent"
    assert operator.says("insert") == "ok"
    assert driver.ask(GET_ATR) == ATR["cps3"]


def test_a_card_upside_down_is_there_and_gets_no_power(driver: Driver, operator: Operator) -> None:
    assert driver.ask(GET_ATR) == ATR["cps3"]
    assert operator.says("upside-down") == "ok"
    assert operator.says("status") == "ok cps3 mute"
    assert driver.closed()
    assert driver.ask(GET_ATR) == ATR["cps3"]
    driver.send(POWER_ON)
    assert driver.line.recv(2, socket.MSG_WAITALL) == b"\x00\x02"
    assert driver.closed()
    assert operator.says("insert") == "ok"
    assert driver.closed()
    driver.send(POWER_ON)
    assert driver.command("00A4000C023F00") == "9000"


def test_each_card_remembers_its_counters_while_it_is_out(driver: Driver, operator: Operator) -> None:
    driver.send(POWER_ON)
    assert driver.command("002000010439393939") == "63C2"
    assert operator.says("counters") == "ok 2 10"
    operator.says("insert cps4")
    assert operator.says("counters") == "ok 3 10"
    operator.says("insert cps3")
    assert operator.says("counters") == "ok 2 10"
    assert operator.says("new-pins") == "ok"
    assert operator.says("counters") == "ok 3 10"


def test_the_state_file_is_kept(driver: Driver, operator: Operator, tmp_path: Path) -> None:
    driver.send(POWER_ON)
    driver.command("002000010439393939")
    operator.says("insert cps4")
    assert '"pin": 2' in (tmp_path / "state.json").read_text()
    assert '"pin": 3' in (tmp_path / "state.cps4.json").read_text()
    operator.says("insert cps3")
    assert operator.says("reset") == "ok"
    assert '"pin": 3' in (tmp_path / "state.json").read_text()


@pytest.mark.parametrize("fault", ["mute", "remove"])
def test_a_fault_breaks_the_line_in_the_middle_of_the_answer(driver: Driver, operator: Operator, fault: str) -> None:
    driver.send(POWER_ON)
    assert operator.says(f"fault ins=84 do={fault}") == "ok"
    driver.send(bytes.fromhex("0084000008"))
    assert driver.line.recv(2, socket.MSG_WAITALL) == b"\x00\x02"
    assert driver.closed()
    assert operator.says("status") == {"mute": "ok cps3 waiting", "remove": "ok cps3 absent"}[fault]


def test_an_answer_cut_to_nothing_is_an_empty_one(driver: Driver, operator: Operator) -> None:
    driver.send(POWER_ON)
    operator.says("fault ins=84 do=truncate length=0")
    assert driver.command("0084000008") == ""
    assert driver.closed()
    assert driver.ask(GET_ATR) == ATR["cps3"]


def test_cleared_faults_do_not_happen(driver: Driver, operator: Operator) -> None:
    driver.send(POWER_ON)
    operator.says("fault ins=84 do=sw sw=6F00 times=all")
    assert driver.command("0084000008") == "6F00"
    assert operator.says("clear-faults") == "ok"
    assert driver.command("0084000008").endswith("9000")


def test_exchanges_are_logged_before_they_are_answered(driver: Driver, operator: Operator, log_file: Path) -> None:
    driver.send(POWER_ON)
    driver.command("002000010431323334")
    (exchange,) = parse_lines(log_file.read_text())
    assert exchange.command.hex().upper() == "00200001042A2A2A2A"
    assert exchange.sw == 0x9000
    assert "# " in log_file.read_text() and "31323334" not in log_file.read_text()


def test_latency_is_changed_while_running(driver: Driver, operator: Operator, log_file: Path) -> None:
    driver.send(POWER_ON)
    assert operator.says("latency apdu=30") == "ok"
    driver.command("0084000008")
    (exchange,) = parse_lines(log_file.read_text())
    assert exchange.milliseconds >= 30


def test_a_slow_card_takes_its_time_to_answer_a_reset(driver: Driver, operator: Operator) -> None:
    driver.send(POWER_ON)
    assert operator.says("latency reset=30") == "ok"
    began = time.perf_counter()
    driver.send(RESET)
    assert driver.ask(GET_ATR) == ATR["cps3"]
    assert time.perf_counter() - began >= 0.030


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("dance", "error unknown command 'dance'"),
        ("insert cps9", "error unknown card profile 'cps9'"),
        ("fault do=burn", f"error a fault needs do= one of {', '.join(one.value for one in Action)}"),
        ("latency speed=1", "error unknown latency 'speed=1'"),
    ],
)
def test_wrong_requests_of_the_operator_are_answered(operator: Operator, line: str, answer: str) -> None:
    assert operator.says(line) == answer


def test_operators_come_and_go(operator: Operator, tmp_path: Path) -> None:
    for _ in range(3):
        visitor = Operator(tmp_path / "control")
        assert visitor.says("counters") == "ok 3 10"
        visitor.leaves()
    assert operator.says("counters") == "ok 3 10"


def test_a_restarted_driver_finds_the_card_again(driver: Driver, operator: Operator) -> None:
    assert driver.ask(GET_ATR) == ATR["cps3"]
    driver.hang_up()
    assert driver.ask(GET_ATR) == ATR["cps3"]


class TestCommandLine:
    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "conformance.virtual_card", "--card", "cps4", *options]

    def test_serves_a_card_with_a_scripted_fault_until_its_input_ends(self, driver: Driver, log_file: Path) -> None:
        port = str(driver.listener.getsockname()[1])
        options = ("--port", port, "--log", str(log_file), "--latency", "apdu=1", "--fault", "ins=84 do=sw sw=6F00")
        with subprocess.Popen(self.command(*options, "--stop-with-stdin"), stdin=subprocess.PIPE, cwd=ROOT) as card:
            assert driver.ask(GET_ATR) == ATR["cps4"]
            driver.send(POWER_ON)
            assert driver.command("01A4040C088025000001FF0100") == "9000"
            assert driver.command("0184000008") == "6F00"
        assert card.returncode == 0
        assert [exchange.sw for exchange in parse_lines(log_file.read_text())] == [0x9000, 0x6F00]

    @pytest.mark.parametrize("options", [("--fault", "do=burn"), ("--latency", "speed=1")])
    def test_refuses_what_it_does_not_understand(self, options: tuple[str, str]) -> None:
        done = subprocess.run(self.command(*options), cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2
        assert options[0].strip("-") in done.stderr
