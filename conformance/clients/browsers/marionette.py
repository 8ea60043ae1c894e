"""Marionette, the remote control of Mozilla's programs: JavaScript with the program's own rights, answers as JSON."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from conformance.clients.support.client_environment import ClientEnvironment, wait_until

PREFERENCES = {"marionette.port": 0}
"""What a profile must say: a free port, whose number the program then writes into the profile."""
OPTIONS = ("--marionette", "--remote-allow-system-access")
_CONNECTION_SECONDS = 60
_BEGIN = """
const given = arguments;
window.resultForTest = null;
new Promise(resolve => setTimeout(resolve)).then(() => (async function () { %s }).apply(null, given)).then(
    value => { window.resultForTest = { value: value ?? null }; },
    error => { window.resultForTest = { error: `${error}\\n${error.stack}` }; },
);
"""
_ENDED = "return window.resultForTest"


class MarionetteError(Exception):
    """The program reports an error, or does not answer."""


class Marionette:
    """A connection to the program that was started on this profile; waits until the program is there."""

    def __init__(self, environment: ClientEnvironment, profile: Path) -> None:
        written = profile / "MarionetteActivePort"
        port = wait_until(lambda: written.exists() and written.read_text().strip(), "the program's start", 60)
        self._socket = socket.create_connection(("127.0.0.1", int(port)), _CONNECTION_SECONDS)
        environment.at_end(self._socket.close)
        self._answers = self._socket.makefile("rb")
        self._sent = 0
        self._receive()  # its greeting
        self.command("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"unhandledPromptBehavior": "ignore"}}})
        self.command("Marionette:SetContext", {"value": "chrome"})

    def run(self, script: str, *arguments: object, seconds: float = 30) -> Any:
        """The return value of an asynchronous function with this body, run in the program's main window.

        It starts after Marionette's answer, and the value is fetched separately: a dialog in between would leave
        Marionette without an answer.
        """
        self._execute(_BEGIN % script, *arguments)
        ended = wait_until(lambda: self._execute(_ENDED), f"the end of {script.splitlines()[-1].strip()}", seconds)
        if "error" in ended:
            raise MarionetteError(ended["error"])
        return ended["value"]

    def _execute(self, script: str, *arguments: object) -> Any:
        return self.command("WebDriver:ExecuteScript", {"script": script, "args": list(arguments), "sandbox": "system"})

    def command(self, name: str, parameters: dict[str, object]) -> Any:
        """The answer to one command of the protocol.

        :raises MarionetteError: with what the program says of its error.
        """
        self._sent += 1
        message = json.dumps([0, self._sent, name, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise MarionetteError(f"{error['error']}: {error['message']}\n{error['stacktrace']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def _receive(self) -> Any:
        try:
            length = b""
            while (digit := self._answers.read(1)) != b":":
                if not digit:
                    raise MarionetteError("the program has ended")
                length += digit
            return json.loads(self._answers.read(int(length)))
        except TimeoutError:
            raise MarionetteError("the program does not answer any more") from None
