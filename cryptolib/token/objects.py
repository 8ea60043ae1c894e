"""The objects of a token: attributes by type, some of them known only once the card has been read (PKCS#11 3.2, 4)."""

from __future__ import annotations

from cryptolib.cryptoki.attributes import boolean, ulong
from cryptolib.cryptoki.constants import (
    CKA_CLASS,
    CKA_COPYABLE,
    CKA_DESTROYABLE,
    CKA_LABEL,
    CKA_MODIFIABLE,
    CKA_PRIVATE,
    CKA_TOKEN,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_DEVICE_ERROR,
)
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from cryptolib.cards.scheme import Scheme
    from cryptolib.mechanisms.operation import PublicKey
    from cryptolib.token.token import Token

    Value: TypeAlias = bytes | Callable[[], bytes]


class TokenObject:
    """One object. A value that must be read from the card is a function, called when somebody asks for it."""

    sensitive: frozenset[int] = frozenset()

    def __init__(self, object_class: int, label: str, private: bool, modifiable: bool = False) -> None:
        self.handle = 0
        self.object_class = object_class
        self.label = label
        self.private = private
        self.attributes: dict[int, Value] = {
            CKA_CLASS: ulong(object_class),
            CKA_TOKEN: boolean(True),
            CKA_PRIVATE: boolean(private),
            CKA_MODIFIABLE: boolean(modifiable),
            CKA_COPYABLE: boolean(False),
            CKA_DESTROYABLE: boolean(False),
            CKA_LABEL: label.encode(),
        }

    def value(self, attribute: int) -> bytes:
        """The attribute's bytes. Raises CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID and what reading raises."""
        if attribute in self.sensitive:
            raise CryptokiError(CKR_ATTRIBUTE_SENSITIVE)
        value = self.attributes.get(attribute)
        if value is None:
            raise CryptokiError(CKR_ATTRIBUTE_TYPE_INVALID)
        return value if isinstance(value, bytes) else value()

    def matches(self, template: dict[int, bytes]) -> bool:
        """Whether every attribute of `template` is here with that value; what needs the card is compared last."""
        later = []
        for attribute, wanted in template.items():
            value = None if attribute in self.sensitive else self.attributes.get(attribute)
            if value is None:
                return False
            if not isinstance(value, bytes):
                later.append((value, wanted))
            elif value != wanted:
                return False
        return all(_reads_as(wanted, read) for read, wanted in later)


def _reads_as(wanted: bytes, read: Callable[[], bytes]) -> bool:
    """Whether a value on the card is `wanted`; one that is damaged is not, and no other object has to suffer for it."""
    try:
        return read() == wanted
    except CryptokiError as error:
        if error.code != CKR_DEVICE_ERROR:
            raise
        return False


class DataObject(TokenObject):
    """A CKO_DATA object: the content of the file at `path`."""

    def __init__(self, object_class: int, label: str, private: bool, modifiable: bool, path: bytes) -> None:
        super().__init__(object_class, label, private, modifiable)
        self.modifiable = modifiable
        self.path = path


class PublicKeyObject(TokenObject):
    """A CKO_PUBLIC_KEY object; `numbers` reads the key from the card at the first use."""

    def __init__(
        self, object_class: int, label: str, schemes: frozenset[Scheme], numbers: Callable[[], PublicKey]
    ) -> None:
        super().__init__(object_class, label, private=False)
        self.schemes = schemes
        self.numbers = numbers


class PrivateKeyObject(TokenObject):
    """A CKO_PRIVATE_KEY object; `reference` is the card's number for it, `size` the modulus' length in bytes.

    Also the `PrivateKey` that mechanisms work with.
    """

    def __init__(self, token: Token, object_class: int, label: str, private: bool, reference: int) -> None:
        super().__init__(object_class, label, private)
        self._token = token
        self._reference = reference
        self.size = 0
        self.schemes: frozenset[Scheme] = frozenset()
        self.known_numbers: Callable[[], PublicKey | None] = lambda: None

    def compute(self, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None = None) -> bytes:
        """One operation on the card, for a logged-in user where the key is private. Raises CryptokiError."""
        return self._token.on_card(lambda: self._compute(how, data, proof))

    def known_public(self) -> PublicKey | None:
        return self.known_numbers()

    def _compute(self, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        if self.private:
            self._token.login.require_user()
        return self._token.card.compute(self._reference, how, data, proof)
