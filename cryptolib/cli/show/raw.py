"""The raw objects of a card: each data object with its bytes and, if known, its name."""

from __future__ import annotations

from collections.abc import Iterator

from cryptolib.cli.messages.language import Messages
from cryptolib.metier.record import Record
from cryptolib.metier.tree import NamedNode, tree

_INDENT = "  "


def raw_lines(record: Record, messages: Messages) -> Iterator[str]:
    """The label and size, then a line for each data object, indented by level."""
    yield messages.text("raw.object", label=record.label, size=len(record.raw))
    whole = tree(record)
    for node in whole.nodes:
        yield from _node(node, messages, 1)
    if whole.remaining:
        yield _INDENT + messages.text("raw.remaining", value=_hexadecimal(whole.remaining))
    if record.missing:
        yield _INDENT + messages.text("raw.missing", count=record.missing)


def _node(node: NamedNode, messages: Messages, depth: int) -> Iterator[str]:
    name = node.name or messages.text("raw.unknown")
    if node.inferred:
        name = messages.text("raw.inferred", name=name)
    start = f"{_INDENT * depth}{node.tag:02X} {name}"
    if node.children:
        yield start
        for child in node.children:
            yield from _node(child, messages, depth + 1)
    else:
        yield f"{start}: {_hexadecimal(node.value)}{_as_text(node.value)}"


def _hexadecimal(value: bytes) -> str:
    return value.hex(" ").upper()


def _as_text(value: bytes) -> str:
    """The bytes as text if all of it is printable, else empty."""
    text = value.decode("ascii", "replace")
    return f'  "{text}"' if len(value) > 1 and text.isascii() and text.isprintable() else ""
