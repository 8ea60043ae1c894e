"""What sign, encrypt and decrypt have in common: one or many parts in, one result out (PKCS#11 3.2, 5.1.6 and 5.2).

A length query and a buffer that is too short leave the operation as it is and the card alone; a NULL input as well.
Everything else that ends a call ends the operation.
"""

from __future__ import annotations

from cryptolib.abi.inputs import read_mechanism, view
from cryptolib.abi.library import provider
from cryptolib.abi.memory import Output, require
from cryptolib.cryptoki.constants import CKR_KEY_TYPE_INCONSISTENT, CKR_OPERATION_ACTIVE
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.table import require_usable
from cryptolib.token.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from cryptolib.abi.core import CData
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.table import Mechanism
    from cryptolib.token.objects import PrivateKeyObject, PublicKeyObject, TokenObject

    Key = TypeVar("Key", PrivateKeyObject, PublicKeyObject)


class Active:
    """An operation under way; `begun` once a part of a multi-part input has been taken."""

    __slots__ = ("begun", "operation")

    def __init__(self, operation: Any) -> None:
        self.operation = operation
        self.begun = False

    def require_unbegun(self) -> None:
        """The single-part function does not end what Update began: raises CKR_OPERATION_ACTIVE."""
        if self.begun:
            raise CryptokiError(CKR_OPERATION_ACTIVE)


def start(
    handle: int,
    kind: str,
    mechanism: CData,
    key: int,
    usage: int,
    key_class: type[Key],
    build: Callable[[Mechanism, Key, CkMechanism], Any],
    look_up: Callable[[Session, int], TokenObject] = Session.key,
) -> None:
    """An Init function with a key.

    What is looked at, in this order: the session, the key, the login, the key's class, the mechanism, its parameter.

    A NULL mechanism cancels the operation of this kind.
    """
    with provider().session(handle) as session:
        if not mechanism and session.operations.pop(kind, None) is not None:
            return
        session.require_idle(kind)
        item = look_up(session, key)
        wanted = read_mechanism(mechanism)
        if not isinstance(item, key_class):
            raise CryptokiError(CKR_KEY_TYPE_INCONSISTENT)
        mechanism = session.mechanism(wanted.type, usage)
        require_usable(mechanism, item.schemes, usage)
        mechanism.check_parameter(wanted)
        session.operations[kind] = Active(build(mechanism, item, wanted))


def single(handle: int, kind: str, data: CData, length: int, buffer: CData, buffer_length: CData) -> None:
    """The single-part function: input and result in one call."""
    with provider().session(handle) as session:
        active: Active = session.operation(kind)
        active.require_unbegun()
        require(data)
        output = Output(buffer, buffer_length)
        if output.ready(active.operation.output_size):
            del session.operations[kind]
            feed(active.operation, data, length)
            output.write(active.operation.finish())


def feed(operation: Any, data: CData, length: int) -> None:
    """Give it the caller's bytes, none of which are read if there are more than it takes."""
    operation.check_room(length)
    operation.update(view(data, length))


def update(handle: int, kind: str, data: CData, length: int) -> None:
    """One part of the input."""
    with provider().session(handle) as session:
        take(session, kind, data, length)


def take(session: Session, kind: str, data: CData, length: int) -> None:
    """Feed one part; an error of the operation itself ends it."""
    active: Active = session.operation(kind)
    if length:
        require(data)
    active.begun = True
    try:
        feed(active.operation, data, length)
    except BaseException:
        del session.operations[kind]
        raise


def cipher_update(handle: int, kind: str, data: CData, length: int, part: CData, part_length: CData) -> None:
    """One part of a cipher's input. RSA gives its whole result at the end, so each part of the output is empty."""
    with provider().session(handle) as session:
        session.operation(kind)
        if Output(part, part_length).ready(0):
            take(session, kind, data, length)


def final(handle: int, kind: str, buffer: CData, buffer_length: CData) -> None:
    """The end of a multi-part operation."""
    with provider().session(handle) as session:
        active: Active = session.operation(kind)
        output = Output(buffer, buffer_length)
        if output.ready(active.operation.output_size):
            del session.operations[kind]
            output.write(active.operation.finish())
