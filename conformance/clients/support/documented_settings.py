"""Configuration files as docs/clients shows them, with the module under test in place of an installed one."""

from __future__ import annotations

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.testbed.documented_commands import blocks

_INSTALLED = "/usr/lib/x86_64-linux-gnu/libcryptolib_cps.so"


def settings(environment: ClientEnvironment, heading: str, document: str) -> list[str]:
    """The configuration files of a section, in their order."""
    return [with_module(environment, block) for block in blocks(heading, "text", document)]


def with_module(environment: ClientEnvironment, text: str) -> str:
    """The text with the path of the module under test in place of the installed one."""
    return text.replace(_INSTALLED, environment.module)
