"""The profile folders of Firefox, Thunderbird and the Chromium family."""

from __future__ import annotations

from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

from cryptolib.cli.browsers.target import Program


@dataclass(frozen=True, slots=True)
class ProfileFolder:
    """A folder with a program's profiles, relative to the user's home."""

    program: Program
    folder: str
    sandboxed: bool = False


MOZILLA = (
    ProfileFolder(Program.FIREFOX, ".mozilla/firefox"),
    ProfileFolder(Program.FIREFOX, ".config/mozilla/firefox"),
    ProfileFolder(Program.FIREFOX, "snap/firefox/common/.mozilla/firefox", sandboxed=True),
    ProfileFolder(Program.FIREFOX, ".var/app/org.mozilla.firefox/.mozilla/firefox", sandboxed=True),
    ProfileFolder(Program.FIREFOX, ".var/app/org.mozilla.firefox/config/mozilla/firefox", sandboxed=True),
    ProfileFolder(Program.THUNDERBIRD, ".thunderbird"),
    ProfileFolder(Program.THUNDERBIRD, "snap/thunderbird/common/.thunderbird", sandboxed=True),
    ProfileFolder(Program.THUNDERBIRD, ".var/app/org.mozilla.Thunderbird/.thunderbird", sandboxed=True),
)

CHROMIUM_DATABASE = ".pki/nssdb"
"""One for all programs of the family."""
CHROMIUM = (
    ".config/chromium",
    ".config/google-chrome",
    ".config/google-chrome-beta",
    ".config/microsoft-edge",
    ".config/BraveSoftware/Brave-Browser",
    ".config/vivaldi",
    ".config/opera",
)
CHROMIUM_SANDBOXED = (
    "snap/chromium",
    ".var/app/org.chromium.Chromium",
    ".var/app/com.google.Chrome",
)


def profile_folders(folder: Path) -> list[Path]:
    """The existing profiles in the profiles.ini of a Mozilla program."""
    listing = ConfigParser(interpolation=None, strict=False)
    try:
        listing.read(folder / "profiles.ini", encoding="utf-8")
    except (Error, UnicodeDecodeError):
        return []
    sections = [listing[name] for name in listing.sections() if name.startswith("Profile")]
    # Joining an absolute path replaces the folder.
    found = [folder / section["Path"] for section in sections if "Path" in section]
    return [path for path in found if path.is_dir()]
