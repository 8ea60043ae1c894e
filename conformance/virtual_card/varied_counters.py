"""Cards that give the tries left in another form, or not at all.

IAS ECC 1.0.1 (attributes of a PIN object); ISO/IEC 7816-4:2020, clause 11.6.6 (VERIFY without data).
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card.apdu import Command, Response, StatusError
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.tlv import parse, tlv

_GET_DATA, _VERIFY = 0xCB, 0x20
_ATTRIBUTES, _MAXIMUM, _LEFT = 0xA0, 0x9A, 0x9B
_UNKNOWN = bytes.fromhex("9E01AA DF2102 0102 C000")
_CHANGES = {
    "without-maximum": {_MAXIMUM: b""},
    "without-left": {_LEFT: b""},
    "without-both": {_MAXIMUM: b"", _LEFT: b""},
    "empty": {_MAXIMUM: tlv(_MAXIMUM), _LEFT: tlv(_LEFT)},
    "unknown-tags": {},
}
_TEMPLATES: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda attributes: attributes,
    "nested": lambda attributes: tlv(0x6E, tlv(0x62, tlv(0xA2, attributes))),
}


def counters(card: VirtualCard, argument: str) -> None:
    """``without-maximum``, ``without-left``, ``without-both``, ``empty``, ``unknown-tags``, or a refusal: ``6A88``.

    ``bare`` leaves out the templates around the attributes; ``nested`` uses others.
    """
    if argument in _TEMPLATES:
        _wrap(card, _TEMPLATES[argument])
    elif argument in _CHANGES:
        _rewrite(card, _CHANGES[argument], _UNKNOWN if argument == "unknown-tags" else b"")
    else:
        _refuse(card, int(argument, 16))


def _wrap(card: VirtualCard, change: Callable[[bytes], bytes]) -> None:
    original = card.chip.handlers.get(_GET_DATA)
    if original is None:
        raise ValueError("this card gives its tries by a status word")

    def handler(command: Command) -> Response:
        ((_outer, whole),) = parse(original(command).data)
        ((_name, content),) = parse(whole)
        ((_attributes, attributes),) = parse(content)
        return Response(change(attributes))

    card.chip.handlers[_GET_DATA] = handler


def _rewrite(card: VirtualCard, changes: dict[int, bytes], added: bytes) -> None:
    original = card.chip.handlers.get(_GET_DATA)
    if original is None:
        raise ValueError("this card gives its tries by a status word")

    def attributes(value: bytes) -> bytes:
        return added + b"".join(changes.get(tag, tlv(tag, content)) for tag, content in parse(value)) + added

    def handler(command: Command) -> Response:
        ((outer, whole),) = parse(original(command).data)
        ((name, content),) = parse(whole)
        parts = [tlv(tag, attributes(value) if tag == _ATTRIBUTES else value) for tag, value in parse(content)]
        return Response(tlv(outer, tlv(name, *parts)))

    card.chip.handlers[_GET_DATA] = handler


def _refuse(card: VirtualCard, sw: int) -> None:
    ins = _GET_DATA if _GET_DATA in card.chip.handlers else _VERIFY
    right = card.chip.handlers[ins]

    def handler(command: Command) -> Response:
        if ins == _VERIFY and command.data:
            return right(command)
        raise StatusError(sw)

    card.chip.handlers[ins] = handler
