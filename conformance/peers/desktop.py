"""A screen for clients with windows: an X server without a monitor, a window manager, a hand and a camera.

What the story starts from then on opens its windows there. The screen has no socket in the file system and no lock
file: it ends without a trace.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from conformance.peers.world import World, eventually

_SCREEN = "1280x960x24"
_SERVER = 'exec Xvfb -displayfd 3 -nolisten tcp -nolisten unix -screen 0 "$1" 3>"$2"'
_TITLES = 'for window in $(xdotool search --onlyvisible --name .); do xdotool getwindowname "$window"; done'


class Desktop:
    """From ``with`` to its end, when it keeps a last picture; the programs on it end with the story."""

    def __init__(self, world: World) -> None:
        self._world = world
        number = world.directory / "display"
        world.start("sh", "-c", _SERVER, "sh", _SCREEN, number)
        eventually(lambda: number.exists() and number.read_text().endswith("\n"), "Xvfb")
        world.env["DISPLAY"] = f":{number.read_text().strip()}"
        world.start("openbox", "--sm-disable")
        eventually(lambda: self._look("xdotool get_num_desktops").strip().isdigit(), "openbox")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.photograph("last")

    def photograph(self, name: str) -> None:
        """Keeps what there is to see among the artefacts."""
        self._world.run("import", "-window", "root", self._world.artefacts / f"{name}.png")

    def titles(self) -> list[str]:
        """Of the windows that can be seen."""
        return self._look(_TITLES).splitlines()

    def shows(self, title: str) -> bool:
        """Whether there is a window whose title begins like this."""
        return any(seen.startswith(title) for seen in self.titles())

    def turn_to(self, title: str) -> None:
        """Gives the keyboard to the window whose title begins like this, once it is there."""
        eventually(lambda: self.shows(title), f"a window {title!r}")
        self._world.run("xdotool", "search", "--onlyvisible", "--name", f"^{title}", "windowactivate", "--sync")

    def type(self, text: str) -> None:
        """Into the window that has the keyboard; what is typed stays off the command line."""
        self._world.run("xdotool", "type", "--file", "-", feed=text)

    def press(self, *keys: str) -> None:
        """Keys by their X names, such as ``Return`` and ``ctrl+l``."""
        self._world.run("xdotool", "key", *keys)

    def _look(self, command: str) -> str:
        """What a command sees, or why it sees nothing (yet)."""
        return self._world.run("sh", "-c", f"{command} || true")
