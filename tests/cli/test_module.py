"""The path that browsers get: the link that outlives an upgrade."""

from pathlib import Path

import pytest

from cryptolib.cli import module

NAME = "libcryptolib_cps.so"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module where `make install` puts it, under a prefix."""
    path = tmp_path / "lib" / "cryptolib-cps" / "lib" / "python3.11" / "site-packages" / "cryptolib" / NAME
    path.parent.mkdir(parents=True)
    path.touch()
    monkeypatch.setattr(module, "module_path", lambda: path)
    return path


def test_the_link_of_the_prefix_is_registered(installed: Path, tmp_path: Path) -> None:
    link = tmp_path / "lib" / NAME
    link.symlink_to(installed)
    assert module.registered_path() == link


def test_where_a_package_put_the_file_itself(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "lib" / NAME
    installed.rename(file)
    installed.symlink_to(file)
    assert module.registered_path() == file


def test_a_link_to_another_module_is_not_ours(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "another.so").touch()
    (tmp_path / "lib" / NAME).symlink_to(tmp_path / "another.so")
    assert module.registered_path() == installed


def test_without_a_link_the_file_is_registered(installed: Path) -> None:
    assert module.registered_path() == installed
