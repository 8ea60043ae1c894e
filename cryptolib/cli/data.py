"""`cps data get | put`: reads and writes CPS_DATA, the data object that the holder may fill."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pkcs11 import Attribute, ObjectClass

from cryptolib.cli.card_choice import one_card
from cryptolib.cli.cards import Card, card_in_use
from cryptolib.cli.codes.login import holder_session
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.files import unusable, write_new
from cryptolib.cli.options import DataGetOptions, DataPutOptions
from cryptolib.cli.severity import Severity

if TYPE_CHECKING:
    from pkcs11 import Object, Session

LABEL = "CPS_DATA"


def get(context: Context, options: DataGetOptions) -> Exit:
    """Read to a file or to standard output."""
    _, card = one_card(context, options.reader)
    value = _value(card)
    if options.file is not None:
        write_new(options.file, value)
        _report(context, "data.saved", path=options.file, size=len(value))
    elif context.json:
        context.output.json({"object": LABEL, "value": value.hex()})
    else:
        sys.stdout.buffer.write(value)
    return Exit.OK


def put(context: Context, options: DataPutOptions) -> Exit:
    """Check the size before asking for a code, write, then read again and compare."""
    _, card = one_card(context, options.reader)
    content, size = _content(options.file), len(_value(card))
    if len(content) > size:
        raise Failure("failure.too_large", Exit.REFUSED, given=len(content), size=size)
    with holder_session(context, card, options, rw=True) as session:
        _object(session)[Attribute.VALUE] = content
    if _value(card) != content.ljust(size, b"\0"):
        raise Failure("failure.not_written")
    _report(context, "data.written", size=len(content))
    return Exit.OK


def _value(card: Card) -> bytes:
    with card_in_use(), card.token.open() as session:
        return bytes(_object(session)[Attribute.VALUE])


def _object(session: Session) -> Object:
    # Read all results: an open search would block the session.
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: LABEL}))
    if not found:
        raise Failure("failure.no_data", label=LABEL)
    return found[0]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise unusable(file, error) from error


def _report(context: Context, key: str, **values: object) -> None:
    if context.json:
        context.output.json({"done": key, **{name: str(value) for name, value in values.items()}})
    else:
        context.output.line(context.text(key, **values), Severity.OK)
