"""Settings of Firefox and Thunderbird before their first start, and the dialog for the code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from conformance.clients.browsers.marionette import Marionette

Preferences = Mapping[str, bool | int | str]

_TYPE_CODE = """
const [code] = arguments;
window.askedOfUser = [];
Services.obs.addObserver(dialog => {
    const { args, ui } = dialog.Dialog;
    window.askedOfUser.push(args.text);
    if (args.promptType == "promptPassword") {
        ui.password1Textbox.value = code;
        ui.button0.click();
    }
}, "common-dialog-loaded");
"""


def write_preferences(profile: Path, preferences: Preferences) -> None:
    """Settings as about:config knows them."""
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
    (profile / "user.js").write_text("".join(lines))


def type_code_when_asked(program: Marionette, code: str) -> None:
    """Answers each dialog for the code from inside: while it is open, the program listens to nobody outside."""
    program.run(_TYPE_CODE, code)


def asked_of_user(program: Marionette) -> list[str]:
    """The text of every dialog so far, whether it was answered or not."""
    asked: list[str] = program.run("return window.askedOfUser")
    return asked
