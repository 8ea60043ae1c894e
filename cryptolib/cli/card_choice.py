"""Chooses the card that a command uses: the only one, or the one in the reader that the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptolib.cli.cards import Card, ModuleFailed, Reader, ReaderState, card_in_use, load, readers
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.module import registered_path

if TYPE_CHECKING:
    from pkcs11 import _pkcs11

# The reasons why no card can be used, the most specific first.
_IN_THE_WAY = (
    (ReaderState.BUSY, "failure.busy", Exit.BUSY),
    (ReaderState.UPDATE_FAILED, "failure.update_failed", Exit.FAILURE),
    (ReaderState.SILENT, "failure.service_silent", Exit.NO_CARD),
    (ReaderState.FAULT, "failure.card", Exit.NO_CARD),
)


def cards(context: Context, name: str | None) -> list[tuple[Reader, Card]]:
    """Every CPS card, or the one in the named reader. Raises Failure when there is none."""
    with context.output.working(context.text("working.reading")), card_in_use():
        found = readers(library())
    chosen = [(each, each.card) for each in found if each.card is not None and is_named(each, name)]
    if not chosen:
        raise _no_card(context, found, name)
    return chosen


def is_named(reader: Reader, name: str | None) -> bool:
    """True if `name` is a part of the reader's name, in any case; always true without one."""
    return (name or "").casefold() in reader.name.casefold()


def one_card(context: Context, name: str | None) -> tuple[Reader, Card]:
    """The only CPS card. Raises Failure when there are several: the user must name the reader."""
    found = cards(context, name)
    if len(found) > 1:
        raise Failure("failure.several", Exit.USAGE, readers=", ".join(reader.name for reader, _ in found))
    return found[0]


def library() -> _pkcs11.lib:
    """The module of this installation. Raises Failure when it does not start."""
    module = registered_path()
    try:
        return load(module)
    except ModuleFailed as error:
        raise Failure("status.module_failed", path=module, detail=error) from error


def no_reader() -> Failure:
    """The reason why there is no reader: the PC/SC service, else none is plugged in."""
    from cryptolib.cli.pcsc_service import Service, service

    keys = {
        Service.RUNNING: "status.no_reader",
        Service.STOPPED: "failure.service_stopped",
        Service.SILENT: "failure.service_silent",
        Service.FORBIDDEN: "failure.service_forbidden",
    }
    return Failure(keys[service()], Exit.NO_CARD)


def _no_card(context: Context, readers: list[Reader], name: str | None) -> Failure:
    if not readers:
        return no_reader()
    found = [each for each in readers if is_named(each, name)]
    if not found:
        return Failure("failure.no_such_reader", Exit.NO_CARD, name=name)
    for state, key, code in _IN_THE_WAY:
        if seen := next((each for each in found if each.state is state), None):
            return Failure(key, code, detail=seen.fault)
    states = [
        context.text("reader.state", name=each.name, state=context.text(f"reader.{each.state}", detail=each.fault))
        for each in found
    ]
    return Failure("failure.no_card", Exit.NO_CARD, readers=" ; ".join(states))
