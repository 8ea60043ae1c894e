"""A program confined by AppArmor may do what the module does, if its profile includes abstractions/p11-kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.packages.apparmor import PROFILE, Rules, Use, uses
from conformance.packages.machine import MODULE
from conformance.packages.system import HERE, System, system
from conformance.testbed.cards import Card
from conformance.testbed.rig import Rig

SOCKET = "/run/pcscd/pcscd.comm"
TRUST = str(Path(MODULE).with_name("pkcs11") / "p11-kit-trust.so")


@pytest.fixture(scope="module")
def with_apparmor(rig: Rig, deb: Path) -> Iterator[System]:
    with system(HERE) as fresh:
        fresh.share(rig.directory)
        fresh.install(deb)
        yield fresh


@pytest.fixture(scope="module")
def rules(with_apparmor: System) -> Rules:
    return Rules(preprocessed(with_apparmor))


def preprocessed(system: System) -> str:
    (system.root / "srv/profile").write_text(PROFILE)
    # It says whether the whole is a profile; then what it consists of.
    system.run("apparmor_parser", "--skip-kernel-load", "--skip-cache", "/srv/profile")
    return system.run("apparmor_parser", "--preprocess", "/srv/profile")


def what_is_used(system: System, module: str, *options: str, env: dict[str, str]) -> set[Use]:
    """By pkcs11-tool, with copies of the card's files kept for the user."""
    traced = ["strace", "--follow-forks", "--decode-fds=path", "--string-limit=4096", "--output=/srv/trace"]
    system.run(*traced, "pkcs11-tool", "--module", module, *options, env={**env, "CPS3_CACHE": "1", "HOME": "/root"})
    there = uses((system.root / "srv/trace").read_text())
    return {Use(use.path.replace(env["PCSCLITE_CSOCK_NAME"], SOCKET), use.access) for use in there}


def test_the_profile_allows_what_the_module_uses(
    with_apparmor: System, rules: Rules, reader: dict[str, str], card: Card
) -> None:
    login = ("--login", "--pin", "env:CPS_TEST_PIN", "--list-objects")
    of_the_module = what_is_used(with_apparmor, MODULE, *login, env=reader)
    # What the program itself does, with a module that has little to read.
    of_the_program = what_is_used(with_apparmor, TRUST, "--show-info", env=reader)
    used = of_the_module - of_the_program
    names = {use.path for use in used}
    assert SOCKET in names
    assert any(name.startswith("/usr/lib/cryptolib-cps/lib/") for name in names)
    assert any(name.startswith("/root/.cache/cryptolib-cps/") for name in names)
    assert {use for use in used if not rules.allow(use)} == set()


def test_the_profile_allows_nothing_else(rules: Rules) -> None:
    for use in (Use("/etc/shadow", "r"), Use("/usr/lib/cryptolib-cps/bin/cps", "w"), Use("/root/.ssh/id", "r")):
        assert not rules.allow(use)
