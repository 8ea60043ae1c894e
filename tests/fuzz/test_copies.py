"""Whatever a file of the cache holds, it is the copy that was stored there, byte for byte, or none."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cryptolib.pkcs15.cache import MAX_ENTRY, Cache
from tests.fuzz.keeping import load, store

CONTENT = bytes(range(256)) * 3


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "copies"))


@pytest.fixture
def entry(cache: Cache, tmp_path: Path) -> Path:
    store(cache, CONTENT)
    (only,) = (tmp_path / "copies").iterdir()
    return only


every_time = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@every_time
@given(data=st.binary(max_size=1200))
def test_any_bytes_are_no_copy(cache: Cache, entry: Path, data: bytes) -> None:
    entry.write_bytes(data)
    assert load(cache) is None


@every_time
@given(
    at=st.integers(0, 2000),
    bit=st.integers(0, 7),
    cut=st.integers(0, 2000),
    more=st.binary(max_size=20),
)
def test_a_copy_that_was_changed_is_none(cache: Cache, entry: Path, at: int, bit: int, cut: int, more: bytes) -> None:
    store(cache, CONTENT)
    good = entry.read_bytes()
    damaged = bytearray(good)
    damaged[at % len(good)] ^= 1 << bit
    entry.write_bytes(bytes(damaged[: len(good) - cut % len(good)]) + more)
    assert load(cache) is None
    entry.write_bytes(good)
    assert load(cache) == CONTENT


@pytest.mark.parametrize("size", [MAX_ENTRY + 1, 1 << 20, 1 << 40])
def test_a_huge_file_is_not_read(cache: Cache, entry: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with entry.open("r+b") as file:
        file.truncate(size)
    monkeypatch.setattr("posix.read", lambda *_arguments: pytest.fail("it was read"))
    assert load(cache) is None


@pytest.mark.parametrize("seed", range(20))
def test_strangers_in_the_folder_are_no_obstacle(cache: Cache, entry: Path, seed: int) -> None:
    chance = random.Random(seed)
    made: list[Callable[[Path], object]] = [Path.mkdir, Path.touch, lambda place: place.symlink_to("/dev/zero")]
    for _ in range(20):
        name = entry.name[: chance.randrange(1, len(entry.name))] + chance.choice("_.~é")
        stranger = entry.with_name(name)
        if not os.path.lexists(stranger):
            chance.choice(made)(stranger)
    assert load(cache) == CONTENT
    store(cache, b"another")
    assert load(cache) == b"another"
