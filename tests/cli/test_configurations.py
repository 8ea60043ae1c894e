"""The files that p11-kit and OpenSSL read, and the lists that NSS writes."""

import re
from pathlib import Path

import pytest

from cryptolib.cli.browsers.nss import modules
from cryptolib.cli.browsers.openssl import Configuration
from cryptolib.cli.browsers.p11kit import ModuleFile
from cryptolib.cli.browsers.target import State

MODULE = Path("/usr/lib/libcryptolib_cps.so")

NSS = """\
library=
name=NSS Internal PKCS #11 Module
parameters=configdir='sql:/home' certPrefix=''
NSS=Flags=internal,critical trustOrder=75 slotParams=(1={slotFlags=[ECC,RSA] askpw=any timeout=30})

library=/usr/lib/libcryptolib_cps.so
name=Cryptolib CPS

"""


def test_the_modules_of_a_database() -> None:
    assert modules(NSS) == [
        ("NSS Internal PKCS #11 Module", ""),
        ("Cryptolib CPS", "/usr/lib/libcryptolib_cps.so"),
    ]
    assert modules("") == []


@pytest.mark.parametrize("kind", ["engines-3", "ossl-modules", "p11-kit"])
def test_a_file_of_our_own(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a" / "b" / "file"
    target = ModuleFile(path) if kind == "p11-kit" else Configuration(path, Path("/usr/lib", kind, "pkcs11.so"))
    assert target.state(MODULE) is State.ABSENT
    target.register(MODULE)
    assert target.state(MODULE) is State.REGISTERED
    assert target.state(Path("/opt") / MODULE.name) is State.STALE
    target.unregister()
    assert list(tmp_path.iterdir()) == []


def test_p11_kit_puts_the_module_before_those_without_a_priority(tmp_path: Path) -> None:
    path = tmp_path / "file"
    ModuleFile(path).register(MODULE)
    assert "\npriority: 1\n" in path.read_text()


def test_browsers_do_not_get_the_module_through_p11_kit_as_well(tmp_path: Path) -> None:
    path = tmp_path / "file"
    ModuleFile(path).register(MODULE)
    (names,) = re.findall("^disable-in: (.*)$", path.read_text(), re.MULTILINE)
    assert {"firefox", "firefox-esr", "thunderbird", "chromium", "chrome"} <= set(names.split(", "))
