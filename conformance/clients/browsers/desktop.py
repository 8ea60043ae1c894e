"""A screen for clients with windows: an X server without a monitor, a window manager, keys and pictures.

Programs that the test starts later open their windows there. The screen has no socket in the file system and no lock
file.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from conformance.clients.support.client_environment import ClientEnvironment, wait_until

_SCREEN = "1280x960x24"
_LOOKS = 5
_SERVER = 'exec Xvfb -displayfd 3 -noreset -nolisten tcp -nolisten unix -screen 0 "$1" 3>"$2"'
# Windows come and go between two of these commands; one that is gone has no title.
_VISIBLE = """
for window in $(xdotool search --all --onlyvisible --pid "$1" --name . 2>/dev/null); do
    title=$(xdotool getwindowname "$window" 2>/dev/null) && echo "$window $title"
done
true
"""


class Desktop:
    """`with` starts it, and keeps a last picture at the end; its programs end with the test."""

    def __init__(self, environment: ClientEnvironment) -> None:
        self._environment = environment
        number = environment.directory / "display"
        environment.start("sh", "-c", _SERVER, "sh", _SCREEN, number)
        wait_until(lambda: number.exists() and number.read_text().endswith("\n"), "Xvfb")
        environment.env["DISPLAY"] = f":{number.read_text().strip()}"
        environment.start("openbox", "--sm-disable")
        wait_until(lambda: environment.run("sh", "-c", "xdotool get_num_desktops || true").strip().isdigit(), "openbox")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.take_screenshot("last")

    def take_screenshot(self, name: str) -> None:
        """Save a picture of the screen among the artefacts."""
        self._environment.run("import", "-window", "root", self._environment.artefacts / f"{name}.png")

    def is_still(self) -> bool:
        """True if nothing moves, such as the wheel of a loading page."""
        seen = {self._environment.run("sh", "-c", "import -window root rgb:- | sha256sum") for _ in range(_LOOKS)}
        return len(seen) == 1

    def windows(self, pid: int) -> dict[str, str]:
        """The titles of a program's visible windows, by the ID for ``turn_to``."""
        lines = self._environment.run("sh", "-c", _VISIBLE, "sh", str(pid)).splitlines()
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def turn_to(self, window: str) -> None:
        """Give the keyboard focus to a window."""
        self._environment.run("xdotool", "windowactivate", "--sync", window)

    def type(self, text: str) -> None:
        """Type into the window with the focus; the text is not on a command line."""
        self._environment.run("xdotool", "type", "--file", "-", stdin=text)

    def enter(self, window: str, text: str) -> None:
        """Type a line into a window at once: a new window would take the focus."""
        script = f"windowactivate --sync {window}\ntype {text}\nkey Return\n"
        self._environment.run("xdotool", "-", stdin=script)

    def press(self, *keys: str) -> None:
        """Press keys by their X names, such as ``Return`` and ``ctrl+l``."""
        self._environment.run("xdotool", "key", *keys)
