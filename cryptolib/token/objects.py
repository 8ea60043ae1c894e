"""The objects of a token: attributes by type, some of them read from the card on demand (PKCS#11 3.2, 4)."""

from __future__ import annotations

from cryptolib.cards import scheme
from cryptolib.cards.errors import WrongResult
from cryptolib.cryptoki.attributes import boolean, from_ulong, ulong
from cryptolib.cryptoki.constants import (
    CKA_CLASS,
    CKA_COPYABLE,
    CKA_DESTROYABLE,
    CKA_LABEL,
    CKA_MODIFIABLE,
    CKA_PRIVATE,
    CKA_SUBJECT,
    CKA_TOKEN,
    CKA_VALUE,
    CKO_CERTIFICATE,
    CKO_DATA,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_DEVICE_ERROR,
)
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias, TypeVar

    from cryptolib.cards.scheme import Scheme
    from cryptolib.mechanisms.operation import Proof, PublicKey
    from cryptolib.pkcs15.entries import Entry
    from cryptolib.token.card_files import CardFiles
    from cryptolib.token.contents import Contents

    Value: TypeAlias = bytes | Callable[[], bytes]
    T = TypeVar("T")

# The classes of objects on a CPS.
CLASSES = frozenset((CKO_DATA, CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY))
_CERTIFICATE = ulong(CKO_CERTIFICATE)


class TokenObject:
    """One object. A value that is read from the card on demand is a function."""

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
        """The bytes of the attribute. Raises CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, and errors of
        reading.
        """
        if attribute in self.sensitive:
            raise CryptokiError(CKR_ATTRIBUTE_SENSITIVE)
        value = self.attributes.get(attribute)
        if value is None:
            raise CryptokiError(CKR_ATTRIBUTE_TYPE_INVALID)
        return value if isinstance(value, bytes) else value()

    def length(self, attribute: int) -> int:
        """The length of the value in bytes; raises like `value`."""
        return len(self.value(attribute))

    def matches(self, template: dict[int, bytes]) -> bool:
        """True if the object has every attribute of `template` with that value; compares those that need the card
        last.
        """
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
    """True if the value on the card is `wanted`. False for a damaged one, so that a search goes on with other
    objects.
    """
    try:
        return read() == wanted
    except CryptokiError as error:
        if error.code != CKR_DEVICE_ERROR:
            raise
        return False


class DataObject(TokenObject):
    """A CKO_DATA object: the content of the file at `path`."""

    size: Callable[[], int] | None = None
    """Tells the length of the content for less than reading it costs; None where it is read once and kept."""

    def __init__(self, object_class: int, label: str, private: bool, modifiable: bool, path: bytes) -> None:
        super().__init__(object_class, label, private, modifiable)
        self.modifiable = modifiable
        self.path = path

    def length(self, attribute: int) -> int:
        return super().length(attribute) if attribute != CKA_VALUE or self.size is None else self.size()


class PublicKeyObject(TokenObject):
    """A CKO_PUBLIC_KEY object; `numbers` reads the key from the card."""

    def __init__(
        self, object_class: int, label: str, schemes: frozenset[Scheme], numbers: Callable[[], PublicKey]
    ) -> None:
        super().__init__(object_class, label, private=False)
        self.schemes = schemes
        self.numbers = numbers


class PrivateKeyObject(TokenObject):
    """A CKO_PRIVATE_KEY object; implements `PrivateKey` for the mechanisms."""

    def __init__(self, files: CardFiles, entry: Entry, schemes: frozenset[Scheme]) -> None:
        """`entry` may be out of date: each operation looks the key up in the current directory."""
        super().__init__(CKO_PRIVATE_KEY, entry.label, entry.private)
        self._files = files
        self._entry = entry
        self.schemes = schemes

    @property
    def size(self) -> int:
        """The length of the modulus in bytes."""
        return (self._files.modulus_bits(self._entry) + 7) // 8

    def known_public(self) -> PublicKey | None:
        return self._files.contents.known_public_half(self._entry)

    def public(self) -> PublicKey | None:
        """The public key, read from the card if necessary; None when the card holds none."""
        known = self.known_public()
        if known is not None:
            return known
        contents = self._files.contents
        with self._files.card_access:
            self._require_login()
            return contents.retry_key(lambda: contents.public_half(contents.key(self._entry)))

    def compute(self, how: Scheme, data: bytes, proof: Proof | None = None) -> bytes:
        """Run one operation on the card; needs the login if the key is private. Raises CryptokiError.

        If `proof` refuses the result, the public key may be wrong: read it again from the card and repeat the operation
        once.
        """
        contents = self._files.contents
        with self._files.card_access:
            self._require_login()
            return contents.retry_key(lambda: self._compute(contents, how, data, proof))

    def _require_login(self) -> None:
        if self.private:
            self._files.login.require_user()

    def _compute(self, contents: Contents, how: Scheme, data: bytes, proof: Proof | None) -> bytes:
        key = contents.key(self._entry)
        public = contents.public_half(key) if proof else None
        right = None if proof is None or public is None else _with(public, proof)
        result = self._files.card.compute(key.entry.key_reference, how, data, right)
        if not scheme.may_be(how, len(result), public.size if public else self.size):
            raise WrongResult(f"a result of {len(result)} bytes")
        if right is not None:
            contents.prove(key)
        return result


def _with(public: PublicKey, proof: Proof) -> Callable[[bytes], bool]:
    return lambda result: proof(public, result)


def search(template: dict[int, bytes], objects: Callable[[], list[TokenObject]]) -> list[int]:
    """Handles of the `objects` that match (PKCS#11 3.2, 5.7.6).

    Calls `objects` only for a class that a CPS can hold.
    """
    wanted = template.get(CKA_CLASS)
    if wanted is not None and from_ulong(wanted) not in CLASSES:
        return []
    if set(template) == {CKA_VALUE}:
        # A browser looks up its certificate by CKA_VALUE alone. Comparing data objects would read each from the card in
        # vain.
        template = {CKA_CLASS: _CERTIFICATE} | template
    found = [item for item in objects() if item.matches(template)]
    if set(template) == {CKA_SUBJECT}:
        # Keys have a CKA_SUBJECT too, but an application that gives only that wants the certificate, and may take the
        # first.
        found.sort(key=lambda item: item.object_class != CKO_CERTIFICATE)
    return [item.handle for item in found]
