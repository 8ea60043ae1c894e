"""The operations of a session, one of each kind at most, and what each holds between two calls (PKCS#11 3.2, 5.1.6).

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
    from cryptolib.mechanisms.hashes import Buffer, Hash, Running
    from cryptolib.mechanisms.operation import Computation, Verifier
    from cryptolib.mechanisms.table import Mechanism
    from cryptolib.token.objects import TokenObject

    Kind = TypeVar("Kind", bound="Operation")

    class Keys(Protocol):
        """What a session has for an operation: its key and its mechanism."""

        def key(self, handle: int) -> TokenObject: ...

        def decryption_key(self, handle: int) -> TokenObject: ...

        def mechanism(self, wanted: CkMechanism, usage: int, schemes: frozenset[Scheme] | None = None) -> Mechanism: ...


class Operation:
    """`begun` once a part of a multi-part input has been taken."""

    __slots__ = ("begun",)

    FLAG = 0
    """The CKF_ flag that stands for this kind, 0 where there is none."""

    def __init__(self) -> None:
        self.begun = False

    def require_unbegun(self) -> None:
        """The single-part function does not end what Update began: raises CKR_OPERATION_ACTIVE."""
        if self.begun:
            raise CryptokiError(CKR_OPERATION_ACTIVE)


class Operations:
    """What a session has under way."""

    __slots__ = ("_under_way",)

    def __init__(self) -> None:
        self._under_way: dict[type[Operation], Operation] = {}

    def require_idle(self, kind: type[Operation]) -> None:
        """Raises CKR_OPERATION_ACTIVE while an operation of this kind is under way."""
        if kind in self._under_way:
            raise CryptokiError(CKR_OPERATION_ACTIVE)

    def begin(self, operation: Operation) -> None:
        self._under_way[type(operation)] = operation

    def current(self, kind: type[Kind]) -> Kind:
        """The operation of this kind. Raises CKR_OPERATION_NOT_INITIALIZED."""
        operation = self._under_way.get(kind)
        if not isinstance(operation, kind):
            raise CryptokiError(CKR_OPERATION_NOT_INITIALIZED)
        return operation

    def end(self, kind: type[Operation]) -> bool:
        """Whether there was one to end."""
        return self._under_way.pop(kind, None) is not None

    def cancel(self, flags: int) -> None:
        """End the operations that these CKF_ flags stand for."""
        for kind in list(self._under_way):
            if kind.FLAG & flags:
                self.end(kind)


class Find(Operation):
    """A search; what it found was found when it began."""

    __slots__ = ("_handles",)

    FLAG = CKF_FIND_OBJECTS

    def __init__(self, handles: list[int]) -> None:
        super().__init__()
        self._handles = handles

    def take(self, most: int) -> list[int]:
        """The next handles, each of them once."""
        batch = self._handles[:most]
        del self._handles[: len(batch)]
        return batch


class CardUpdate(Operation):
    """An issuer's application has the card to itself between C_StartUpdate and C_EndUpdate."""

    __slots__ = ()


class Digest(Operation):
    """A digest; after a length query of C_Digest, C_DigestFinal gives that of the data which the query named."""

    __slots__ = ("_queried", "_running", "size")

    FLAG = CKF_DIGEST

    def __init__(self, function: Hash) -> None:
        super().__init__()
        self.size = function.size
        self._running = function.start()
        self._queried: Running | None = None

    def query(self, data: Buffer) -> None:
        """C_Digest has been asked for the length of the digest of `data`."""
        self._queried = self._running.copy()
        self._queried.update(data)

    def update(self, data: Buffer) -> None:
        self._running.update(data)
        self._queried = None

    def finish(self) -> bytes:
        return (self._queried or self._running).finalize()


class KeyOperation(Operation):
    """An operation of a mechanism with a key; `input` is what takes the data.

    `key` and `begin` raise CryptokiError. What they look at, in this order: the key's handle, the login, the key's
    class, the mechanism, its parameter.
    """

    __slots__ = ("input",)

    input: Computation | Verifier

    @classmethod
    def key(cls, session: Keys, handle: int) -> TokenObject:
        """The object that is to be the key."""
        return session.key(handle)

    @classmethod
    def start(cls, session: Keys, key: TokenObject, wanted: CkMechanism) -> KeyOperation:
        """The operation of the mechanism `wanted` with this key."""
        raise NotImplementedError


class Computing(KeyOperation):
    """An operation with a result: that of `computation`, at the end."""

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
    """The signature that VerifyRecover opens is the one that Sign makes of the same data."""

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
    """Takes a signature of its key's length, `size` bytes, and looks at no other."""

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
