"""The persistent state of a card: PIN values, counters, and files written by applications."""

from __future__ import annotations

import json
import os
from pathlib import Path

DEFAULT_PIN = "1234"
DEFAULT_PUK = "12345678"


class CardState:
    """Kept in memory, and in a JSON file when a path is given; the file is replaced in one step at every change."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._path = Path(path) if path is not None else None
        self.values: dict[str, str] = {}
        self.tries: dict[str, int] = {}
        self.uses: dict[str, int] = {}
        self.files: dict[str, str] = {}
        self.restore_pins(save=False)
        if self._path is not None and self._path.exists():
            self._load(json.loads(self._path.read_text(encoding="ascii")))
        else:
            self.save()

    def restore_pins(self, save: bool = True) -> None:
        """PIN, PUK and their counters as on a card just issued."""
        self.values = {"pin": DEFAULT_PIN, "puk": DEFAULT_PUK}
        self.tries = {"pin": 3, "puk": 10}
        self.uses = {"puk": 100}
        if save:
            self.save()

    def _load(self, stored: dict[str, dict[str, str]]) -> None:
        self.values.update(stored["values"])
        self.tries.update({name: int(count) for name, count in stored["tries"].items()})
        self.uses.update({name: int(count) for name, count in stored["uses"].items()})
        self.files.update(stored["files"])

    def save(self) -> None:
        if self._path is None:
            return
        content = {"values": self.values, "tries": self.tries, "uses": self.uses, "files": self.files}
        draft = self._path.with_name(self._path.name + ".new")
        draft.write_text(json.dumps(content, indent=1), encoding="ascii")
        draft.replace(self._path)
