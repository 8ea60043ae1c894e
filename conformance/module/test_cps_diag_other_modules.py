"""`cps diag` with OpenSC or the original module beside ours, and with another card beside the CPS.

What it says of OpenSC is tried with OpenSC itself, and what it says of the slot with the module.
"""

import subprocess
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import pytest

from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import Module
from conformance.testbed.cps_command import OK, WARNING, Answer, Cps, in_one_line
from conformance.testbed.rig import Rig

(OPENSC,) = glob("/usr/lib/*/opensc-pkcs11.so")
(LIBRARY,) = glob("/usr/lib/*/libpcsclite.so.1")
"""Some library: of the original only the name is looked at, and it is not there to be tested with."""
P11_KIT, CHROMIUM = ".config/pkcs11/modules", ".pki/nssdb"


@pytest.fixture
def cps(rig: Rig, tmp_path: Path) -> Cps:
    """Of a user whose OpenSC has the configuration of its package."""
    configuration = tmp_path / "opensc.conf"
    configuration.write_text("app default {\n\t# debug = 3;\n\tframework pkcs15 {\n\t}\n}\n")
    own = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config"), "OPENSC_CONF": str(configuration)}
    return Cps({**rig.env, **own, "LC_ALL": "fr_FR.UTF-8"})


@pytest.fixture
def beside(cps: Cps, tmp_path: Path) -> Cps:
    """p11-kit has OpenSC and our module."""
    assert cps("browsers", "install", "--only", "p11-kit").code == OK
    (tmp_path / P11_KIT / "opensc-pkcs11.module").write_text(f"module: {OPENSC}\n")
    return cps


@pytest.fixture
def swapped(rig: Rig, card: Card) -> Iterator[None]:
    """The CPS is in the second slot, another card in the first."""
    rig.insert("foreign")
    rig.second.insert(card.name)
    yield
    rig.second.remove()
    rig.insert(card.name)


def checks(answer: Answer) -> dict[str, dict[str, str]]:
    return {each["check"]: each for each in answer.facts["checks"]}


