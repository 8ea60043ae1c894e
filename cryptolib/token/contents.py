"""The public content of a card: read once per insertion, from copies on disk where these can be trusted.

Call it inside the card's transaction; it raises CardError, TransportError and TlvError. The card is believed until it
contradicts itself or its copies: then everything is read again from the card, once, before an error is raised.
"""

from __future__ import annotations

from time import gmtime, strftime

from cryptolib.cards.ef_actua import EF_ACTUA
from cryptolib.cards.errors import (
    CardError,
    CardFault,
    DamagedDates,
    InvalidData,
    NoSuchFile,
    NotAuthenticated,
    StaleCopies,
    UnknownCard,
    WrongResult,
)
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15.directory import Directory
from cryptolib.pkcs15.public_files import PublicFiles
from cryptolib.token.certificate import Certificate, key_block, public_key, rsa_public_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from cryptolib.cards.card import Card
    from cryptolib.mechanisms.operation import PublicKey
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.pkcs15.entries import Entry

    T = TypeVar("T")

# Errors that a wrong directory or certificate may have caused.
_OF_COPIES = (NoSuchFile, InvalidData, TlvError, UnknownCard, StaleCopies)
# The same for a private key: its reference or its certificate may have been read wrong.
_OF_ANY_READING = (NoSuchFile, WrongResult)


class KeyFacts:
    """A private key in the directory: its entry, and the paths of its certificate and public key, or b""."""

    __slots__ = ("certificate", "entry", "public")

    def __init__(self, entry: Entry, certificate: bytes, public: bytes) -> None:
        self.entry = entry
        self.certificate = certificate
        self.public = public


