"""The settings: a file in scconf syntax that may be anything, and an environment that has the last word."""

from __future__ import annotations

import os
import socket
import time
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


LEVELS = [("7", 7), ("10", 10), ("11", 10), ("000", 0), ("007", 7), ("9" * 5000, 10), ("0" * 5000 + "3", 3)]


@pytest.mark.parametrize(("text", "level"), LEVELS)
def test_a_level_of_any_length(tmp_path: Path, text: str, level: int) -> None:
    absent = str(tmp_path / "absent.conf")
    assert config.read({b"CPS3_DEBUG": text.encode()}, absent).debug == level
    assert config.read({}, written(tmp_path, f"Traces {{ debug = {text}; }}")).debug == level


@pytest.mark.parametrize("text", ["-3", "1e1", "²", "٣", "1_0", "+1", "0x1", "\N{FULLWIDTH DIGIT SEVEN}"])
def test_what_is_no_level_is_passed_over_and_noted(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, f"Traces {{ debug = {text}; }}")
    settings = config.read({}, path)
    assert (settings.debug, settings.notes) == (0, [f"{path}: debug of block traces is not a level and is ignored"])
    settings = config.read({b"CPS3_DEBUG": text.encode()}, str(tmp_path / "absent.conf"))
    assert (settings.debug, settings.notes) == (0, ["CPS3_DEBUG is not a level and is ignored"])


ODD_FOLDERS = ["relative", "~/traces", "/with\0nul", "/" + "x" * 5000]


@pytest.mark.parametrize("text", ODD_FOLDERS)
def test_a_folder_that_cannot_be_is_passed_over_and_noted(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, f'Traces {{ active = true; path = "{text}"; }} cache {{ path = "{text}"; }}')
    settings = config.read({}, path)
    assert (settings.traces, settings.folder, settings.cache) == (True, config.TRACE_FOLDER, "")
    assert settings.notes == [
        f"{path}: path of block traces is not a folder and is ignored",
        f"{path}: path of block cache is not a folder and is ignored",
    ]


@pytest.mark.parametrize("variable", [b"CPS3_PKCS11_TRACES", b"CPS3_CACHE"])
def test_so_is_one_of_the_environment(tmp_path: Path, variable: bytes) -> None:
    settings = config.read({variable: b"/" + b"x" * 5000}, str(tmp_path / "absent.conf"))
    assert (settings.traces, settings.folder, settings.cache) == (False, config.TRACE_FOLDER, "")
    assert settings.notes == [f"{variable.decode()} is not a folder and is ignored"]


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a device", "a link to a device", "a socket"])
def test_a_configuration_that_is_no_file_is_passed_over_and_noted(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "conf"
    if kind == "a pipe":
        os.mkfifo(place)
    elif kind == "a folder":
        place.mkdir()
    elif kind == "a link to a device":
        place.symlink_to("/dev/zero")
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(place))
    else:
        place = Path("/dev/zero")
    settings = config.read({}, str(place))
    assert (settings.traces, settings.debug) == (False, 0)
    assert settings.notes == ([] if kind == "a socket" else [f"{place}: no regular file, ignored"])


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    target = written(tmp_path, SHIPPED)
    (tmp_path / "link").symlink_to(target)
    assert config.read({}, str(tmp_path / "link")).debug == 7


def test_of_a_huge_file_the_beginning_is_read(tmp_path: Path) -> None:
    file = tmp_path / "conf"
    file.write_text("Traces { debug = 3; }\n")
    os.truncate(file, 1 << 40)
    assert config.read({}, str(file)).debug == 3


@pytest.mark.parametrize("text", ["{", "a{", "a { b = c; ", "a{b=c;}", 'a"', "# ", "a\n", "a { b = c; } "])
def test_a_file_of_nothing_but_marks_is_read_at_once(tmp_path: Path, text: str) -> None:
    start = time.process_time()
    config.read({}, written(tmp_path, text * (config.MAX_FILE // len(text))))
    assert time.process_time() - start < 0.5


def test_a_variable_of_any_bytes(tmp_path: Path) -> None:
    for variable in (b"CPS3_PKCS11_TRACES", b"CPS3_DEBUG", b"CPS3_CACHE", b"HOME", b"XDG_CACHE_HOME"):
        for value in (b"", b"\xff\xfe", b"/\xff\xfe", b"\n", b"/\n", "/é".encode(), b"x" * 100_000):
            settings = config.read({variable: value}, str(tmp_path / "absent.conf"))
            assert settings.debug == 0
