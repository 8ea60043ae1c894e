"""What sign, encrypt and decrypt have in common: one or many parts in, one result out (PKCS#11 3.2, 5.1.6 and 5.2).

A length query and a buffer that is too short leave the operation as it is and the card alone; a NULL input as well.
Everything else that ends a call ends the operation.
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
    """An Init function with a key; a NULL mechanism cancels the operation of this kind."""
    with provider().session(handle) as session:
        if not mechanism and session.operations.end(kind):
            return
        session.operations.require_idle(kind)
        item = kind.key(session, key)
        session.operations.begin(kind.start(session, item, read_mechanism(mechanism)))


def single(handle: int, kind: type[Computing], data: CData, length: int, buffer: CData, buffer_length: CData) -> None:
    """The single-part function: input and result in one call."""
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
    """Give it the caller's bytes, none of which are read if there are more than it takes."""
    operation.input.check_room(length)
    operation.input.update(view(data, length))


def update(handle: int, kind: type[KeyOperation], data: CData, length: int) -> None:
    """One part of the input."""
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
    """One part of a cipher's input. RSA gives its whole result at the end, so each part of the output is empty."""
    with provider().session(handle) as session:
        session.operations.current(kind)
        if Output(part, part_length).ready(0):
            take(session, kind, data, length)


def final(handle: int, kind: type[Computing], buffer: CData, buffer_length: CData) -> None:
    """The end of a multi-part operation."""
    with provider().session(handle) as session:
        computation = session.operations.current(kind).computation
        output = Output(buffer, buffer_length)
        if output.ready(computation.output_size):
            session.operations.end(kind)
            output.write(computation.finish())
