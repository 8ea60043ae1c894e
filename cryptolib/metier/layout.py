"""Layouts: which fields an object has, and the conversion between its bytes and the attributes of its record.

Fields that are not understood are kept as `rest`: an unknown tag, an invalid value, a tag that is there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cryptolib.metier.tlv import Tlv, read_all, write


@dataclass(frozen=True, slots=True)
class Codec:
    """The format of a value: `read` gives one value for each attribute, and raises ValueError for an invalid one."""

    read: Callable[[bytes], tuple[Any, ...]]
    write: Callable[..., bytes]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its tag, the names of its attributes, its format."""

    tag: int
    names: tuple[str, ...]
    codec: Codec
    repeated: bool = False
    """True if it may be there several times; its one attribute is a tuple then."""
    inferred: bool = False
    """True if the meaning is concluded from other software or context, and not confirmed."""
    parts: tuple[Field, ...] = ()
    """The layout of the fields inside it."""


Layout = tuple[Field, ...]


def single(read: Callable[[bytes], Any], write: Callable[[Any], bytes]) -> Codec:
    """The format of a single value."""
    return Codec(lambda value: (read(value),), write)


def read_fields(layout: Layout, content: bytes) -> dict[str, Any]:
    """The attributes of a record: the fields of the layout that are there, `rest` and `tail`."""
    items, tail = read_all(content)
    values: dict[str, Any] = {}
    repeated: dict[str, list[Any]] = {}
    rest = []
    for item, field, understood in _understood(layout, items):
        if field is None:
            rest.append(item)
        elif field.repeated:
            repeated.setdefault(field.names[0], []).extend(understood)
        else:
            values |= dict(zip(field.names, understood, strict=True))
    values |= {name: tuple(found) for name, found in repeated.items()}
    return {**values, "rest": tuple(rest), "tail": tail.rstrip(b"\0")}


def write_fields(layout: Layout, record: Any, content: bytes) -> bytes:
    """The fields of a record that was read from `content` and then changed; unchanged fields keep their bytes.

    Raises ValueError when a field cannot hold its value.
    """
    written: list[Tlv] = []
    done: set[int] = set()
    rest = list(record.rest)
    for item, field, understood in _understood(layout, read_all(content)[0]):
        if field is None:
            if item in rest:
                rest.remove(item)
                written.append(item)
        elif field.tag not in done:
            done.add(field.tag)
            same = not field.repeated and _values(field, record) == understood
            written += [item] if same else _write(field, record)
    written += [item for field in layout if field.tag not in done for item in _write(field, record)]
    return b"".join(item.raw for item in (*written, *rest))


def _understood(layout: Layout, items: Iterable[Tlv]) -> list[tuple[Tlv, Field | None, tuple[Any, ...]]]:
    """Each data object with its field and the values of the field; the field is None if it is not understood."""
    result: list[tuple[Tlv, Field | None, tuple[Any, ...]]] = []
    expected = {field.tag: field for field in layout}
    for item in items:
        field = expected.get(item.tag)
        values: tuple[Any, ...] = ()
        if field is not None:
            try:
                values = field.codec.read(item.value)
            except ValueError:
                field = None
            else:
                if not field.repeated:
                    del expected[item.tag]
        result.append((item, field, values))
    return result


def _values(field: Field, record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in field.names)


def _write(field: Field, record: Any) -> list[Tlv]:
    values = _values(field, record)
    if field.repeated:
        return [write(field.tag, field.codec.write(value)) for value in values[0]]
    if all(value is None for value in values):
        return []
    value = field.codec.write(*values)
    if field.codec.read(value) != values:
        raise ValueError(f"field {field.tag:02X} cannot hold this {' and '.join(field.names)}")
    return [write(field.tag, value)]
