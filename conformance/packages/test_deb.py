"""The .deb from its first day to its last: installed, used, upgraded, removed, purged, and nothing left of it.

On each release of Debian that it is for.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.packages.machine import MODULE
from conformance.packages.system import System
from conformance.testbed.cards import PIN, Card

PROGRAMS = Path(__file__).with_name("programs")
MESSAGE = b"Repos et grand air"
POLICIES = Path("etc/firefox/policies/policies.json")
MAIL_POLICIES = Path("etc/thunderbird/policies/policies.json")


def test_a_system_is_after_the_purge_as_it_was_before(each_debian: System, deb: Path) -> None:
    before = each_debian.files()
    each_debian.install(deb)
    assert "usr/lib/cryptolib-cps" in each_debian.files()
    each_debian.run("apt-get", "remove", "--yes", "cryptolib-cps")
    left = each_debian.files().keys() - before.keys()
    assert all(name.startswith("etc/apparmor.d") for name in left)
    each_debian.run("apt-get", "purge", "--yes", "cryptolib-cps")
    assert each_debian.files() == before
    assert "cryptolib" not in each_debian.run("dpkg", "--get-selections")


def test_an_upgrade_leaves_what_a_first_installation_does(debian: System, deb: Path, old_deb: Path) -> None:
    before = debian.files()
    debian.install(deb)
    first = without_dates(debian)
    debian.run("apt-get", "purge", "--yes", "cryptolib-cps")
    debian.install(old_deb)
    debian.install(deb)
    assert "0.0.9" not in debian.run("dpkg-query", "--show", "cryptolib-cps")
    assert without_dates(debian) == first
    debian.run("apt-get", "purge", "--yes", "cryptolib-cps")
    assert debian.files() == before


@pytest.mark.parametrize("sessions", ["open", "closed"])
def test_a_program_that_runs_is_not_disturbed_by_an_upgrade(
    each_debian: System, deb: Path, old_deb: Path, reader: dict[str, str], card: Card, sessions: str
) -> None:
    """With a session at that time, and with none yet."""
    each_debian.install(old_deb)
    shutil.copy(deb, each_debian.root / "srv/new.deb")
    shutil.copy(PROGRAMS / "upgraded.py", each_debian.root / "srv")
    command = ["python3", "/srv/upgraded.py", MODULE, "/srv/new.deb", card.signature.private, sessions]
    signatures = each_debian.run(*command, env=reader).split()
    assert len(signatures) == (2 if sessions == "open" else 1)
    for signature in signatures:
        card.public_key(card.signature).verify(bytes.fromhex(signature), MESSAGE, PKCS1v15(), SHA256())
    assert "0.0.9" not in each_debian.run("dpkg-query", "--show", "cryptolib-cps")


def without_dates(system: System) -> dict[str, tuple[object, ...]]:
    return {name: facts[:4] for name, facts in system.files().items()}


@pytest.mark.parametrize("name", ["libcryptolib_cps.so", "libcps3_pkcs11_lux.so", "libcps3_pkcs11_lux.so.0"])
def test_the_card_signs_for_pkcs11_tool(installed: System, reader: dict[str, str], card: Card, name: str) -> None:
    """The module is found by its name alone, its own and that of the original."""
    (installed.root / "srv/message").write_bytes(MESSAGE)
    installed.run(
        "pkcs11-tool", "--module", name, "--login", "--pin", "env:CPS_TEST_PIN", "--sign", "-m", "SHA256-RSA-PKCS",
        "--label", card.signature.private, "-i", "/srv/message", "-o", "/srv/signature", env=reader,
    )  # fmt: skip
    signature = (installed.root / "srv/signature").read_bytes()
    card.public_key(card.signature).verify(signature, MESSAGE, PKCS1v15(), SHA256())


def test_applications_that_ask_p11_kit_find_it(installed: System, reader: dict[str, str], card: Card) -> None:
    assert f"token: {card.label}" in installed.run("p11-kit", "list-modules", env=reader)


def test_p11_kit_names_it_first(installed: System, reader: dict[str, str]) -> None:
    """Files of one priority are in the order of their names: this one would come before ours."""
    other = installed.root / "etc/pkcs11/modules/another.module"
    other.parent.mkdir(parents=True, exist_ok=True)
    # A copy: p11-kit loads a file once, whoever names it.
    (library,) = installed.root.glob("usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
    shutil.copy(library, installed.root / "srv/another.so")
    other.write_text("module: /srv/another.so\n")
    try:
        shown = installed.run("p11-kit", "list-modules", env=reader)
    finally:
        other.unlink()
    assert re.findall("^(?:module: )?(cryptolib-cps|another)", shown, re.MULTILINE) == ["cryptolib-cps", "another"]


def test_an_agent_of_openssh_takes_it(installed: System, reader: dict[str, str], card: Card) -> None:
    """It does not load what really lies outside /usr/lib, wherever a link to it may be."""
    askpass = installed.root / "srv/askpass"
    askpass.write_text('#!/bin/sh\necho "$CPS_TEST_PIN"\n')
    askpass.chmod(0o755)
    script = f"ssh-add -s {MODULE}; ssh-add -l"
    env = {**reader, "SSH_ASKPASS": "/srv/askpass", "SSH_ASKPASS_REQUIRE": "force"}
    keys = installed.run("ssh-agent", "sh", "-euc", script, env=env)
    assert keys.count("(RSA)") == len(card.keys)


def test_cps_shows_the_card(installed: System, reader: dict[str, str], card: Card) -> None:
    status = json.loads(installed.run("cps", "--json", "status", env=reader))
    assert card.generation in json.dumps(status)


def test_cps_diag_has_nothing_to_complain_of_and_lets_the_card_sign(
    installed: System, reader: dict[str, str], card: Card
) -> None:
    answer = installed.run("cps", "diag", "--json", "--pin-fd", "0", env=reader, typed=f"{PIN.decode()}\n")
    checks = {each["check"]: each["severity"] for each in json.loads(answer)["checks"]}
    assert checks["signature.verified"] == "ok"
    assert {"warning", "failure"}.isdisjoint(checks.values()), checks


def test_browsers_and_mail_are_configured(installed: System) -> None:
    for file in (POLICIES, MAIL_POLICIES):
        policy = json.loads((installed.root / file).read_text())
        assert policy == {"policies": {"SecurityDevices": {"Add": {"Cryptolib CPS": MODULE}}}}
    manifest = json.loads((installed.root / "usr/lib/mozilla/pkcs11-modules/cryptolib_cps.json").read_text())
    assert (manifest["type"], manifest["path"]) == ("pkcs11", MODULE)


@pytest.mark.parametrize("place", [POLICIES, Path("usr/lib/firefox-esr/distribution/policies.json")])
def test_policies_of_others_stay_as_they_are_and_alone(debian: System, deb: Path, place: Path) -> None:
    theirs = debian.root / place
    theirs.parent.mkdir(parents=True)
    theirs.write_text('{"policies": {}}')
    before = debian.files()
    debian.install(deb)
    assert theirs.read_text() == '{"policies": {}}'
    assert (debian.root / POLICIES).exists() == (theirs == debian.root / POLICIES)
    assert (debian.root / MAIL_POLICIES).exists()
    debian.run("apt-get", "purge", "--yes", "cryptolib-cps")
    assert debian.files() == before


def test_policies_that_were_changed_since_are_theirs(debian: System, deb: Path, old_deb: Path) -> None:
    debian.install(old_deb)
    changed, deleted = debian.root / POLICIES, debian.root / MAIL_POLICIES
    changed.write_text(changed.read_text().replace('"policies": {', '"policies": {"DisablePocket": true, '))
    deleted.unlink()
    wanted = changed.read_text()
    debian.install(deb)
    assert changed.read_text() == wanted
    assert not deleted.exists()
    assert "still names the module" in debian.run("apt-get", "purge", "--yes", "cryptolib-cps")
    assert changed.read_text() == wanted
    assert not (debian.root / "var/lib/cryptolib-cps").exists()
