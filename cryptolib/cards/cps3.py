"""CPS3 with contacts: codes and two keys, on T=0 (IAS ECC 1.0.1; ISO/IEC 7816-4 and -8)."""

from __future__ import annotations

from cryptolib.cards import cps2ter, ef_actua, scheme
from cryptolib.cards.card import PinStatus
from cryptolib.cards.errors import CardError, CardFault, DamagedDates, NoSuchFile, NotAuthenticated, OutsideFile
from cryptolib.cards.ias import Ias, references
from cryptolib.iso7816 import security, tlv
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15.place import MF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pkcs15.entries import Entry
    from cryptolib.secret import Secret

# Algorithm references of MANAGE SECURITY ENVIRONMENT.
DECIPHER_ALGORITHM = 0x1A
HASH_ALGORITHMS = {scheme.SHA1: 0x10, scheme.SHA256: 0x40}
SIGNATURE_ALGORITHMS = {scheme.SHA1: 0x12, scheme.SHA256: 0x42}

# Padding indicator of PSO DECIPHER: a cryptogram without more padding.
CRYPTOGRAM = b"\x81"

# Data objects around the attributes of a PIN (IAS ECC 1.0.1). The tag of the PIN has three bytes and ends with its
# reference.
EXTENDED_HEADER_LIST = 0x4D
SECURITY_OBJECTS = 0x70
PIN_OBJECT = 0xBF8100
PIN_ATTRIBUTES = 0xA0
# In an extended header list, this length asks for the whole object.
WHOLE = 0x80

# Of a reference, without the bit that stands for the DF's own codes.
NUMBER = 0x7F
# Data objects around data objects: in a tag of one byte, and in the first of several.
CONSTRUCTED = 0x20
# More attributes than any PIN has.
MANY = 64

# Data objects of a PIN's attributes.
TRIES_MAXIMUM = 0x9A
TRIES_LEFT = 0x9B
USES_LEFT = 0x9D


class Cps3(Ias):
    """Driver of the CPS3 with contacts."""

    KIND = "cps3"
    DATED = True

    SIGNATURE_SCHEMES = frozenset(
        make(name) for make in (scheme.digest, scheme.last_round) for name in SIGNATURE_ALGORITHMS
    )
    AUTHENTICATION_SCHEMES = frozenset((scheme.PAD, scheme.DECIPHER))

    def read_file(self, where: bytes) -> bytes:
        if where not in cps2ter.PATHS:
            return super().read_file(where)
        try:
            return cps2ter.read(self.channel, where)
        finally:
            # Reading the volet changes selections, and the card does not say which.
            self.forget()

    def data_objects(self, listed: list[Entry]) -> list[Entry]:
        return listed + cps2ter.entries(listed)

    def update_dates(self) -> bytes | None:
        try:
            return self._from_selection_on(self._update_dates)
        except NoSuchFile:
            return None
        except (NotAuthenticated, OutsideFile) as error:
            raise DamagedDates("EF_ACTUA cannot be read") from error

    def _update_dates(self) -> bytes:
        self._select_only(ef_actua.EF_ACTUA)
        content = self._reader.block(0, ef_actua.LENGTH, least=1)
        length = min(ef_actua.length(content), ef_actua.LONGEST)
        if length > len(content):
            content += self._reader.to_end(len(content), length - len(content))
        content = content[:length]
        ef_actua.check(content)
        return content

    def pin_status(self, reference: int) -> PinStatus:
        try:
            answer = self._pin_object(reference)
        except NotAuthenticated as error:
            raise CardFault("tries that not everybody may read") from error
        try:
            counters = _counters(answer, PIN_OBJECT | reference & NUMBER)
            left, maximum = counters[TRIES_LEFT], counters[TRIES_MAXIMUM]
        except (TlvError, KeyError) as error:
            raise CardFault("the card does not give its tries") from error
        # A code de déblocage without uses left is of no use, whatever its tries.
        return PinStatus(0 if counters.get(USES_LEFT) == 0 else left, maximum)

    def verify(self, reference: int, code: Secret | TypedCode) -> None:
        self._enter_for(reference)
        self._present(security.verify(reference), code)

    def change_pin(self, reference: int, old: Secret | TypedCode, new: Secret | TypedCode) -> None:
        self._enter_for(reference)
        self._present(security.change_reference_data(security.OLD_AND_NEW, reference), old, new)

    def reset_pin(self, reference: int, new: Secret | TypedCode) -> None:
        self._enter_for(reference)
        self._present(security.reset_retry_counter(security.RESET_WITH_NEW, reference), new)

    def compute(self, key: int, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        if how is scheme.PAD:
            return self._internal_authenticate(key, data, proof)
        if how is scheme.DECIPHER:
            return self._operate(
                security.CONFIDENTIALITY,
                references(DECIPHER_ALGORITHM, key),
                lambda: self._send(security.decipher(CRYPTOGRAM + data)),
            )
        signature = references(SIGNATURE_ALGORITHMS[how.hash], key)
        if how.operation == "digest":
            return self._operate(
                security.DIGITAL_SIGNATURE, signature, lambda: self._send(security.compute_signature(data)), proof
            )
        hashing = security.reference(security.ALGORITHM_REFERENCE, bytes((HASH_ALGORITHMS[how.hash],)))
        return self._operate(security.HASH, hashing, lambda: self._hash_and_sign(data, signature), proof)

    def _pin_object(self, reference: int) -> bytes:
        """The attributes of a code. They are in the MF, which another program may have left, or in its own DF."""
        wanted = security.get_data(_attributes_of(reference))
        if self._df == MF:
            try:
                return self._send(wanted)
            except CardError:
                pass
        self._select_directory(MF)
        try:
            return self._send(wanted)
        except CardError:
            if not self.code_paths.get(reference):
                raise
        self._enter_for(reference)
        return self._send(wanted)

    def _hash_and_sign(self, partial_hash: bytes, signature: bytes) -> bytes:
        self._send(security.hash_on_card(partial_hash))
        self._set_environment(security.DIGITAL_SIGNATURE, signature)
        return self._send(security.compute_signature(b""))


def _counters(answer: bytes, pin: int) -> dict[int, int]:
    """The numbers in the attributes of a PIN, the first of each tag, at whatever depth a card nests them.

    Cards leave out the outer templates of what they were asked for; other software looks for the tags alone.
    """
    try:
        attributes = tlv.first(answer, SECURITY_OBJECTS, pin, PIN_ATTRIBUTES)
    except TlvError:
        return _numbers(answer)
    return {item.tag: int.from_bytes(item.value, "big") for item in tlv.items(attributes) if item.value}


def _numbers(answer: bytes) -> dict[int, int]:
    counters: dict[int, int] = {}
    level = [answer]
    while level and len(counters) < MANY:
        items = [item for part in level for item in tlv.items(part)]
        level = [item.value for item in items if item.raw[0] & CONSTRUCTED]
        for item in items:
            if item.value:
                counters.setdefault(item.tag, int.from_bytes(item.value, "big"))
    return counters


def _attributes_of(reference: int) -> bytes:
    """The extended header list that asks for the attributes of a PIN; that it is a DF's own does not stand in a tag."""
    pin = (PIN_OBJECT | reference & NUMBER).to_bytes(3, "big") + bytes((2, PIN_ATTRIBUTES, WHOLE))
    objects = bytes((SECURITY_OBJECTS, len(pin))) + pin
    return bytes((EXTENDED_HEADER_LIST, len(objects))) + objects
