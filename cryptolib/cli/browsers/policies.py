"""The machine-wide policies of Firefox and Thunderbird; changes only the entry of the module."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptolib.cli.browsers import configuration_files
from cryptolib.cli.browsers.target import Program, State, TargetFailed, free_name, is_ours, state_of

_DEVICES = "SecurityDevices"


@dataclass(frozen=True, slots=True)
class Policy:
    program: Program
    path: Path

    def state(self, module: Path) -> State:
        ours = [library for library in _entries(self._read()).values() if is_ours(library)]
        return state_of(ours[0] if ours else None, module)

    def libraries(self) -> list[str]:
        """The libraries of all registered modules, as written. Raises TargetFailed."""
        return [library for library in _entries(self._read()).values() if isinstance(library, str)]

    def in_use(self) -> bool:
        """Never: a program reads its policies when it starts."""
        return False

    def register(self, module: Path) -> None:
        self._write(with_module(self._read(), module))

    def unregister(self) -> None:
        self._write(without_module(self._read()))

    def _read(self) -> dict[str, Any]:
        text = configuration_files.read(self.path)
        try:
            document = json.loads(text) if text.strip() else {}
        except json.JSONDecodeError as error:
            raise TargetFailed(f"{self.path}: {error}") from error
        if not isinstance(document, dict) or not isinstance(document.get("policies", {}), dict):
            raise TargetFailed(f"{self.path}: JSON")
        return document

    def _write(self, document: dict[str, Any]) -> None:
        if document:
            configuration_files.write(self.path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        else:
            configuration_files.remove(self.path)


def with_module(document: dict[str, Any], module: Path) -> dict[str, Any]:
    """The policies with our module among the security devices, in the form that they already use."""
    document = without_module(document)
    policies = dict(document.get("policies", {}))
    devices = dict(policies.get(_DEVICES, {}))
    if devices and not devices.keys() & {"Add", "Delete"}:
        # The older form: with one `Add` Firefox would ignore all its entries.
        devices[free_name(devices)] = str(module)
    else:
        added = dict(devices.get("Add", {}))
        added[free_name(added)] = str(module)
        devices["Add"] = added
    return {**document, "policies": {**policies, _DEVICES: devices}}


def without_module(document: dict[str, Any]) -> dict[str, Any]:
    """The policies without our module, and without entries that are empty then."""
    policies = dict(document.get("policies", {}))
    devices = dict(policies.get(_DEVICES, {}))
    if not any(is_ours(library) for library in _entries(document).values()):
        return document
    if "Add" in devices:
        devices["Add"] = _others(devices["Add"])
    devices = {key: value for key, value in _others(devices).items() if value or key != "Add"}
    policies = {**policies, _DEVICES: devices} if devices else _without(policies, _DEVICES)
    return {**document, "policies": policies} if policies else _without(document, "policies")


def _entries(document: dict[str, Any]) -> dict[str, Any]:
    """Name and library of the modules, in either form."""
    devices = document.get("policies", {}).get(_DEVICES, {})
    return {**{name: value for name, value in devices.items() if isinstance(value, str)}, **devices.get("Add", {})}


def _others(entries: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if not is_ours(value)}


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}
