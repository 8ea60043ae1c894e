"""Runs Debian's PC/SC tools in a rig, and reads the virtual card's log of events."""

import subprocess

from conformance.testbed.rig import Rig


def tool(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["opensc-tool", *arguments], env=rig.env, capture_output=True, text=True, timeout=30)


def atr(rig: Rig, reader: int = 0) -> str:
    return tool(rig, "--reader", str(reader), "--atr").stdout.strip().replace(":", "").upper()


def send(rig: Rig, command: str) -> str:
    return tool(rig, "--reader", "0", "--card-driver", "default", "--send-apdu", command).stdout


def listed(rig: Rig) -> list[str]:
    """``Yes`` or ``No`` for a card, per reader."""
    return [line.split()[1] for line in tool(rig, "--list-readers").stdout.splitlines() if line[:1].isdigit()]


def events(rig: Rig) -> list[str]:
    """The events of the card, without its commands."""
    lines = rig.log_file.read_text().splitlines()
    return [line.split(maxsplit=2)[2] for line in lines if line.startswith("#")]