class Contents:
    """Identity, directory, certificates, public keys and other public files of a card."""

    def __init__(self, card: Card, cache: Cache | None) -> None:
        self._card = card
        self._cache = cache
        self._files = PublicFiles(None, "")
        self.plain: dict[bytes, bytes] = {}
        """Contents of data objects that are neither private nor modifiable, by path."""
        self.certificates: dict[bytes, Certificate] = {}
        """Those that have been read, by path; `certificate` gives the others."""
        self.public_keys: dict[bytes, tuple[PublicKey, bytes]] = {}
        """The same of `public_key`."""
        self._proved: set[bytes] = set()
        self.damage: DamagedDates | None = None
        self.readings = 0
        """How often the directory has been read: what was made of an earlier one is out of date."""

    def identify(self) -> None:
        """Read the serial number and the directory. Raises UnknownCard when this is not a CPS card."""
        self.serial = _public(self._card.serial)
        self.read_dates()
        try:
            self._read_directory()
            self._require_user_pin()
        except _OF_COPIES:
            self._read_anew(objects=False)

    def read_dates(self) -> None:
        """Read the dates of the card's last update, which say what copies may be used: none if they are damaged."""
        self.damage = dates = None
        try:
            dates = self._card.update_dates()
        except DamagedDates as damage:
            # The card may be shown, but no copy of it can be trusted.
            self.damage = damage
        self._files = self._copies()
        self._files.check_card_dates(EF_ACTUA, dates)

    def _read_directory(self, objects: bool = False, before: bool = False) -> None:
        application = _public(lambda: self._card.application(self._public_file))
        directory = Directory(application, self._public_file, self._dated, self._file_if_there, before)
        if objects:
            directory.objects()
        self._card.token_info = directory.token_info
        self._card.code_paths = {pin.reference: pin.path for pin in directory.pins if pin.path}
        self.directory = directory
        self.readings += 1

    def _require_user_pin(self) -> None:
        """Raises InvalidData without a code porteur: nobody could log in while this directory is kept."""
        if self._card.HAS_CODES and all(pin.security_officer for pin in self.directory.pins):
            raise InvalidData("a directory without a code of the holder")

    def _dated(self, last_update: bytes) -> None:
        """Use the copies of this date; first compare those with the card that no signature has proved."""
        self._files.set_edition(last_update)
        for path, content in self._files.unproved_keys():
            offset, block = key_block(content)
            try:
                said = self._card.read_part(path, offset, len(block))
            except CardError as error:
                raise StaleCopies("a copy of a file that cannot be read") from error
            if said != block:
                raise StaleCopies("a copy of another card's key")
            self._files.keep_holder_data()

    def retry(self, work: Callable[[], T]) -> T:
        """Run `work`; if copies may be why it failed, read everything from the card and run it again."""
        return self._again_after(_OF_COPIES if self._files.used else (), work)

    def retry_directory(self, work: Callable[[], T]) -> T:
        """As `retry`, but also when no copies were used: a wrong directory would stay until the card is removed."""
        return self._again_after(_OF_COPIES, work, objects=False)

    def retry_key(self, work: Callable[[], T]) -> T:
        """As `retry`, for work with a private key; also repeats it when the card's own files may have been read
        wrong.
        """
        return self._again_after(_OF_ANY_READING + (_OF_COPIES if self._files.used else ()), work)

    def _again_after(self, faults: tuple[type[Exception], ...], work: Callable[[], T], objects: bool = True) -> T:
        try:
            return work()
        except faults:
            self._read_anew(objects)
        return work()

    def _read_anew(self, objects: bool) -> None:
        """Forget everything in memory and on disk, and the driver's state; ask the card."""
        self.forget()
        self._files = self._copies()
        self._card.forget()
        try:
            self._read_directory(objects, before=True)
        except TlvError as error:
            raise UnknownCard("a directory that cannot be read") from error

    def _copies(self) -> PublicFiles:
        """The copies of this card; none for a card with damaged dates."""
        return PublicFiles(None if self.damage else self._cache, f"{self.serial}-{self._card.KIND}")

    def forget(self) -> None:
        """Forget everything except the serial number."""
        self._files.forget()
        self.plain.clear()
        self.certificates.clear()
        self.public_keys.clear()
        self._proved.clear()

    def data(self, path: bytes) -> bytes:
        """The content of a data object that is not modifiable."""
        return self._files.get_data(path, self._card.read_file)

    def _public_file(self, path: bytes) -> bytes:
        return _public(lambda: self._files.get(path, self._card.read_file))

    def _file_if_there(self, path: bytes) -> bytes:
        """Empty for a file that the card itself says twice not to have. Copies that name it are dropped by the
        retry.

        Empty as well for a file that only the holder may read: the rest can be used without it.
        """
        try:
            return self._files.get(path, self._card.read_file)
        except NotAuthenticated:
            return self._read_unless_protected(path)
        except NoSuchFile:
            if self._files.used:
                raise
        return _public(lambda: self._files.get(path, self._read_or_nothing))

    def _read_unless_protected(self, path: bytes) -> bytes:
        try:
            return self._card.read_file(path)
        except NotAuthenticated:
            return b""

    def _read_or_nothing(self, path: bytes) -> bytes:
        try:
            return self._card.read_file(path)
        except NoSuchFile:
            return b""

    def _public_object(self, path: bytes) -> bytes:
        return _public(lambda: self._card.read_object(path))

    def certificate(self, path: bytes) -> Certificate:
        """The certificate in the file at `path`."""
        if path not in self.certificates:
            self.certificates[path] = self._files.get_key(path, self._certificate_object, Certificate, _not_past)
        return self.certificates[path]

    def _certificate_object(self, path: bytes) -> bytes:
        """A certificate from the card; read twice if its key is not the one of the directory: the first may have been
        read wrong.
        """
        content = self._public_object(path)
        size = self._key_size(path)
        return self._public_object(path) if size and not _may_be_of_key(content, size) else content

    def _key_size(self, path: bytes) -> int:
        """What the directory says of the private key of a certificate: the length of its modulus in bytes; 0 if
        nothing, or if there is no such key.
        """
        private_keys, _public_keys, certificates, _data = self.directory.objects()
        certificate = next((entry for entry in certificates if entry.path == path), None)
        key = None if certificate is None else with_id(private_keys, certificate.id)
        return 0 if key is None else (key.modulus_bits + 7) // 8

    def public_key(self, path: bytes) -> tuple[PublicKey, bytes]:
        """The numbers and the DER of the RSAPublicKey in the file at `path`."""
        if path not in self.public_keys:
            self.public_keys[path] = self._files.get_key(path, self._public_object, _public_key)
        return self.public_keys[path]

    def key(self, entry: Entry) -> KeyFacts:
        """The current facts about the private key that an earlier reading of the directory called `entry`."""
        private_keys, public_keys, certificates, _data = self.directory.objects()
        now = entry if entry in private_keys else with_id(private_keys, entry.id)
        if now is None:
            raise NoSuchFile("the card holds that key no more")
        certificate, public = with_id(certificates, now.id), with_id(public_keys, now.id)
        return KeyFacts(now, certificate.path if certificate else b"", public.path if public else b"")

    def public_half(self, key: KeyFacts) -> PublicKey | None:
        """The public key, from the certificate or else the public key file; None when the card holds neither."""
        if key.certificate:
            return self.certificate(key.certificate).public_key
        return self.public_key(key.public)[0] if key.public else None

    def known_public_half(self, entry: Entry) -> PublicKey | None:
        """The same if it has been read already; sends the card nothing."""
        try:
            key = self.key(entry)
        except NoSuchFile:
            return None
        if key.certificate:
            certificate = self.certificates.get(key.certificate)
            return None if certificate is None else certificate.rsa_key
        known = self.public_keys.get(key.public)
        return None if known is None else known[0]

    def modulus_bits(self, entry: Entry) -> int:
        """The modulus of the public key if that has been read, else the size in the directory, 0 if that has none."""
        public = self.known_public_half(entry)
        return entry.modulus_bits if public is None else public.modulus.bit_length()

    def read_modulus_bits(self, entry: Entry) -> int:
        """As `modulus_bits`; if the directory gives no length, read the public key."""
        public = self.public_half(self.key(entry))
        return self._card.KEY_BITS[1] if public is None else public.modulus.bit_length()

    def prove(self, key: KeyFacts) -> None:
        """Mark the public key as this card's: a result of the private key has just been verified with it."""
        path = key.certificate or key.public
        if path and path not in self._proved:
            self._proved.add(path)
            content = self.certificates[path].value if key.certificate else self.public_keys[path][1]
            self._files.prove(path, content)


def _public(read: Callable[[], T]) -> T:
    """Run `read` of public content: a card that asks for a code there is faulty."""
    try:
        return read()
    except NotAuthenticated as error:
        raise CardFault("a public file that is protected") from error


def _may_be_of_key(content: bytes, size: int) -> bool:
    """False for a certificate of another key than an RSA key of `size` bytes."""
    try:
        key = Certificate(content).rsa_key
    except TlvError:
        # No certificate at all: who parses it says so.
        return True
    return key is not None and key.size == size


def _not_past(certificate: Certificate) -> bool:
    """True until the end of the certificate's last day."""
    return certificate.not_after.decode("ascii", "replace") >= strftime("%Y%m%d", gmtime())


def with_id(entries: list[Entry], identifier: bytes) -> Entry | None:
    """The first entry with this iD."""
    return next((entry for entry in entries if entry.id == identifier), None)


def _public_key(content: bytes) -> tuple[PublicKey, bytes]:
    der = rsa_public_key(content)
    return public_key(der), der
