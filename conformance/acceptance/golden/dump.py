"""All that PKCS#11 shows of one card, and the text in which it is kept: one fact a line."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.testbed.attributes import mechanism_name, written
from conformance.testbed.cryptoki import CKA, CKM, CKR

Answers = dict[CKA, bytes | CKR]


@dataclass(slots=True)
class Dump:
    """`slot` and `token` by field name; a text field is bytes with its padding. `objects` by handle, in their order."""

    card: str
    slot: dict[str, int | bytes]
    token: dict[str, int | bytes]
    mechanisms: dict[CKM | int, tuple[int, int, int]]
    """Smallest key, largest key, flags; in the order of C_GetMechanismList."""
    before_login: list[int]
    after_login: list[int]
    objects: dict[int, Answers] = field(default_factory=dict)

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"# What PKCS#11 tells of the {self.card}; made by python -m conformance.acceptance.golden.expected"
        yield ""
        for name, value in self.slot.items():
            yield f"slot {name} = {_field(value)}"
        yield ""
        for name, value in self.token.items():
            yield f"token {name} = {_field(value)}"
        yield ""
        for mechanism, (smallest, largest, flags) in self.mechanisms.items():
            yield f"mechanism {mechanism_name(mechanism)} = {smallest} {largest} {flags:#07x}"
        yield ""
        yield f"objects before login = {_handles(self.before_login)}"
        yield f"objects after login = {_handles(self.after_login)}"
        for handle, answers in self.objects.items():
            yield ""
            for kind, value in answers.items():
                yield f"object {handle} CKA_{kind.name} = {written(kind, value)}"


def _field(value: int | bytes) -> str:
    if isinstance(value, int):
        return f"{value:#x}"
    return value.hex().upper() if not value.strip(b"\0") else f'"{value.decode()}"'


def _handles(handles: list[int]) -> str:
    return " ".join(map(str, handles)) or "none"
