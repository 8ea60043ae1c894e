"""The Init, single-part, Update and Final functions that sign, encrypt and decrypt share (PKCS#11 3.2, 5.1.6 and 5.2).

A length query, a short buffer and a NULL input leave the operation active and send the card nothing. Every other error
ends the operation.
"""

from __future__ import annotations

from cryptolib.abi.inputs import read_mechanism, view
from cryptolib.abi.library import provider
from cryptolib.abi.memory import Output, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.token.operations import Computing, KeyOperation
    from cryptolib.token.session import Session


def start(handle: int, kind: type[KeyOperation], mechanism: CData, key: int) -> None:
    """Init with a key; a NULL mechanism cancels the operation of this kind."""
    with provider().session(handle) as session:
        if not mechanism and session.operations.end(kind):
            return
        session.operations.require_idle(kind)
        item = kind.key(session, key)
        session.operations.begin(kind.start(session, item, read_mechanism(mechanism)))


def single(handle: int, kind: type[Computing], data: CData, length: int, buffer: CData, buffer_length: CData) -> None:
    """Take the input and give the result in one call."""
    with provider().session(handle) as session:
        operation = session.operations.current(kind)
        operation.require_unbegun()
        require(data)
        output = Output(buffer, buffer_length)
        if output.ready(operation.computation.output_size):
            session.operations.end(kind)
            feed(operation, data, length)
            output.write(operation.computation.finish())


def feed(operation: KeyOperation, data: CData, length: int) -> None:
    """Feed the caller's bytes; reads none of them if they are more than the operation takes."""
    operation.input.check_room(length)
    operation.input.update(view(data, length))


def update(handle: int, kind: type[KeyOperation], data: CData, length: int) -> None:
    """Take one part of the input."""
    with provider().session(handle) as session:
        take(session, kind, data, length)


def take(session: Session, kind: type[KeyOperation], data: CData, length: int) -> None:
    """Feed one part; an error of the operation itself ends it."""
    operation = session.operations.current(kind)
    if length:
        require(data)
    operation.begun = True
    try:
        feed(operation, data, length)
    except BaseException:
        session.operations.end(kind)
        raise


def cipher_update(
    handle: int, kind: type[KeyOperation], data: CData, length: int, part: CData, part_length: CData
) -> None:
    """Take one part of a cipher's input. RSA gives its result at the end, so the output of each part is empty."""
    with provider().session(handle) as session:
        session.operations.current(kind)
        if Output(part, part_length).ready(0):
            take(session, kind, data, length)


def final(handle: int, kind: type[Computing], buffer: CData, buffer_length: CData) -> None:
    """End a multi-part operation and give its result."""
    with provider().session(handle) as session:
        computation = session.operations.current(kind).computation
        output = Output(buffer, buffer_length)
        if output.ready(computation.output_size):
            session.operations.end(kind)
            output.write(computation.finish())
