"""Reads and writes the files behind the objects of a token, in a transaction and with the login that they need."""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_DEVICE_ERROR
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.card import Card
    from cryptolib.mechanisms.operation import PublicKey
    from cryptolib.pkcs15.entries import Entry
    from cryptolib.token.card_access import CardAccess
    from cryptolib.token.certificate import Certificate
    from cryptolib.token.contents import Contents
    from cryptolib.token.login import Login
    from cryptolib.token.modifiable import ModifiableFiles


class CardFiles:
    """Any thread may call it. Every method turns faults of the card and the reader into CryptokiError."""

    def __init__(
        self, card: Card, contents: Contents, modifiable: ModifiableFiles, login: Login, card_access: CardAccess
    ) -> None:
        self.card = card
        self.contents = contents
        self.login = login
        self.card_access = card_access
        self._modifiable = modifiable
        self._private: dict[bytes, bytes] = {}

    def forget_private(self) -> None:
        """Drop what only the logged-in holder may read."""
        self._private.clear()

    def read(self, path: bytes, private: bool, modifiable: bool) -> bytes:
        """The content of a data object's file. Content that is public and not modifiable is read once."""
        known = self._private if private else self.contents.plain
        content = known.get(path)
        if content is None:
            with self.card_access:
                content = self.contents.retry(lambda: self._read(path, private, modifiable))
            if not modifiable:
                known[path] = content
        return content

    def replace(self, path: bytes, content: bytes) -> None:
        """Write a data object's file, padded with zeros to its size."""
        with self.card_access:
            self._modifiable.replace(path, content)

    def size(self, path: bytes) -> int:
        """The size in bytes of a modifiable data object's file, without reading it."""
        with self.card_access:
            return self._modifiable.size(path)

    def certificate(self, path: bytes) -> Certificate:
        """The certificate in the file at `path`; read at the first call."""
        known = self.contents.certificates.get(path)
        if known is not None:
            return known
        with self.card_access:
            return self.contents.retry(lambda: self.contents.certificate(path))

    def rsa_key(self, path: bytes) -> PublicKey:
        """The public key in the certificate at `path`, which belongs to a private key and so is an RSA key."""
        key = self.certificate(path).rsa_key
        if key is None:
            raise CryptokiError(CKR_DEVICE_ERROR, "not an RSA key")
        return key

    def public_key(self, path: bytes) -> tuple[PublicKey, bytes]:
        """The numbers and the DER of the RSAPublicKey in the file at `path`; read at the first call."""
        known = self.contents.public_keys.get(path)
        if known is not None:
            return known
        with self.card_access:
            return self.contents.retry(lambda: self.contents.public_key(path))

    def modulus_bits(self, entry: Entry) -> int:
        """The length of the modulus in bits; asks the card only if the directory does not give it."""
        known = self.contents.modulus_bits(entry)
        if known:
            return known
        with self.card_access:
            return self.contents.retry(lambda: self.contents.read_modulus_bits(entry))

    def certificate_reader(self, path: bytes) -> Callable[[], Certificate]:
        """A function that calls `certificate(path)`, for an attribute that is read when an application asks for it."""
        return lambda: self.certificate(path)

    def _read(self, path: bytes, private: bool, modifiable: bool) -> bytes:
        if private:
            self.login.require_user()
        # After a login the card gives more than public content, whatever its directory says.
        if modifiable:
            return self._modifiable.content(path)
        if private or self.login.user is not None:
            return self.card.read_file(path)
        return self.contents.data(path)
