"""The IAS-ECC chip of a CPS3.

IAS ECC 1.0.1 commands as issued cards show them; ISO/IEC 7816-8:2016 for PERFORM SECURITY OPERATION.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card import cps3_objects, cps3_selection
from conformance.virtual_card.access import PIN_REFERENCE, PUK_REFERENCE, SecurityStatus
from conformance.virtual_card.apdu import CHAINING, SECURE_MESSAGING, SW, Command, Response, StatusError
from conformance.virtual_card.chip import Chip, Template
from conformance.virtual_card.cps2ter import VOLET_CLA, Cps2terVolet
from conformance.virtual_card.files import FileSystem
from conformance.virtual_card.partial_hash import BLOCK, SHA1, SHA256, PartialHash
from conformance.virtual_card.rsa import digest_info, pad_signature, remove_encryption_padding
from conformance.virtual_card.selection import By
from conformance.virtual_card.state import CardState
from conformance.virtual_card.tlv import parse

VOLET_AID = bytes.fromhex("8025000001FF0002")

AUTHENTICATION_TEMPLATE = 0xA4
HASH_TEMPLATE = 0xAA
SIGNATURE_TEMPLATE = 0xB6
CONFIDENTIALITY_TEMPLATE = 0xB8

SIGN, AUTHENTICATE, DECIPHER = "sign", "authenticate", "decipher"

_SET_COMPUTATION = 0x41
_RESTORE = 0xF3
_HASH_ALGORITHMS = {0x10: SHA1, 0x40: SHA256}
_SIGNATURE_ALGORITHMS = {0x12: SHA1, 0x42: SHA256}
_AUTHENTICATE_ALGORITHM = 0x02
_DECIPHER_ALGORITHM = 0x1A
_KEY_USES = {
    AUTHENTICATION_TEMPLATE: (AUTHENTICATE, {_AUTHENTICATE_ALGORITHM}),
    SIGNATURE_TEMPLATE: (SIGN, set(_SIGNATURE_ALGORITHMS)),
    CONFIDENTIALITY_TEMPLATE: (DECIPHER, {_DECIPHER_ALGORITHM}),
}
_PKCS1_PADDING_INDICATOR = 0x81


class Cps3Chip(Chip):
    """IAS application over class 00, CPS2ter volet over class A0."""

    def __init__(
        self, files: FileSystem, volet: FileSystem, state: CardState, security: SecurityStatus, contactless: bool
    ) -> None:
        super().__init__(files, state, security, contactless)
        self.volet = Cps2terVolet(volet, security, contactless)
        self.volet_selected = False
        self.handlers = {
            0x20: self.verify,
            0x22: self.manage_security_environment,
            0x24: self.change_reference_data,
            0x2A: self.perform_security_operation,
            0x2C: self.reset_retry_counter,
            0x84: self.get_challenge,
            0x88: self.internal_authenticate,
            0xA4: self.select,
            0xB0: self.read_binary,
            0xCB: self.get_data,
            0xD6: self.update_binary,
        }
        self._operations: dict[int, Callable[[Command], Response]] = {
            0x90A0: self._hash,
            0x9E9A: self._compute_digital_signature,
            0x8086: self._decipher,
        }

    def reset(self) -> None:
        super().reset()
        self.volet.reset()
        self.volet_selected = False

    def execute(self, command: Command) -> Response:
        if command.cla == VOLET_CLA:
            return self.volet.execute(command)
        if command.cla & ~CHAINING & 0xFF:
            raise StatusError(_refused_class(command.cla))
        if self.volet_selected and not (command.ins == 0xA4 and command.p1 == By.NAME):
            raise StatusError(SW.CLA_NOT_SUPPORTED)
        return super().execute(command)

    def select(self, command: Command) -> Response:
        """Select by name, the volet too: it answers only A0 commands until an application is selected."""
        named = command.p1 == By.NAME and command.p2 in cps3_selection.ANSWERS
        if named and command.data == VOLET_AID and not self.contactless:
            self.volet_selected = True
            return Response()
        response = cps3_selection.select(self, command)
        self.volet_selected = False
        return response

    def get_data(self, command: Command) -> Response:
        return cps3_objects.get_data(self, command)

    # PIN commands

    def verify(self, command: Command) -> Response:
        if command.p1:
            raise StatusError(SW.INCORRECT_P1P2)
        pin = self.security.pin(command.p2)
        if command.data:
            pin.verify(command.data)
        elif not pin.verified:
            pin.require_usable()
            raise StatusError(SW.TRIES_LEFT | pin.tries)
        return Response()

    def change_reference_data(self, command: Command) -> Response:
        """Old and new value in one command; the code de deblocage can never be changed."""
        if command.p1:
            raise StatusError(SW.INCORRECT_P1P2)
        pin = self.security.pin(command.p2)
        if command.p2 != PIN_REFERENCE:
            raise StatusError(SW.SECURITY_STATUS_NOT_SATISFIED)
        old, new = pin.split(command.data)
        pin.compare(old)
        pin.set_value(new)
        return Response()

    def reset_retry_counter(self, command: Command) -> Response:
        """With a new value (P1=02) or the counter alone (P1=03), once the code de deblocage is verified."""
        if command.p1 not in (2, 3):
            raise StatusError(SW.INCORRECT_P1P2)
        pin = self.security.pin(command.p2)
        if command.p2 != PIN_REFERENCE or not self.security.pin(PUK_REFERENCE).verified:
            raise StatusError(SW.SECURITY_STATUS_NOT_SATISFIED)
        if command.p1 == 2:
            pin.set_value(command.data)
        elif command.data:
            raise StatusError(SW.WRONG_LENGTH)
        pin.unblock()
        return Response()

    # Security environment

    def manage_security_environment(self, command: Command) -> Response:
        if command.p1 == _RESTORE:
            if command.p2 not in cps3_objects.SECURITY_ENVIRONMENTS:
                raise StatusError(SW.REFERENCED_DATA_NOT_FOUND)
            self.enter_environment()
            return Response()
        if command.p1 != _SET_COMPUTATION:
            raise StatusError(SW.INCORRECT_P1P2)
        if not command.data:
            raise StatusError(SW.WRONG_LENGTH)
        self.environment.templates[command.p2] = self._template(command.p2, _control_references(command.data))
        return Response()

    def enter_environment(self) -> None:
        """A restored environment starts without templates."""
        self.environment.templates.clear()
        self.environment.digest = None

    def _template(self, tag: int, references: dict[int, int]) -> Template:
        algorithm = references.get(0x80, 0)
        if tag == HASH_TEMPLATE:
            if set(references) != {0x80} or algorithm not in _HASH_ALGORITHMS:
                raise StatusError(SW.INCORRECT_DATA)
            return Template(algorithm)
        if tag not in _KEY_USES:
            raise StatusError(SW.INCORRECT_P1P2)
        use, algorithms = _KEY_USES[tag]
        if set(references) != {0x80, 0x84} or algorithm not in algorithms:
            raise StatusError(SW.INCORRECT_DATA)
        key = self.key(references[0x84])
        if use not in key.uses:
            raise StatusError(SW.CONDITIONS_NOT_SATISFIED)
        return Template(algorithm, key)

    # Operations

    def perform_security_operation(self, command: Command) -> Response:
        operation = self._operations.get(command.p1p2)
        if operation is None:
            raise StatusError(SW.INCORRECT_P1P2)
        return operation(command)

    def _hash(self, command: Command) -> Response:
        """PSO HASH of the last block: ``90`` has the intermediate state and bit count, ``80`` the rest of the
        message.
        """
        algorithm = _HASH_ALGORITHMS[self.environment.template(HASH_TEMPLATE).algorithm]
        objects = _data_objects(command.data)
        if objects.keys() != {0x90, 0x80}:
            raise StatusError(SW.INCORRECT_DATA)
        intermediate, bits = _intermediate(algorithm, objects[0x90])
        if len(objects[0x80]) > BLOCK:
            raise StatusError(SW.INCORRECT_DATA)
        self.environment.digest = (algorithm.name, algorithm.finish(intermediate, bits, objects[0x80]))
        return Response()

    def _compute_digital_signature(self, command: Command) -> Response:
        number, key = self.environment.keyed(SIGNATURE_TEMPLATE)
        algorithm = _SIGNATURE_ALGORITHMS[number]
        self.require_key(key)
        if command.data:
            if len(command.data) != algorithm.size:
                raise StatusError(SW.WRONG_LENGTH)
            digest = command.data
        else:
            if self.environment.digest is None or self.environment.digest[0] != algorithm.name:
                raise StatusError(SW.CONDITIONS_NOT_SATISFIED)
            digest = self.environment.digest[1]
        self.environment.digest = None
        block = pad_signature(digest_info(algorithm.name, digest), key.rsa.size)
        return Response(self.private_operation(key, block))

    def internal_authenticate(self, command: Command) -> Response:
        if command.p1p2:
            raise StatusError(SW.INCORRECT_P1P2)
        _, key = self.environment.keyed(AUTHENTICATION_TEMPLATE)
        self.require_key(key)
        if not 1 <= len(command.data) <= key.rsa.size - 11:
            raise StatusError(SW.WRONG_LENGTH)
        return Response(self.private_operation(key, pad_signature(command.data, key.rsa.size)))

    def _decipher(self, command: Command) -> Response:
        _, key = self.environment.keyed(CONFIDENTIALITY_TEMPLATE)
        self.require_key(key)
        if len(command.data) != 1 + key.rsa.size:
            raise StatusError(SW.WRONG_LENGTH)
        if command.data[0] != _PKCS1_PADDING_INDICATOR:
            raise StatusError(SW.INCORRECT_DATA)
        block = self.private_operation(key, command.data[1:])
        try:
            return Response(remove_encryption_padding(block))
        except ValueError:
            raise StatusError(SW.INCORRECT_DATA) from None


def _refused_class(cla: int) -> SW:
    if cla & 0x80:
        return SW.CLA_NOT_SUPPORTED
    if cla & SECURE_MESSAGING:
        return SW.SECURE_MESSAGING_NOT_SUPPORTED
    return SW.CHANNEL_NOT_SUPPORTED if cla & 0x03 else SW.CLA_NOT_SUPPORTED


def _data_objects(data: bytes) -> dict[int, bytes]:
    try:
        return dict(parse(data))
    except ValueError:
        raise StatusError(SW.INCORRECT_DATA) from None


def _control_references(data: bytes) -> dict[int, int]:
    objects = _data_objects(data)
    if any(len(value) != 1 for value in objects.values()):
        raise StatusError(SW.INCORRECT_DATA)
    return {tag: value[0] for tag, value in objects.items()}


def _intermediate(algorithm: PartialHash, value: bytes) -> tuple[bytes, int]:
    """Intermediate state and number of hashed bits; empty and 0 before the first full block."""
    if not value:
        return b"", 0
    if len(value) != algorithm.size + 8:
        raise StatusError(SW.INCORRECT_DATA)
    bits = int.from_bytes(value[algorithm.size :], "big")
    if bits == 0 or bits % (8 * BLOCK):
        raise StatusError(SW.INCORRECT_DATA)
    return value[: algorithm.size], bits