def opensc(cps: Cps, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["pkcs11-tool", "--module", OPENSC, *arguments]
    env = {**cps.env, "LC_ALL": "C", "CODE": PIN.decode()}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def nss(cps: Cps, *arguments: str) -> str:
    """The output of modutil about Chromium's database."""
    command = ["modutil", "-dbdir", f"sql:{cps.env['HOME']}/{CHROMIUM}", *arguments]
    done = subprocess.run(command, env=cps.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return done.stdout


def hide(cps: Cps, line: str) -> None:
    """Follow the advice: add the line to the block `app default`."""
    configuration = Path(cps.env["OPENSC_CONF"])
    configuration.write_text(configuration.read_text().replace("{\n", f"{{\n\t{line}\n", 1))


# --- OpenSC


@pytest.mark.cards("cps3")
def test_a_browser_with_both_has_two_tokens_of_one_name_until_the_line_is_there(
    cps: Cps, card: Card, tmp_path: Path
) -> None:
    (tmp_path / ".config" / "chromium").mkdir(parents=True)
    assert cps("browsers", "install", "--only", "chromium").code == OK
    nss(cps, "-add", "OpenSC", "-libfile", OPENSC, "-force")
    answer = cps("diag", "--json")
    told = checks(answer)["opensc.beside"]
    assert (answer.code, told["severity"]) == (WARNING, "warning")
    assert "Chromium" in told["text"] and cps.env["OPENSC_CONF"] in told["advice"]
    # OpenSC 0.26 gives its token of the antenna the same name.
    assert nss(cps, "-list").count(f"token: {card.label}") in (2, 3)
    hide(cps, told["line"])
    assert nss(cps, "-list").count(f"token: {card.label}") == 1
    after = cps("diag", "--json")
    assert (after.code, checks(after)["opensc.hidden"]["severity"]) == (OK, "info")


@pytest.mark.cards("cps3")
def test_opensc_beside_the_module_in_p11_kit_is_a_fact_and_the_line_hides_the_card(beside: Cps, card: Card) -> None:
    answer = beside("diag", "--json")
    told = checks(answer)["opensc.beside"]
    assert (answer.code, told["severity"]) == (OK, "info")
    assert "p11-kit" in told["text"]
    assert f"token label        : {card.label}" in opensc(beside, "--list-slots").stdout
    hide(beside, told["line"])
    assert "token label" not in opensc(beside, "--list-slots").stdout
    assert "opensc.hidden" in checks(beside("diag", "--json"))


@pytest.mark.cards("cps3")
def test_the_line_leaves_the_other_slot_to_opensc(beside: Cps, card: Card, rig: Rig) -> None:
    hide(beside, checks(beside("diag", "--json"))["opensc.beside"]["line"])
    listed = opensc(beside, "--list-slots").stdout
    assert rig.second.reader in listed and rig.reader not in listed


@pytest.mark.cards("cps3")
def test_opensc_cannot_sign_with_the_signature_key(cps: Cps, card: Card, tmp_path: Path) -> None:
    message, signature = tmp_path / "message", tmp_path / "signature"
    message.write_bytes(bytes(51))
    for mechanism in ("RSA-PKCS", "SHA256-RSA-PKCS"):
        done = opensc(
            cps, "--slot-index", "1", "--login", "--pin", "env:CODE", "--sign",
            "--label", card.signature.private, "--mechanism", mechanism,
            "--input-file", str(message), "--output-file", str(signature),
        )  # fmt: skip
        assert done.returncode != 0 and not signature.exists(), done
        # OpenSC 0.26 does not get as far as that.
        reasons = ("CKR_MECHANISM_INVALID", "CKR_FUNCTION_NOT_SUPPORTED", "C_Login failed: rv = CKR_DATA_INVALID")
        assert any(reason in done.stderr for reason in reasons), done


@pytest.mark.cards("cps3")
def test_the_line_can_be_copied_and_both_languages_have_it(beside: Cps, card: Card) -> None:
    line = checks(beside("diag", "--json"))["opensc.beside"]["line"]
    french, english = beside("diag"), beside("diag", "--lang", "en")
    assert line in [each.strip() for each in french.text.splitlines()]
    assert line in [each.strip() for each in english.text.splitlines()]
    assert "deux fois" in in_one_line(french.text) and "twice" in in_one_line(english.text)


@pytest.mark.cards("cps3")
def test_opensc_where_our_module_is_not_is_no_fault(cps: Cps, card: Card, tmp_path: Path) -> None:
    (tmp_path / P11_KIT).mkdir(parents=True)
    (tmp_path / P11_KIT / "opensc-pkcs11.module").write_text(f"module: {OPENSC}\n")
    answer = cps("diag", "--json")
    assert (answer.code, checks(answer)["opensc.alone"]["severity"]) == (OK, "info")


@pytest.mark.cards("cps4")
def test_opensc_does_not_know_a_cps4(beside: Cps, card: Card) -> None:
    answer = beside("diag", "--json")
    assert (answer.code, checks(answer)["opensc.unconcerned"]["severity"]) == (OK, "info")
    assert "token label" not in opensc(beside, "--list-slots").stdout


@pytest.mark.cards("cps3")
def test_p11_kit_can_leave_opensc_out(beside: Cps, card: Card, tmp_path: Path) -> None:
    (tmp_path / P11_KIT / "opensc-pkcs11.module").write_text("module:\n")
    answer = beside("diag", "--json")
    assert answer.code == OK
    assert not [key for key in checks(answer) if key.startswith("opensc.")]


# --- the original module


def test_the_original_beside_the_module_is_reported(beside: Cps, card: Card, tmp_path: Path) -> None:
    original = tmp_path / "libcps3_pkcs11_lux.so"
    original.write_bytes(Path(LIBRARY).read_bytes())
    declaration = tmp_path / P11_KIT / "cps.module"
    declaration.write_text(f"module: {original}\n")
    (tmp_path / P11_KIT / "opensc-pkcs11.module").write_text("module:\n")
    answer = beside("diag", "--json")
    told = checks(answer)["original.beside"]
    assert (answer.code, told["severity"]) == (OK, "info")
    assert "p11-kit" in told["text"] and str(declaration) in told["advice"]
    declaration.unlink()
    assert "original.beside" not in checks(beside("diag", "--json"))


# --- another card in the other slot


@pytest.mark.usefixtures("swapped")
def test_java_is_pointed_at_the_slot_of_the_cps(cps: Cps, loaded: Module, rig: Rig) -> None:
    loaded.ok("C_Initialize", None)
    (slot,) = loaded.slots(token_present=True)
    index = loaded.slots(token_present=False).index(slot)
    loaded.C_Finalize(None)
    told = checks(cps("diag", "--json"))["slot.listed"]
    assert told["severity"] == "info"
    assert f"slotListIndex = {index}" in told["text"] and rig.second.reader in told["text"]
    status = cps("status")
    assert (status.code, f"slotListIndex = {index}" in in_one_line(status.text)) == (OK, True)
    indices = {each["name"]: each["slot_list_index"] for each in cps("status", "--json").facts["readers"]}
    assert indices[rig.second.reader] == index


def test_a_card_alone_needs_no_such_word(cps: Cps, card: Card) -> None:
    assert "slotListIndex" not in cps("status").text + cps("diag").text
