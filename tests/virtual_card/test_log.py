"""The APDU log and the latency model."""

import time
from datetime import datetime
from pathlib import Path

import pytest

from conformance.virtual_card.exchange_log import Exchange, ExchangeLog, format_line, masked, parse_lines
from conformance.virtual_card.latency import Latency
from conformance.virtual_card.profiles import ATR

NOON = datetime(2024, 1, 1, 12)


class TestLog:
    def test_one_line_per_exchange(self) -> None:
        exchange = Exchange(bytes.fromhex("00B000000C"), bytes.fromhex("5A0A9000"), 1.5)
        assert format_line(exchange, NOON) == "12:00:00.000000 00B000000C 5A0A 9000 1.500"

    @pytest.mark.parametrize(
        ("command", "shown"),
        [
            ("002000010431323334", "00200001042A2A2A2A"),
            ("01200002083132333435363738", "01200002082A2A2A2A2A2A2A2A"),
            ("00240001083132333434333231", "00240001082A2A2A2A2A2A2A2A"),
            ("002C02010434333231", "002C0201042A2A2A2A"),
            ("01200001", "01200001"),
            ("0020000100", "0020000100"),
            ("00A4000C023F00", "00A4000C023F00"),
        ],
    )
    def test_codes_never_show(self, command: str, shown: str) -> None:
        assert masked(bytes.fromhex(command)).hex().upper() == shown

    def test_is_read_back_without_its_events(self, tmp_path: Path) -> None:
        file = tmp_path / "log"
        log = ExchangeLog(file)
        exchanges = [
            Exchange(bytes.fromhex("00A40904043F00D003"), bytes.fromhex("6127"), 0.25),
            Exchange(bytes.fromhex("00C0000027"), bytes.fromhex("62009000"), 0.5),
            Exchange(bytes.fromhex("0084000008"), b"", 0.125),
        ]
        for exchange in exchanges:
            log.exchange(exchange)
            log.event("reset")
        assert list(parse_lines(file.read_text())) == exchanges
        assert [exchange.sw for exchange in exchanges] == [0x6127, 0x9000, 0]

    def test_without_a_file_nothing_is_kept(self) -> None:
        ExchangeLog(None).event("reset")


class TestLatency:
    @pytest.mark.parametrize(
        ("spec", "expected"),
        [("byte=0.12,apdu=5,rsa=500", 517.0), ("apdu=5", 5.0), ("none", 0.0), ("", 0.0)],
    )
    def test_the_latency_follows_the_bytes(self, spec: str, expected: float) -> None:
        assert Latency.parse(spec).milliseconds(100, 1) == expected

    @pytest.mark.parametrize(
        ("card", "expected"), [("cps3", 410.0), ("cps3cl", 308.5), ("cps4", 308.5), ("cps4-other", 308.5)]
    )
    def test_each_card_is_as_slow_as_real_ones_are(self, card: str, expected: float) -> None:
        assert Latency.parse("realistic", card).milliseconds(100, 1) == expected

    def test_the_realistic_reset_is_what_the_standard_gives_a_card(self) -> None:
        cycles = 400 + 40_000 + 372 * 12 * (len(ATR["cps4"]) + 8)
        assert cycles / 3571.2 <= Latency.parse("realistic").reset < cycles / 3571.2 + 1

    @pytest.mark.parametrize("spec", ["speed=3", "byte", "byte=fast"])
    def test_unknown_words_are_refused(self, spec: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            Latency.parse(spec)

    def test_time_already_spent_counts(self) -> None:
        model = Latency(apdu=400)
        started = time.perf_counter()
        model.wait(5, 0, started - 1)
        assert time.perf_counter() - started < 0.4
        model.wait(5, 0, started)
        assert time.perf_counter() - started >= 0.4
