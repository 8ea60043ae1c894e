"""Copies on disk: who may have written them, what an accident does to them, and that nothing there stops the work."""

import errno
import os
import posix
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cryptolib import files
from cryptolib.pkcs15.cache import MAX_ENTRY, Cache, open_cache

SERIAL = "99990003"
PATH = bytes.fromhex("3F000001A001")
NAME = "99990003_3F000001A001"
CONTENT = bytes(range(256)) * 5
UNDATED = b""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "caches" / "cryptolib-cps"


@pytest.fixture
def cache(folder: Path) -> Cache:
    made = open_cache(str(folder))
    assert made is not None
    return made


@pytest.fixture
def entry(cache: Cache, folder: Path) -> Path:
    """A good copy, and where it is."""
    cache.store(SERIAL, PATH, UNDATED, CONTENT)
    assert cache.load(SERIAL, PATH, UNDATED) == CONTENT
    return folder / NAME


def loaded(cache: Cache) -> bytes | None:
    return cache.load(SERIAL, PATH, UNDATED)


def test_a_copy_comes_back_as_it_was(cache: Cache) -> None:
    assert loaded(cache) is None
    cache.store(SERIAL, PATH, UNDATED, CONTENT)
    assert loaded(cache) == CONTENT
    cache.store(SERIAL, PATH, UNDATED, b"")
    assert loaded(cache) == b""


def test_folder_and_files_are_closed_to_others(entry: Path, folder: Path) -> None:
    assert folder.stat().st_mode & 0o7777 == 0o700
    assert folder.parent.stat().st_mode & 0o7777 == 0o700
    assert entry.stat().st_mode & 0o7777 == 0o600
    assert os.listdir(folder) == [NAME]


def test_a_copy_is_that_of_one_card_one_file_and_one_edition(cache: Cache, entry: Path) -> None:
    assert cache.load("99990004", PATH, UNDATED) is None
    assert cache.load(SERIAL, PATH + b"\x00", UNDATED) is None
    assert cache.load(SERIAL, PATH, b"20260101000000Z") is None


@pytest.mark.parametrize("other", ["99990004_3F000001A001", "99990003_3F000001A002"])
def test_a_file_renamed_to_another_is_no_copy_of_it(cache: Cache, entry: Path, other: str) -> None:
    entry.rename(entry.with_name(other))
    serial, path = other.split("_")
    assert cache.load(serial, bytes.fromhex(path), UNDATED) is None


def test_another_edition_takes_the_place_of_the_old_one(cache: Cache, entry: Path, folder: Path) -> None:
    cache.store(SERIAL, PATH, b"20260101000000Z", b"new")
    assert loaded(cache) is None
    assert cache.load(SERIAL, PATH, b"20260101000000Z") == b"new"
    assert os.listdir(folder) == [NAME]


