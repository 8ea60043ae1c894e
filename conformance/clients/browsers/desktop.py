"""A screen for clients with windows: an X server without a monitor, a window manager, a hand and a camera.

What the story starts from then on opens its windows there. The screen has no socket in the file system and no lock
file: it ends without a trace.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from conformance.clients.support.client_environment import World, eventually

_SCREEN = "1280x960x24"
_LOOKS = 5
_SERVER = 'exec Xvfb -displayfd 3 -noreset -nolisten tcp -nolisten unix -screen 0 "$1" 3>"$2"'
# Windows come and go between two of these commands: what is gone has no title.
_VISIBLE = """
for window in $(xdotool search --all --onlyvisible --pid "$1" --name . 2>/dev/null); do
    title=$(xdotool getwindowname "$window" 2>/dev/null) && echo "$window $title"
done
true
"""


class Desktop:
    """From ``with`` to its end, when it keeps a last picture; the programs on it end with the story."""

    def __init__(self, world: World) -> None:
        self._world = world
        number = world.directory / "display"
        world.start("sh", "-c", _SERVER, "sh", _SCREEN, number)
        eventually(lambda: number.exists() and number.read_text().endswith("\n"), "Xvfb")
        world.env["DISPLAY"] = f":{number.read_text().strip()}"
        world.start("openbox", "--sm-disable")
        eventually(lambda: world.run("sh", "-c", "xdotool get_num_desktops || true").strip().isdigit(), "openbox")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.photograph("last")

    def photograph(self, name: str) -> None:
        """Keeps what there is to see among the artefacts."""
        self._world.run("import", "-window", "root", self._world.artefacts / f"{name}.png")

    def is_still(self) -> bool:
        """Whether nothing moves on it, no wheel that turns while a page is loading either."""
        return len({self._world.run("sh", "-c", "import -window root rgb:- | sha256sum") for _ in range(_LOOKS)}) == 1

    def windows(self, pid: int) -> dict[str, str]:
        """The titles of the windows of a program that can be seen, by what ``turn_to`` knows them by."""
        lines = self._world.run("sh", "-c", _VISIBLE, "sh", str(pid)).splitlines()
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def turn_to(self, window: str) -> None:
        """Gives the keyboard to a window."""
        self._world.run("xdotool", "windowactivate", "--sync", window)

    def type(self, text: str) -> None:
        """Into the window that has the keyboard; what is typed stays off the command line."""
        self._world.run("xdotool", "type", "--file", "-", feed=text)

    def enter(self, window: str, text: str) -> None:
        """Types a line into a window, at once: windows that open meanwhile would take the keyboard."""
        script = f"windowactivate --sync {window}\ntype {text}\nkey Return\n"
        self._world.run("xdotool", "-", feed=script)

    def press(self, *keys: str) -> None:
        """Keys by their X names, such as ``Return`` and ``ctrl+l``."""
        self._world.run("xdotool", "key", *keys)
