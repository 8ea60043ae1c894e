"""The settings: a file in scconf syntax that may be anything, and an environment that has the last word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cryptolib import config

SHIPPED = """
# traces of the module
Traces {
    active = true;   # PKCS#11
    debug = 7;
    path = "/var/log/with space";
}
Galss { tpc_polling_time = 3; }
cache { path = /var/cache/cps; };
"""


def written(folder: Path, text: str) -> str:
    file = folder / "cps3_pkcs11.conf"
    file.write_text(text)
    return str(file)


def test_without_file_and_environment_nothing_is_traced(tmp_path: Path) -> None:
    settings = config.read({}, str(tmp_path / "absent.conf"))
    assert (settings.traces, settings.debug, settings.folder) == (False, 0, config.TRACE_FOLDER)


def test_the_file_that_is_shipped_with_the_original_is_understood(tmp_path: Path) -> None:
    settings = config.read({}, written(tmp_path, SHIPPED))
    assert (settings.traces, settings.debug, settings.folder) == (True, 7, "/var/log/with space")
    assert config.parse(SHIPPED)["galss"] == {"tpc_polling_time": "3"}
    assert config.parse(SHIPPED)["cache"] == {"path": "/var/cache/cps"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({b"CPS3_PKCS11_TRACES": b"0"}, (False, 7, "/var/log/with space")),
        ({b"CPS3_PKCS11_TRACES": b"/elsewhere"}, (True, 7, "/elsewhere")),
        ({b"CPS3_DEBUG": b"0"}, (True, 0, "/var/log/with space")),
        ({b"CPS3_DEBUG": b"99"}, (True, 10, "/var/log/with space")),
        ({b"CPS3_DEBUG": b"much"}, (True, 7, "/var/log/with space")),
    ],
)
def test_the_environment_has_the_last_word(
    tmp_path: Path, variables: dict[bytes, bytes], expected: tuple[bool, int, str]
) -> None:
    settings = config.read(variables, written(tmp_path, SHIPPED))
    assert (settings.traces, settings.debug, settings.folder) == expected


@pytest.mark.parametrize(
    "text",
    ["", "Traces", "Traces {", "Traces { active", "Traces { active = ", "Traces { active = true", "} {", "= ; = ;",
     "Traces { active true; }", '"', "Traces { debug = -3; }", "\0\0", "a { b = c; } Traces active = true;"],
)  # fmt: skip
def test_a_damaged_file_switches_nothing_on(tmp_path: Path, text: str) -> None:
    settings = config.read({}, written(tmp_path, text))
    assert (settings.traces, settings.debug) == (False, 0)


def test_what_is_ignored_is_said_once(tmp_path: Path) -> None:
    path = written(tmp_path, SHIPPED + "Galss { tpc_polling_time = 5; }")
    assert config.read({}, path).notes == [f"{path}: block galss is ignored"]


def test_bytes_that_are_no_text_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "conf"
    file.write_bytes(b"\xff\xfe Traces { active = \xe9; debug = 2; }")
    assert config.read({}, str(file)).traces is False


HOME = {b"HOME": b"/somebody"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ""),
        (HOME, "/somebody/.cache/cryptolib-cps"),
        ({b"HOME": b"relative"}, ""),
        ({**HOME, b"XDG_CACHE_HOME": b"/caches"}, "/caches/cryptolib-cps"),
        ({**HOME, b"XDG_CACHE_HOME": b"relative"}, "/somebody/.cache/cryptolib-cps"),
        ({**HOME, b"CPS3_CACHE": b"/chosen"}, "/chosen"),
        ({**HOME, b"CPS3_CACHE": b"0"}, ""),
        ({**HOME, b"CPS3_CACHE": b"1"}, "/somebody/.cache/cryptolib-cps"),
    ],
)
def test_the_cache_is_the_users_own(tmp_path: Path, variables: dict[bytes, bytes], expected: str) -> None:
    settings = config.read(variables, str(tmp_path / "absent.conf"))
    assert settings.cache == expected


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        (SHIPPED, HOME, f"/var/cache/cps/{os.geteuid()}"),
        (SHIPPED, {b"CPS3_CACHE": b"0"}, ""),
        (SHIPPED, {b"CPS3_CACHE": b"/chosen"}, "/chosen"),
        ("cache { active = false; }", HOME, ""),
        ("Cache { Active = off; path = /var/cache/cps; }", HOME, ""),
        ("cache { active = false; }", {**HOME, b"CPS3_CACHE": b"1"}, "/somebody/.cache/cryptolib-cps"),
        ("cache { active = true; }", HOME, "/somebody/.cache/cryptolib-cps"),
    ],
)
def test_the_file_may_place_the_cache_or_switch_it_off(
    tmp_path: Path, text: str, variables: dict[bytes, bytes], expected: str
) -> None:
    settings = config.read(variables, written(tmp_path, text))
    assert settings.cache == expected
