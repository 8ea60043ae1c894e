"""`cps browsers`, in a home of its own, with NSS's own tools: what comes goes again, and nothing else changes."""

import fcntl
import json
import os
import subprocess
from glob import glob
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cps_command import FAILURE, OK, REFUSED, WARNING, Answer, Cps
from conformance.testbed.rig import Rig

FIREFOX, CHROMIUM, THUNDERBIRD = ".mozilla/firefox/p.default-esr", ".pki/nssdb", ".thunderbird/p.default"
DATABASES = (FIREFOX, CHROMIUM, THUNDERBIRD)
P11_KIT, OPENSSL = ".config/pkcs11/modules/cryptolib-cps.module", ".config/cryptolib-cps/openssl.cnf"
(OTHER,) = glob("/usr/lib/*/opensc-pkcs11.so")
MESSAGE = b"Un patient, une ordonnance, une signature."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user with the three programs; Firefox knows another module already."""
    for profile in (FIREFOX, THUNDERBIRD):
        (tmp_path / profile).mkdir(parents=True)
        listing = f"[Profile0]\nName=default\nIsRelative=1\nPath={Path(profile).name}\n"
        (tmp_path / profile).with_name("profiles.ini").write_text(listing)
    (tmp_path / ".config" / "chromium").mkdir(parents=True)
    run("certutil", "-N", "-d", f"sql:{tmp_path / FIREFOX}", "--empty-password")
    run("modutil", "-dbdir", f"sql:{tmp_path / FIREFOX}", "-add", "Autre", "-libfile", OTHER, "-force")
    return tmp_path


@pytest.fixture
def cps(rig: Rig, home: Path) -> Cps:
    return Cps({**rig.env, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "LC_ALL": "fr_FR.UTF-8"})


def run(*command: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return done.stdout


def states(answer: Answer) -> dict[str, str]:
    return {each["program"]: each["state"] for each in answer.facts["targets"]}


def libraries(database: Path) -> list[str]:
    """The modules that NSS itself reads in a database, its own left out."""
    listed = run("modutil", "-dbdir", f"sql:{database}", "-list")
    return [line.split(":", 1)[1].strip() for line in listed.splitlines() if "library name:" in line]


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def test_what_comes_goes_again(cps: Cps, home: Path) -> None:
    before = files(home)
    everywhere = ("firefox", "chromium", "thunderbird", "p11-kit", "openssl")
    for _ in range(2):
        answer = cps("browsers", "install", "--json")
        assert (answer.code, states(answer)) == (OK, dict.fromkeys(everywhere, "registered")), answer
        assert libraries(home / FIREFOX) == [OTHER, module_path()]
        assert libraries(home / CHROMIUM) == libraries(home / THUNDERBIRD) == [module_path()]
    assert files(home) >= {P11_KIT, OPENSSL}
    assert cps("browsers", "status").code == OK
    for _ in range(2):
        answer = cps("browsers", "remove", "--json")
        assert (answer.code, states(answer)) == (OK, dict.fromkeys(everywhere, "absent")), answer
        assert libraries(home / FIREFOX) == [OTHER]
        assert libraries(home / CHROMIUM) == libraries(home / THUNDERBIRD) == []
    assert cps("browsers", "status").code == WARNING
    databases = {f"{folder}/{name}" for folder in DATABASES for name in ("cert9.db", "key4.db", "pkcs11.txt")}
    assert files(home) == before | databases


def test_nss_reaches_the_card_through_what_was_registered(cps: Cps, home: Path, card: Card) -> None:
    cps("browsers", "install")
    listed = run("certutil", "-L", "-d", f"sql:{home / CHROMIUM}", "-h", "all", env=cps.env)
    assert card.authentication.certificate in listed


def test_p11_kit_reaches_the_card(cps: Cps, home: Path, card: Card) -> None:
    cps("browsers", "install", "--only", "p11-kit")
    # p11-kit's list ends at OpenSC when that does not know the card; and of root it reads no file of his own.
    (home / ".config/pkcs11/pkcs11.conf").write_text("user-config: only\n")
    listed = run("unshare", "--user", "--map-user=1000", "p11-kit", "list-modules", env=cps.env)
    assert "library-manufacturer: Cryptolib CPS" in listed
    assert f"token: {card.label}" in listed


def test_openssl_signs_with_the_card(cps: Cps, home: Path, card: Card, tmp_path: Path) -> None:
    cps("browsers", "install", "--only", "openssl")
    message, signature = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(MESSAGE)
    uri = f"pkcs11:object={card.authentication.private};type=private;pin-value={PIN.decode()}"
    command = ["openssl", "dgst", "-engine", "pkcs11", "-keyform", "engine", "-sign", uri, "-sha256"]
    run(*command, "-out", str(signature), str(message), env={**cps.env, "OPENSSL_CONF": str(home / OPENSSL)})
    card.public_key(card.authentication).verify(signature.read_bytes(), MESSAGE, PKCS1v15(), SHA256())


def test_a_module_of_the_same_name_is_left_alone(cps: Cps, home: Path) -> None:
    database = f"sql:{home / THUNDERBIRD}"
    run("certutil", "-N", "-d", database, "--empty-password")
    run("modutil", "-dbdir", database, "-add", "Cryptolib CPS", "-libfile", OTHER, "-force")
    assert cps("browsers", "install", "--only", "thunderbird").code == OK
    assert libraries(home / THUNDERBIRD) == [OTHER, module_path()]
    assert cps("browsers", "remove").code == OK
    assert libraries(home / THUNDERBIRD) == [OTHER]


def test_an_older_installation_is_replaced(cps: Cps, home: Path, tmp_path: Path) -> None:
    older = tmp_path / "older" / "libcryptolib_cps.so"
    older.parent.mkdir()
    older.symlink_to(module_path())
    cps("browsers", "install", "--only", "chromium")
    listing = home / CHROMIUM / "pkcs11.txt"
    listing.write_text(listing.read_text().replace(module_path(), str(older)))
    answer = cps("browsers", "status", "--only", "chromium", "--json")
    assert (answer.code, states(answer)) == (WARNING, {"chromium": "stale"})
    assert cps("browsers", "install").code == OK
    assert libraries(home / CHROMIUM) == [module_path()]


@pytest.mark.parametrize("action", ["install", "remove"])
def test_nothing_changes_while_a_program_is_open(cps: Cps, home: Path, action: str) -> None:
    if action == "remove":
        cps("browsers", "install")
    before = {name: (home / name).read_bytes() for name in files(home)}
    (home / ".config/chromium/SingletonLock").symlink_to(f"{os.uname().nodename}-{os.getpid()}")
    with (home / FIREFOX / ".parentlock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        answer = cps("browsers", action, "--json")
    assert answer.code == REFUSED
    assert [each["program"] for each in answer.facts["refused"]] == ["firefox", "chromium"]
    assert {name: (home / name).read_bytes() for name in before} == before
    (home / ".config/chromium/SingletonLock").unlink()
    assert cps("browsers", action).code == OK


def test_without_the_tools_of_nss_it_is_said_what_to_install(cps: Cps, home: Path, tmp_path: Path) -> None:
    answer = cps("browsers", "install", "--only", "chromium", PATH=str(tmp_path))
    assert answer.code == FAILURE
    assert "libnss3-tools" in answer.text


def test_for_a_whole_machine(cps: Cps, tmp_path: Path) -> None:
    root = tmp_path / "root"
    policies = root / "etc" / "firefox" / "policies" / "policies.json"
    policies.parent.mkdir(parents=True)
    theirs = {"policies": {"DisableTelemetry": True, "SecurityDevices": {"Add": {"Autre": OTHER}}}}
    policies.write_text(json.dumps(theirs))
    system = ("--system", "--root", str(root))
    assert cps("browsers", "install", *system).code == OK
    devices = json.loads(policies.read_text())["policies"]["SecurityDevices"]["Add"]
    assert devices == {"Autre": OTHER, "Cryptolib CPS": module_path()}
    assert files(root) == {
        "etc/firefox/policies/policies.json",
        "etc/thunderbird/policies/policies.json",
        "etc/pkcs11/modules/cryptolib-cps.module",
    }
    assert cps("browsers", "remove", *system).code == OK
    assert json.loads(policies.read_text()) == theirs
    assert files(root) == {"etc/firefox/policies/policies.json"}


def test_what_the_machine_has_the_user_need_not_have(cps: Cps, home: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    cps("browsers", "install", "--system", "--root", str(root))
    answer = cps("browsers", "install", "--root", str(root), "--json")
    assert states(answer)["firefox"] == states(answer)["thunderbird"] == states(answer)["p11-kit"] == "machine"
    assert libraries(home / FIREFOX) == [OTHER]
    assert libraries(home / CHROMIUM) == [module_path()]
