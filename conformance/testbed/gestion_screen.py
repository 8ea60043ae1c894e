"""The screen of `cps gestion` in a terminal, read and used as by a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.testbed.cps_command import COMMAND
from conformance.testbed.rig import Rig
from conformance.testbed.screen_terminal import DOWN, ENTER, ESCAPE, HOME, ScreenTerminal

MENU = (
    "Changer carte", "Changer code", "Débloquer code", "Saisir code",
    "Lecture données", "Lecture situations", "Lecture X509", "Enregistrement X509", "Test des services",
    "Test lecteur", "Changer lecteur",
    "Journal", "Diagnostics", "Traces", "Données CPS",
    "Signer un fichier", "Vérifier une signature", "Assertion VIHF", "Rapport d'assistance", "Quitter",
)  # fmt: skip
ENTER_IT = "Entrée : valider"
_PANE_STARTS = "▏"
_SCROLL_BAR = "▁▂▃▄▅▆▇█ "
"""At the right edge of the pane; where its ends are depends on how much there is to read."""
_TITLE_END = 25
"""The column of the pane where facts begin."""


class GestionScreen(ScreenTerminal):
    def readable(self) -> str:
        """The screen, then the text of the pane without line breaks."""
        return f"{self.text}\n{' '.join(' '.join(self._pane()).split())}"

    def facts(self) -> list[str]:
        """The facts in the pane of a wide screen: a title in one or more lines, then the value in one."""
        found: list[tuple[str, str]] = []
        for line in self._pane():
            heading = line[_TITLE_END - 2 : _TITLE_END].strip()
            title, fact = (line, "") if heading else (line[:_TITLE_END].strip(), line[_TITLE_END:].strip())
            if found and found[-1][1] and title and not fact:
                found[-1] = (f"{found[-1][0]} {title}", found[-1][1])
            else:
                found.append((title, fact))
        return [" ".join(f"{title} {fact}".split()) for title, fact in found]

    def _pane(self) -> list[str]:
        return [line.partition(_PANE_STARTS)[2].rstrip(_SCROLL_BAR) for line in self.lines]

    def choose(self, entry: str) -> None:
        self.press(ESCAPE, HOME, *[DOWN] * MENU.index(entry), ENTER)

    def give(self, prompt: str, answer: bytes) -> None:
        """Answer the question with this title."""
        self.wait_for(f"┃ {prompt} ", ENTER_IT)
        self.press(*answer.decode(), ENTER)

    def leave(self) -> int:
        self.press("q")
        return self.wait_for_end()


@contextmanager
def opened(
    rig: Rig, *arguments: str, columns: int = 80, lines: int = 24, command: str = COMMAND, **more: str
) -> Iterator[GestionScreen]:
    # What the terminal of the tests can do says nothing about this one.
    env = {name: value for name, value in rig.env.items() if name not in ("NO_COLOR", "TERM")}
    typed = [command] if command != COMMAND else [command, "gestion"]
    with GestionScreen([*typed, *arguments], {**env, "LC_ALL": "fr_FR.UTF-8", **more}, columns, lines) as screen:
        yield screen


def codes_presented(rig: Rig) -> int:
    """The number of commands with a code: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER with data."""
    return len([each for each in rig.log() if each.command[1] in (0x20, 0x24, 0x2C) and len(each.command) > 5])
