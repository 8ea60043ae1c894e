"""Where the profiles of a user's browsers are found, and what is out of reach."""

from pathlib import Path

from cryptolib.cli.browsers.profiles import profile_folders
from cryptolib.cli.browsers.target import Program, State
from cryptolib.cli.browsers.targets import of_machine, of_user

INI = """\
[Install4F96D1932A9F858E]
Default=abcd.default-esr
Locked=1

[Profile1]
Name=ailleurs
IsRelative=0
Path={elsewhere}

[Profile0]
Name=default-esr
IsRelative=1
Path=abcd.default-esr

[Profile2]
Name=100 % parti
IsRelative=1
Path=gone.default

[General]
StartWithLastProfile=1
"""


def targets(home: Path) -> list[tuple[Program, str, State]]:
    return [
        (target.program, str(target.path.relative_to(home)), target.state(Path("/m.so")))
        for target in of_user(home, home / ".config")
        if target.program not in {Program.P11_KIT, Program.OPENSSL}
    ]


def folder(home: Path, name: str) -> Path:
    (home / name).mkdir(parents=True)
    return home / name


def test_only_existing_profiles_are_listed(tmp_path: Path) -> None:
    elsewhere, inside = folder(tmp_path, "elsewhere"), folder(tmp_path, "firefox/abcd.default-esr")
    ini = tmp_path / "firefox" / "profiles.ini"
    ini.write_text(INI.format(elsewhere=elsewhere))
    assert profile_folders(ini.parent) == [elsewhere, inside]


def test_a_listing_that_cannot_be_read_lists_nothing(tmp_path: Path) -> None:
    assert profile_folders(tmp_path) == []
    for damaged in (b"Path=no section\n", b"[Profile0\n", b"\xff\xfe\x00", b"[Profile0]\nName=no path\n"):
        (tmp_path / "profiles.ini").write_bytes(damaged)
        assert profile_folders(tmp_path) == []


def test_without_a_browser_there_is_no_target(tmp_path: Path) -> None:
    assert targets(tmp_path) == [
        (Program.FIREFOX, ".mozilla/firefox", State.NOTHING),
        (Program.CHROMIUM, ".pki/nssdb", State.NOTHING),
        (Program.THUNDERBIRD, ".thunderbird", State.NOTHING),
    ]


def test_browsers_in_both_folders_and_in_sandboxes(tmp_path: Path) -> None:
    for home in (".mozilla/firefox", ".config/mozilla/firefox", ".thunderbird"):
        folder(tmp_path, f"{home}/p")
        (tmp_path / home / "profiles.ini").write_text("[Profile0]\nIsRelative=1\nPath=p\n")
    folder(tmp_path, "snap/firefox/common/.mozilla/firefox")
    folder(tmp_path, ".config/google-chrome")
    folder(tmp_path, ".var/app/org.chromium.Chromium")
    assert targets(tmp_path) == [
        (Program.FIREFOX, ".mozilla/firefox/p", State.ABSENT),
        (Program.FIREFOX, ".config/mozilla/firefox/p", State.ABSENT),
        (Program.FIREFOX, "snap/firefox/common/.mozilla/firefox", State.SANDBOXED),
        (Program.CHROMIUM, ".pki/nssdb", State.ABSENT),
        (Program.CHROMIUM, ".var/app/org.chromium.Chromium", State.SANDBOXED),
        (Program.THUNDERBIRD, ".thunderbird/p", State.ABSENT),
    ]


def policies(root: Path) -> list[str]:
    return [str(target.path.relative_to(root)) for target in of_machine(root) if target.program is Program.FIREFOX]


def test_the_policies_of_a_machine_are_in_etc_unless_they_are_beside_firefox(tmp_path: Path) -> None:
    """A file in /etc hides the other: to make one would undo the distribution's own policies."""
    assert policies(tmp_path) == ["etc/firefox/policies/policies.json"]
    beside = folder(tmp_path, "usr/lib/firefox-esr/distribution") / "policies.json"
    beside.write_text("{}")
    assert policies(tmp_path) == ["usr/lib/firefox-esr/distribution/policies.json"]
    (folder(tmp_path, "etc/firefox/policies") / "policies.json").write_text("{}")
    assert policies(tmp_path) == ["etc/firefox/policies/policies.json"]


def test_what_a_package_registers_is_left_to_it(tmp_path: Path) -> None:
    packaged = folder(tmp_path, "usr/share/p11-kit/modules") / "cryptolib-cps.module"
    packaged.write_text("module: libcryptolib_cps.so\n")
    (target,) = [target for target in of_machine(tmp_path) if target.program is Program.P11_KIT]
    assert (target.path, target.state(Path("/usr/lib/libcryptolib_cps.so"))) == (packaged, State.REGISTERED)
    target.unregister()
    assert packaged.exists()
