"""Command and response APDUs (ISO/IEC 7816-4:2020, 5.2), short form."""

from __future__ import annotations

MAX_SHORT_DATA = 255
MAX_SHORT_ANSWER = 256


class Command:
    """A command: header, data of any length (the channel chains) and `le`, 0 to 256 or None for no answer.

    If the answer is fetched in parts (T=0), `enough` limits how many bytes are fetched; 0 fetches all. `named` is the
    length that the card gave in place of `le` when the command was last sent, 0 if it took `le`.
    """

    __slots__ = ("cla", "data", "enough", "ins", "le", "name", "named", "p1", "p2")

    def __init__(
        self, name: str, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None, cla: int = 0
    ) -> None:
        self.enough = 0
        self.named = 0
        self.name = name
        self.cla = cla
        self.ins = ins
        self.p1 = p1
        self.p2 = p2
        self.data = data
        self.le = le

    def __repr__(self) -> str:
        return f"{self.name} {self.cla:02X}{self.ins:02X}{self.p1:02X}{self.p2:02X}"


def encode(cla: int, command: Command, data: bytes, le: int | None) -> bytes:
    """One short APDU: at most 255 bytes of data; Le 256 is written as 00."""
    head = bytes((cla, command.ins, command.p1, command.p2))
    body = bytes((len(data),)) + data if data else b""
    tail = b"" if le is None else bytes((le & 0xFF,))
    return head + body + tail
