"""The tree of the data objects in a record, with the names of known fields."""

from __future__ import annotations

from dataclasses import dataclass

from cryptolib.metier import tlv
from cryptolib.metier.layout import Layout
from cryptolib.metier.record import Record, Unknown


@dataclass(frozen=True, slots=True)
class NamedNode:
    """A data object; a primitive one has no children."""

    tag: int
    name: str | None
    """The attributes of the record that it fills, or the kind of the record; None if it is unknown."""
    inferred: bool
    """True if the meaning is concluded from other software or context, and not confirmed."""
    value: bytes
    children: tuple[NamedNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """The data objects of a value; `remaining` are the bytes that are none, without filler at the end."""

    nodes: tuple[NamedNode, ...]
    remaining: bytes


def tree(record: Record) -> Tree:
    """The whole value of the record as a tree; if the value was cut, the part that is left."""
    if isinstance(record, Unknown) or not record.raw.strip(b"\0\xff"):
        nodes, remaining = tlv.tree(record.raw)
        return Tree(named(nodes), remaining.rstrip(b"\0\xff"))
    tag, length, start = tlv.head(record.raw)
    content = record.raw[start : start + length]
    fields = named(tlv.tree(content)[0], record.layout)
    return Tree((NamedNode(tag, type(record).__name__, False, content, fields),), record.tail)


def named(nodes: tuple[tlv.Node, ...], layout: Layout = ()) -> tuple[NamedNode, ...]:
    """The nodes with the names of the fields of `layout`."""
    return tuple(_named(node, layout) for node in nodes)


def _named(node: tlv.Node, layout: Layout) -> NamedNode:
    field = next((field for field in layout if field.tag == node.tag), None)
    if field is None:
        return NamedNode(node.tag, None, False, node.value, named(node.children))
    children = named(node.children, field.parts)
    return NamedNode(node.tag, ", ".join(field.names), field.inferred, node.value, children)
