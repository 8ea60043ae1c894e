"""The objects of a card as they stand on it: every data object with its bytes, and the name of what is known."""

from __future__ import annotations

from collections.abc import Iterator

from cryptolib.cli.messages.language import Messages
from cryptolib.metier.record import Record
from cryptolib.metier.tree import NamedNode, tree

_INDENT = "  "


def raw_lines(record: Record, messages: Messages) -> Iterator[str]:
    """The label and size, then one line for each data object, those inside it indented."""
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
    """The text that the bytes may be: that helps who reads them, and is only shown where every one is printable."""
    text = value.decode("ascii", "replace")
    return f'  "{text}"' if len(value) > 1 and text.isascii() and text.isprintable() else ""
