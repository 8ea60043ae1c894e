"""OpenSC and the original module, declared where programs look for theirs, and what is said of it."""

import json
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cryptolib.cli.browsers import p11kit
from cryptolib.cli.browsers.nss import NssDatabase
from cryptolib.cli.browsers.other_modules import Declaration, OtherModule, declared, other_module
from cryptolib.cli.browsers.policies import Policy
from cryptolib.cli.browsers.states import TargetState
from cryptolib.cli.browsers.target import Program, RegistrationTarget, State, UnreachableTarget
from cryptolib.cli.cards import Card, Reader, ReaderState, Tries
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.diagnosis import opensc
from cryptolib.cli.diagnosis.other_modules import other_modules
from cryptolib.cli.messages.language import Messages
from cryptolib.cli.severity import Severity
from cryptolib.installation import MODULE

FRENCH = Messages("fr")
TOKEN: Any = SimpleNamespace()
READER = "Gemalto PC Twin Reader (A7B3) 00 00"

OPENSC = "usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
ONE_PIN = "usr/lib/x86_64-linux-gnu/pkcs11/onepin-opensc-pkcs11.so"
ORIGINAL = "opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so"
OURS = f"usr/lib/x86_64-linux-gnu/{MODULE}"


@pytest.fixture(autouse=True)
def no_configuration_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENSSL_CONF", raising=False)
    monkeypatch.delenv("OPENSC_CONF", raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with all the modules."""
    for name in (OPENSC, ONE_PIN, ORIGINAL, OURS):
        written(tmp_path / name, "")
    return tmp_path


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# --- whose module it is


def test_a_module_is_known_by_its_file(root: Path) -> None:
    whose = partial(other_module, root=root)
    assert (
        whose(str(root / OPENSC)) is whose("opensc-pkcs11.so") is whose("onepin-opensc-pkcs11.so") is OtherModule.OPENSC
    )
    assert whose(str(root / ORIGINAL)) is OtherModule.ORIGINAL
    assert whose(str(root / OURS)) is whose(MODULE) is None
    assert whose(str(written(root / "usr/lib/libsofthsm2.so", ""))) is None


def test_our_module_under_the_name_of_the_original_is_ours(root: Path) -> None:
    link = root / "usr/lib/libcps3_pkcs11_lux.so"
    link.symlink_to(root / OURS)
    assert other_module(str(link), root) is other_module(link.name, root) is None


def test_a_module_that_is_gone_is_loaded_by_nobody(root: Path) -> None:
    (root / ORIGINAL).unlink()
    assert other_module(str(root / ORIGINAL), root) is None


# --- where they are declared


def test_every_place_is_looked_at(root: Path) -> None:
    database = written(root / "profile/pkcs11.txt", f"library={root / ORIGINAL}\nname=CPS\n\nlibrary=\nname=NSS\n")
    policy = written(root / "policies.json", json.dumps({"policies": {"SecurityDevices": {"O": str(root / OPENSC)}}}))
    module = written(root / "usr/share/p11-kit/modules/opensc-pkcs11.module", "module: opensc-pkcs11.so\n")
    settings = written(root / "etc/ssl/openssl.cnf", f"[pkcs11]\nMODULE_PATH={root / OPENSC} # OpenSC\n")
    targets: list[RegistrationTarget] = [
        NssDatabase(Program.FIREFOX, database.parent, lambda: False),
        Policy(Program.THUNDERBIRD, policy),
        UnreachableTarget(Program.CHROMIUM, root, State.NOTHING),
    ]
    assert declared([*targets, *targets], root, root / ".config") == [
        Declaration(OtherModule.ORIGINAL, Program.FIREFOX, database.parent),
        Declaration(OtherModule.OPENSC, Program.THUNDERBIRD, policy),
        Declaration(OtherModule.OPENSC, Program.P11_KIT, module),
        Declaration(OtherModule.OPENSC, Program.OPENSSL, settings),
    ]


def test_openssl_reads_the_configuration_that_the_environment_names(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(root / "etc/ssl/openssl.cnf", f"MODULE_PATH = {root / OPENSC}\n")
    named = written(root / "own.cnf", f"pkcs11-module-path = {root / ORIGINAL}\n")
    monkeypatch.setenv("OPENSSL_CONF", str(named))
    assert declared([], root, root / ".config") == [Declaration(OtherModule.ORIGINAL, Program.OPENSSL, named)]


def test_what_cannot_be_read_declares_nothing(root: Path) -> None:
    policy = written(root / "policies.json", "{")
    (root / "etc/ssl/openssl.cnf").mkdir(parents=True)
    assert declared([Policy(Program.FIREFOX, policy)], root, root / ".config") == []


@pytest.mark.parametrize("line", ["module:", "enable-in:"])
def test_a_file_of_the_user_switches_a_module_of_p11_kit_off(tmp_path: Path, line: str) -> None:
    """pkcs11.conf(5): files of one name in several folders are one."""
    folders = p11kit.folders(tmp_path, tmp_path / ".config")
    system = written(folders[0] / "opensc-pkcs11.module", "# OpenSC\nmodule: opensc-pkcs11.so\n")
    assert p11kit.declared(folders) == {system: "opensc-pkcs11.so"}
    written(folders[2] / system.name, "disable-in: firefox\n")
    assert p11kit.declared(folders) == {system: "opensc-pkcs11.so"}
    written(folders[2] / system.name, f"{line}\n")
    assert p11kit.declared(folders) == {}


# --- OpenSC's own configuration


def test_the_readers_that_opensc_leaves_alone() -> None:
    settings = """
    # ignored_readers = "No";
    app default {
        ignored_readers = "One", Two; debug = 3;
        framework pkcs15 { ignored_readers = "Deep"; }
        ignored_readers = "Three";
    }
    app default { ignored_readers = "Second block"; }
    app pkcs15-tool { ignored_readers = "Tool"; }
    """
    assert opensc.ignored(settings) == ["One", "Two", "Three"]
    assert opensc.ignored("") == opensc.ignored("}{") == []
    assert not opensc.is_visible("Reader Two 00 00", settings)
    assert opensc.is_visible("Reader 00 00", settings)


def test_the_line_lasts_when_readers_are_plugged_in_another_order() -> None:
    assert (
        opensc.ignored_readers_line([READER], ["Omnikey 01 00"]) == 'ignored_readers = "Gemalto PC Twin Reader (A7B3)";'
    )


def test_the_line_leaves_the_other_slot_alone() -> None:
    line = opensc.ignored_readers_line(["Twin 00 00"], ["Twin 00 01"])
    assert line == 'ignored_readers = "Twin 00 00";'
    assert opensc.is_visible("Twin 00 01", f"app default {{ {line} }}")


def test_one_line_for_several_readers() -> None:
    assert (
        opensc.ignored_readers_line(["Twin 00 00", "Twin 00 01", "Omnikey 01 00"], [])
        == 'ignored_readers = "Twin", "Omnikey";'
    )


# --- what is said


def reader(*, pss: bool = False, code: Tries = Tries.ENOUGH) -> Reader:
    """With a CPS3 unless it signs with PSS."""
    return Reader(READER, ReaderState.CPS, Card("C", "1", code, Tries.ENOUGH, (), pss, TOKEN))


def told(other: OtherModule, program: Program, ours: State, readers: list[Reader]) -> CheckResult:
    declaration = Declaration(other, program, Path("/there"))
    target = TargetState(UnreachableTarget(program, Path("/p"), ours), ours)
    (result,) = other_modules([declaration], [target], readers, FRENCH)
    return result


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """OpenSC's."""
    monkeypatch.setenv("OPENSC_CONF", str(tmp_path / "opensc.conf"))
    return written(tmp_path / "opensc.conf", "app default {\n}\n")


def test_opensc_beside_ours_in_a_browser_is_a_warning_with_the_line_that_ends_it(settings: Path) -> None:
    result = told(OtherModule.OPENSC, Program.CHROMIUM, State.REGISTERED, [reader()])
    assert (result.key, result.severity) == ("opensc.beside", Severity.WARNING)
    assert result.copied == result.facts(FRENCH)["line"] == 'ignored_readers = "Gemalto PC Twin Reader (A7B3)";'
    assert str(settings) in result.line(FRENCH).advice
    settings.write_text(f"app default {{ {result.copied} }}")
    hidden = told(OtherModule.OPENSC, Program.CHROMIUM, State.REGISTERED, [reader()])
    assert (hidden.key, hidden.severity, hidden.copied) == ("opensc.hidden", Severity.INFO, "")


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(("program", "ours"), [(Program.P11_KIT, State.ABSENT), (Program.OPENSSL, State.REGISTERED)])
def test_opensc_without_ours_is_a_fact(program: Program, ours: State) -> None:
    result = told(OtherModule.OPENSC, program, ours, [reader()])
    assert (result.key, result.severity) == ("opensc.alone", Severity.INFO)
    assert result.copied


@pytest.mark.usefixtures("settings")
def test_a_user_of_p11_kit_is_informed_without_a_warning() -> None:
    result = told(OtherModule.OPENSC, Program.P11_KIT, State.REGISTERED, [reader()])
    assert (result.key, result.severity) == ("opensc.beside", Severity.INFO)
    assert result.copied


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("readers", [[], [reader(pss=True)], [reader(code=Tries.NONE)]])
def test_opensc_is_not_in_the_way_of_a_card_that_it_does_not_know(readers: list[Reader]) -> None:
    result = told(OtherModule.OPENSC, Program.FIREFOX, State.REGISTERED, readers)
    assert (result.key, result.severity, result.copied) == ("opensc.unconcerned", Severity.INFO, "")


@pytest.mark.parametrize(
    ("ours", "said", "severity"),
    [
        (State.REGISTERED, "original.beside", Severity.WARNING),
        (State.MACHINE, "original.beside", Severity.WARNING),
        (State.ABSENT, "original.alone", Severity.INFO),
    ],
)
def test_the_original_knows_every_card(ours: State, said: str, severity: Severity) -> None:
    result = told(OtherModule.ORIGINAL, Program.FIREFOX, ours, [])
    assert (result.key, result.severity) == (said, severity)
    assert "/there" in result.line(FRENCH).advice


def test_nothing_is_said_where_there_is_nothing() -> None:
    assert other_modules([], [], [reader()], FRENCH) == []
