"""The active operations of a session, at most one of each kind, and their state between calls (PKCS#11 3.2, 5.1.6).

The class of an operation is its kind.
"""

from __future__ import annotations

from cryptolib.cryptoki.constants import (
    CKF_DECRYPT,
    CKF_DIGEST,
    CKF_ENCRYPT,
    CKF_FIND_OBJECTS,
    CKF_SIGN,
    CKF_SIGN_RECOVER,
    CKF_VERIFY,
    CKF_VERIFY_RECOVER,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_SIGNATURE_LEN_RANGE,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import PrivateKeyObject, PublicKeyObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeVar

    from cryptolib.cards.scheme import Scheme
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.hashes import Buffer, Hash, RunningHash
    from cryptolib.mechanisms.operation import Computation, Verifier
    from cryptolib.mechanisms.table import Mechanism
    from cryptolib.token.objects import TokenObject

    Kind = TypeVar("Kind", bound="Operation")

    class Keys(Protocol):
        """The part of a session that an operation needs: keys and mechanisms."""

        def key(self, handle: int) -> TokenObject: ...

        def decryption_key(self, handle: int) -> TokenObject: ...

        def mechanism(self, wanted: CkMechanism, usage: int, schemes: frozenset[Scheme] | None = None) -> Mechanism: ...


class Operation:
    """`begun` is set once a part of a multi-part input has been taken."""

    __slots__ = ("begun",)

    FLAG = 0
    """The CKF_ flag that stands for this kind, 0 where there is none."""

    def __init__(self) -> None:
        self.begun = False

    def require_unbegun(self) -> None:
        """Raises CKR_OPERATION_ACTIVE once Update was called: the single-part function must not end the operation
        then.
        """
        if self.begun:
            raise CryptokiError(CKR_OPERATION_ACTIVE)


class Operations:
    """The active operations of a session."""

    __slots__ = ("_under_way",)

    def __init__(self) -> None:
        self._under_way: dict[type[Operation], Operation] = {}

    def require_idle(self, kind: type[Operation]) -> None:
        """Raises CKR_OPERATION_ACTIVE if an operation of this kind is active."""
        if kind in self._under_way:
            raise CryptokiError(CKR_OPERATION_ACTIVE)

    def begin(self, operation: Operation) -> None:
        self._under_way[type(operation)] = operation

    def current(self, kind: type[Kind]) -> Kind:
        """The active operation of this kind. Raises CKR_OPERATION_NOT_INITIALIZED."""
        operation = self._under_way.get(kind)
        if not isinstance(operation, kind):
            raise CryptokiError(CKR_OPERATION_NOT_INITIALIZED)
        return operation

    def end(self, kind: type[Operation]) -> bool:
        """End the operation of this kind; True if there was one."""
        return self._under_way.pop(kind, None) is not None

    def cancel(self, flags: int) -> None:
        """End the operations of these CKF_ flags."""
        for kind in list(self._under_way):
            if kind.FLAG & flags:
                self.end(kind)


class Find(Operation):
    """A search. Its result is fixed when it begins."""

    __slots__ = ("_handles",)

    FLAG = CKF_FIND_OBJECTS

    def __init__(self, handles: list[int]) -> None:
        super().__init__()
        self._handles = handles

    def take(self, most: int) -> list[int]:
        """The next handles, at most `most`."""
        batch = self._handles[:most]
        del self._handles[: len(batch)]
        return batch


class CardUpdate(Operation):
    """C_StartUpdate to C_EndUpdate: an issuer's application keeps the card's transaction."""

    __slots__ = ()


class Digest(Operation):
    """A digest. After a length query of C_Digest, C_DigestFinal gives the digest of the data of that query."""

    __slots__ = ("_queried", "_running", "size")

    FLAG = CKF_DIGEST

    def __init__(self, function: Hash) -> None:
        super().__init__()
        self.size = function.size
        self._running = function.start()
        self._queried: RunningHash | None = None

    def query(self, data: Buffer) -> None:
        """Remember the `data` of a length query of C_Digest."""
        self._queried = self._running.copy()
        self._queried.update(data)

    def update(self, data: Buffer) -> None:
        self._running.update(data)
        self._queried = None

    def finish(self) -> bytes:
        return (self._queried or self._running).finalize()


class KeyOperation(Operation):
    """An operation of a mechanism with a key; `input` takes the data.

    `key` and `start` raise CryptokiError. They check in this order: the key's handle, the login, the key's class, the
    mechanism, its parameter.
    """

    __slots__ = ("input",)

    input: Computation | Verifier

    @classmethod
    def key(cls, session: Keys, handle: int) -> TokenObject:
        """The key object with this handle."""
        return session.key(handle)

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> KeyOperation:
        """The operation of the mechanism `wanted` with this key."""
        raise NotImplementedError


class Computing(KeyOperation):
    """An operation with a result, which `computation` gives at the end."""

    __slots__ = ("computation",)

    def __init__(self, computation: Computation) -> None:
        super().__init__()
        self.computation = self.input = computation


class Sign(Computing):
    __slots__ = ()

    FLAG = CKF_SIGN

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> Sign:
        private = _private(key)
        return cls(session.mechanism(wanted, cls.FLAG, private.schemes).signer(private, wanted))


class SignRecover(Sign):
    """Signs as `Sign` does: VerifyRecover opens the same signature."""

    __slots__ = ()

    FLAG = CKF_SIGN_RECOVER


class Decrypt(Computing):
    __slots__ = ()

    FLAG = CKF_DECRYPT

    @classmethod
    def key(cls, session: Keys, handle: int) -> TokenObject:
        return session.decryption_key(handle)

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> Decrypt:
        private = _private(key)
        return cls(session.mechanism(wanted, cls.FLAG, private.schemes).decryptor(private, wanted))


class Encrypt(Computing):
    __slots__ = ()

    FLAG = CKF_ENCRYPT

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> Encrypt:
        public = _public(key)
        mechanism = session.mechanism(wanted, cls.FLAG, public.schemes)
        return cls(mechanism.encryptor(public.numbers(), wanted))


class VerifyRecover(Computing):
    __slots__ = ()

    FLAG = CKF_VERIFY_RECOVER

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> VerifyRecover:
        public = _public(key)
        mechanism = session.mechanism(wanted, cls.FLAG, public.schemes)
        return cls(mechanism.recoverer(public.numbers(), wanted))


class Verify(KeyOperation):
    """Takes only signatures of `size` bytes, the length of the key's modulus."""

    __slots__ = ("_size", "_verifier")

    FLAG = CKF_VERIFY

    def __init__(self, verifier: Verifier, size: int) -> None:
        super().__init__()
        self._verifier = self.input = verifier
        self._size = size

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> Verify:
        public = _public(key)
        mechanism = session.mechanism(wanted, cls.FLAG, public.schemes)
        numbers = public.numbers()
        return cls(mechanism.verifier(numbers, wanted), numbers.size)

    def check_length(self, length: int) -> None:
        """Raises CKR_SIGNATURE_LEN_RANGE."""
        if length != self._size:
            raise CryptokiError(CKR_SIGNATURE_LEN_RANGE, f"{length} bytes for {self._size}")

    def finish(self, signature: bytes) -> None:
        """Raises CKR_SIGNATURE_INVALID."""
        self._verifier.finish(signature)


def _private(key: TokenObject) -> PrivateKeyObject:
    if not isinstance(key, PrivateKeyObject):
        raise CryptokiError(CKR_KEY_TYPE_INCONSISTENT)
    return key


def _public(key: TokenObject) -> PublicKeyObject:
    if not isinstance(key, PublicKeyObject):
        raise CryptokiError(CKR_KEY_TYPE_INCONSISTENT)
    return key