class TestDamage:
    """A damaged file is no copy, and the next one written replaces it."""

    @pytest.fixture(autouse=True)
    def replaced_afterwards(self, cache: Cache, entry: Path) -> object:
        yield
        assert loaded(cache) is None
        cache.store(SERIAL, PATH, UNDATED, CONTENT)
        assert loaded(cache) == CONTENT
        assert entry.is_file() and not entry.is_symlink()

    @pytest.mark.parametrize("position", [0, 7, 8, 11, 12, 14, 30, 50, 700, -1])
    def test_a_copy_with_a_changed_byte_is_ignored(self, entry: Path, position: int) -> None:
        damaged = bytearray(entry.read_bytes())
        damaged[position] ^= 0x10
        entry.write_bytes(damaged)

    @pytest.mark.parametrize("length", [0, 4, 12, 20, 40, 800, -1])
    def test_a_cut_copy_is_ignored(self, entry: Path, length: int) -> None:
        entry.write_bytes(entry.read_bytes()[:length])

    def test_a_copy_with_more_bytes_is_ignored(self, entry: Path) -> None:
        entry.write_bytes(entry.read_bytes() + b"\0")

    def test_a_copy_larger_than_any_file_is_ignored(self, entry: Path) -> None:
        entry.write_bytes(entry.read_bytes() + bytes(MAX_ENTRY))

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_a_copy_that_others_may_write_is_ignored(self, entry: Path, mode: int) -> None:
        entry.chmod(mode)

    def test_a_copy_of_another_owner_is_ignored(self, entry: Path) -> None:
        if os.geteuid() == 0:
            os.chown(entry, 65534, -1)
        else:
            entry.write_bytes(b"")

    def test_a_link_to_a_copy_is_ignored(self, entry: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        entry.rename(elsewhere)
        entry.symlink_to(elsewhere)

    def test_a_pipe_is_ignored(self, entry: Path) -> None:
        entry.unlink()
        os.mkfifo(entry, 0o600)


def test_a_link_is_replaced_and_what_it_leads_to_left_alone(cache: Cache, entry: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    entry.unlink()
    entry.symlink_to(precious)
    cache.store(SERIAL, PATH, UNDATED, CONTENT)
    assert precious.read_text() == "precious"
    assert loaded(cache) == CONTENT


class TestFolder:
    """A folder that is not the user's alone is not used at all."""

    @pytest.mark.parametrize("mode", [0o755, 0o770, 0o777, 0o701])
    def test_a_folder_open_to_others_is_not_used(self, cache: Cache, entry: Path, folder: Path, mode: int) -> None:
        folder.chmod(mode)
        before = entry.read_bytes()
        assert loaded(cache) is None
        cache.store(SERIAL, PATH, UNDATED, b"other")
        cache.forget(SERIAL)
        assert entry.read_bytes() == before

    def test_a_link_to_a_folder_is_not_used(self, cache: Cache, entry: Path, folder: Path) -> None:
        real = folder.rename(folder.with_name("real"))
        folder.symlink_to(real)
        assert loaded(cache) is None
        cache.store(SERIAL, PATH, UNDATED, b"other")
        folder.unlink()
        real.rename(folder)
        assert loaded(cache) == CONTENT

    def test_a_folder_of_another_owner_is_not_used(
        self, cache: Cache, entry: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(posix, "geteuid", lambda: os.getuid() + 1)
        assert loaded(cache) is None
        cache.store(SERIAL, PATH, UNDATED, b"other")
        monkeypatch.undo()
        assert loaded(cache) == CONTENT

    def test_nothing_is_made_in_the_home_of_somebody_else(
        self, cache: Cache, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder.parent.mkdir()
        if os.geteuid() == 0:
            os.chown(folder.parent, 65534, -1)
        else:
            monkeypatch.setattr(posix, "geteuid", lambda: os.getuid() + 1)
        cache.store(SERIAL, PATH, UNDATED, CONTENT)
        assert not folder.exists()

    def test_a_file_in_place_of_the_folder_is_left_alone(self, cache: Cache, folder: Path) -> None:
        folder.parent.mkdir()
        folder.write_text("a file")
        cache.store(SERIAL, PATH, UNDATED, CONTENT)
        assert loaded(cache) is None
        assert folder.read_text() == "a file"

    def test_a_folder_with_missing_parents_is_not_made(self, tmp_path: Path) -> None:
        far = Cache(str(tmp_path / "a" / "b" / "c"))
        far.store(SERIAL, PATH, UNDATED, CONTENT)
        assert loaded(far) is None
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("name", ["", "relative", "~/.cache", "/with\0nul"])
    def test_a_relative_folder_is_not_used(self, name: str) -> None:
        assert open_cache(name) is None


class TestFullDisk:
    """A copy that cannot be written whole is not written, and leaves nothing behind."""

    @staticmethod
    def full_after(room: int) -> Callable[[int, bytes], int]:
        left = [room]

        def write(file: int, data: bytes) -> int:
            if not left[0]:
                raise OSError(errno.ENOSPC, "no space left on device")
            written = os.write(file, data[: left[0]])
            left[0] -= written
            return written

        return write

    @pytest.mark.parametrize("room", [0, 1, 100])
    def test_a_full_disk_keeps_the_old_copy(
        self, cache: Cache, entry: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, room: int
    ) -> None:
        monkeypatch.setattr(files, "write", self.full_after(room))
        cache.store(SERIAL, PATH, UNDATED, b"other" * 100)
        assert loaded(cache) == CONTENT
        assert os.listdir(folder) == [NAME]

    def test_a_disk_that_takes_little_at_a_time(self, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
        real = files.write
        monkeypatch.setattr(files, "write", lambda file, data: real(file, data[:7]))
        cache.store(SERIAL, PATH, UNDATED, CONTENT)
        assert loaded(cache) == CONTENT

    def test_a_draft_left_by_a_process_that_ended_is_no_obstacle(self, cache: Cache, entry: Path, folder: Path) -> None:
        draft = f".{NAME}.{os.getpid():x}.{threading.get_ident():x}"
        (folder / draft).write_text("half")
        cache.store(SERIAL, PATH, UNDATED, b"new")
        assert loaded(cache) == b"new"
        assert os.listdir(folder) == [NAME]


def test_readers_see_one_of_two_writers_and_nothing_between(cache: Cache, entry: Path, folder: Path) -> None:
    contents = [bytes((number,)) * 3000 for number in (1, 2)]
    cache.store(SERIAL, PATH, UNDATED, contents[0])

    def write(content: bytes) -> None:
        for _ in range(200):
            cache.store(SERIAL, PATH, UNDATED, content)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(loaded(cache))
    for writer in writers:
        writer.join()
    assert seen | {loaded(cache)} <= set(contents)
    assert os.listdir(folder) == [NAME]


def test_forgetting_a_card_spares_the_others(cache: Cache, entry: Path, folder: Path) -> None:
    cache.store("99990004", PATH, UNDATED, CONTENT)
    (folder / ".99990003_3F002F00.1.1").write_text("half")
    cache.forget(SERIAL)
    assert os.listdir(folder) == ["99990004_3F000001A001"]


def test_forgetting_where_nothing_was_kept(cache: Cache) -> None:
    cache.forget(SERIAL)


def test_no_descriptor_stays_open(cache: Cache, entry: Path, folder: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        cache.store(SERIAL, PATH, UNDATED, CONTENT)
        loaded(cache)
        cache.forget(SERIAL)
    folder.chmod(0o755)
    loaded(cache)
    cache.store(SERIAL, PATH, UNDATED, CONTENT)
    assert len(os.listdir("/proc/self/fd")) == before
