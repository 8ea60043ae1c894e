"""Whatever configuration file and environment hold, C_Initialize gets settings that can be lived with, at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cryptolib import config, trace
from cryptolib.pkcs15.cache import open_cache

MOST_SECONDS = 1.0

WORDS = st.sampled_from(
    ["Traces", "traces", "cache", "Galss", "{", "}", "=", ";", "#", '"', "\n", "active", "debug", "path", "true", "off",
     "10", "-1", "²", "9" * 5000, "/tmp", "/" + "x" * 5000, "relative", "\0", "\N{ZERO WIDTH SPACE}", "é", ""]
)  # fmt: skip
FILES = st.one_of(
    st.binary(max_size=300),
    st.lists(WORDS, max_size=40).map(lambda words: " ".join(words).encode()),
    st.lists(WORDS, max_size=40).map(lambda words: "".join(words).encode()),
)
VARIABLES = (b"CPS3_PKCS11_TRACES", b"CPS3_DEBUG", b"CPS3_CACHE", b"HOME", b"XDG_CACHE_HOME")
VALUES = st.one_of(
    st.binary(max_size=60).map(lambda value: value.replace(b"\0", b"")),
    st.sampled_from([b"1", b"0", b"10", b"9" * 5000, b"/", b"//", b"/\xff", b"/x/../..", b"/" + b"x" * 5000]),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cps3_pkcs11.conf"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=FILES, environment=st.dictionaries(st.sampled_from(VARIABLES), VALUES))
@example(content=b"Traces { active = true; debug = \xc2\xb2; path = /a\0b; }", environment={})
@example(content=b"Traces { active = true; path = /\xed\xa0\x80; }", environment={b"CPS3_DEBUG": "٣".encode()})
@example(content=b"{" * 3000 + b"}" * 3000, environment={b"CPS3_PKCS11_TRACES": b"/" + b"a/" * 3000})
def test_any_configuration(place: Path, content: bytes, environment: dict[bytes, bytes]) -> None:
    place.write_bytes(content)
    start = time.process_time()
    found = config.read(environment, str(place))
    assert time.process_time() - start < MOST_SECONDS
    assert 0 <= found.debug <= config.MAX_DEBUG
    assert found.folder.startswith("/")
    assert found.cache == "" or found.cache.startswith("/")
    assert all("\0" not in folder and len(folder) < 4096 for folder in (found.folder, found.cache))
    open_cache(found.cache)


@given(folder=st.text(max_size=40), line=st.text(max_size=40))
@example(folder="/\ud800", line="\ud800")
@example(folder="/\0", line="\0")
def test_any_line_in_any_folder_that_is_not_there(folder: str, line: str) -> None:
    trace.configure(True, 10, f"/nonexistent/{folder}")
    trace.write(trace.CALLS, line)
    trace.configure(False, 0, "")
