"""The ChipDoc applet of a CPS4, which is on logical channel 1.

ISO/IEC 7816-4:2013 clauses 5.4.1 (class byte) and 11 (commands); ISO/IEC 7816-8:2016 for the RSA operations.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card.access import PIN_REFERENCE, PUK_REFERENCE, Pin, SecurityStatus
from conformance.virtual_card.apdu import CHAINING, SECURE_MESSAGING, SW, Command, Response, StatusError
from conformance.virtual_card.chip import Chip, Template
from conformance.virtual_card.files import Directory, ElementaryFile, FileSystem, Key
from conformance.virtual_card.partial_hash import SHA1, SHA256
from conformance.virtual_card.rsa import digest_info, pad_signature, pss_encode
from conformance.virtual_card.selection import NO_DATA, RETURN_FCI, RETURN_FCP, By, application_name, select_file
from conformance.virtual_card.state import CardState
from conformance.virtual_card.tlv import parse, tlv

CHIPDOC_CHANNEL = 1
BASIC_CHANNEL_AIDS = (bytes.fromhex("A0000001510000"), bytes.fromhex("8025000001FF0002"))

SIGN, DECIPHER = "sign", "decipher"

_SIGNATURE_TEMPLATE = 0xB6
_CONFIDENTIALITY_TEMPLATE = 0xB8
_SET_SIGNATURE = 0x81B6
_SET_DECIPHER = 0x41B8
_RESET_PIN_REFERENCE = 0x80 | PIN_REFERENCE
_NEW_VALUE_ONLY = 1
_PKCS1, _PSS = "pkcs1", "pss"
_ALGORITHMS = {0x0A: (_PKCS1, SHA1), 0x28: (_PKCS1, SHA256), 0x15: (_PSS, SHA1), 0x2C: (_PSS, SHA256)}
_TEMPLATE_TAGS = {RETURN_FCI: 0x6F, RETURN_FCP: 0x62}


class Cps4Chip(Chip):
    """Channel 0 has the card manager; channel 1 has ChipDoc after its selection there."""

    def __init__(self, files: FileSystem, state: CardState, security: SecurityStatus) -> None:
        super().__init__(files, state, security)
        self.applet_selected = False
        self.handlers = {
            0x20: self.verify,
            0x22: self.manage_security_environment,
            0x24: self.change_reference_data,
            0x2A: self.perform_security_operation,
            0x2C: self.reset_retry_counter,
            0x84: self.get_challenge,
            0xA4: self.select,
            0xB0: self.read_binary,
            0xD6: self.update_binary,
        }
        self._operations: dict[int, Callable[[Command], Response]] = {
            0x9E9A: self._compute_digital_signature,
            0x8086: self._decipher,
        }

    def reset(self) -> None:
        super().reset()
        self.applet_selected = False

    def execute(self, command: Command) -> Response:
        channel = _channel(command.cla)
        if channel == 0:
            return _execute_on_basic_channel(command)
        selects_applet = command.ins == 0xA4 and command.p1 == By.NAME
        if not self.applet_selected and not selects_applet:
            raise StatusError(SW.CHANNEL_NOT_SUPPORTED)
        return super().execute(command)

    # Selection

    def select(self, command: Command) -> Response:
        if command.p2 not in (RETURN_FCI, RETURN_FCP, NO_DATA):
            raise StatusError(SW.INCORRECT_P1P2)
        if command.p1 == By.NAME:
            node: ElementaryFile | Directory = self._select_by_name(command.data)
        else:
            node = select_file(self, command.p1, command.data)
        if command.p2 == NO_DATA:
            return Response()
        return Response(tlv(_TEMPLATE_TAGS[command.p2], _control_information(node)))

    def _select_by_name(self, name: bytes) -> Directory:
        application = self.files.application(application_name(name))
        if not self.applet_selected and application is not self.files.mf:
            raise StatusError(SW.CHANNEL_NOT_SUPPORTED)
        self.applet_selected = True
        self.enter(application)
        return application

    # PIN commands

    def verify(self, command: Command) -> Response:
        """VERIFY; without data it returns the tries left, whether the PIN was presented or not."""
        if command.p1:
            raise StatusError(SW.INCORRECT_P1P2)
        pin = self.security.pin(command.p2)
        if command.data:
            pin.verify(command.data)
            return Response()
        pin.require_usable()
        raise StatusError(SW.TRIES_LEFT | pin.tries)

    def change_reference_data(self, command: Command) -> Response:
        """The data are the new value alone; the PIN or the code de déblocage must have been presented."""
        if command.p1 != _NEW_VALUE_ONLY:
            raise StatusError(SW.INCORRECT_P1P2)
        pin = self.security.pin(command.p2)
        if command.p2 != PIN_REFERENCE:
            raise StatusError(SW.SECURITY_STATUS_NOT_SATISFIED)
        self._require_presented(pin, self.security.pin(PUK_REFERENCE))
        pin.require_usable()
        pin.set_value(command.data)
        return Response()

    def reset_retry_counter(self, command: Command) -> Response:
        """Reset the counter alone; CHANGE REFERENCE DATA sets the new value."""
        if command.p1 != 3:
            raise StatusError(SW.INCORRECT_P1P2)
        if command.p2 != _RESET_PIN_REFERENCE:
            raise StatusError(SW.REFERENCED_DATA_NOT_FOUND)
        if command.data:
            raise StatusError(SW.WRONG_LENGTH)
        self._require_presented(self.security.pin(PUK_REFERENCE))
        self.security.pin(PIN_REFERENCE).unblock()
        return Response()

    @staticmethod
    def _require_presented(*pins: Pin) -> None:
        if not any(pin.verified for pin in pins):
            raise StatusError(SW.SECURITY_STATUS_NOT_SATISFIED)

    # Security environment

    def manage_security_environment(self, command: Command) -> Response:
        if command.p1p2 not in (_SET_SIGNATURE, _SET_DECIPHER):
            raise StatusError(SW.INCORRECT_P1P2)
        if not command.data:
            raise StatusError(SW.WRONG_LENGTH)
        try:
            objects = list(parse(command.data))
        except ValueError:
            raise StatusError(SW.INCORRECT_DATA) from None
        if command.p1p2 == _SET_SIGNATURE:
            self.environment.templates[_SIGNATURE_TEMPLATE] = self._signature_template(objects)
        else:
            self.environment.templates[_CONFIDENTIALITY_TEMPLATE] = self._decipher_template(objects)
        return Response()

    def _signature_template(self, objects: list[tuple[int, bytes]]) -> Template:
        """``91 02 <algorithm> <key reference with its high bit set>``."""
        match objects:
            case [(0x91, value)] if len(value) == 2 and value[0] in _ALGORITHMS and value[1] & 0x80:
                return Template(value[0], self._key_for(SIGN, value[1] & 0x7F))
        raise StatusError(SW.INCORRECT_DATA)

    def _decipher_template(self, objects: list[tuple[int, bytes]]) -> Template:
        """``83 01 <key reference>``."""
        match objects:
            case [(0x83, value)] if len(value) == 1:
                return Template(0, self._key_for(DECIPHER, value[0]))
        raise StatusError(SW.INCORRECT_DATA)

    def _key_for(self, use: str, reference: int) -> Key:
        key = self.key(reference)
        if use not in key.uses:
            raise StatusError(SW.CONDITIONS_NOT_SATISFIED)
        return key

    # Operations

    def perform_security_operation(self, command: Command) -> Response:
        operation = self._operations.get(command.p1p2)
        if operation is None:
            raise StatusError(SW.INCORRECT_P1P2)
        return operation(command)

    def _compute_digital_signature(self, command: Command) -> Response:
        number, key = self.environment.keyed(_SIGNATURE_TEMPLATE)
        encoding, algorithm = _ALGORITHMS[number]
        self.require_key(key)
        if not command.data:
            raise StatusError(SW.CONDITIONS_NOT_SATISFIED)
        if len(command.data) != algorithm.size:
            raise StatusError(SW.WRONG_LENGTH)
        if encoding == _PSS:
            encoded = pss_encode(algorithm.name, command.data, key.rsa.n.bit_length() - 1)
            block = encoded.rjust(key.rsa.size, b"\x00")
        else:
            block = pad_signature(digest_info(algorithm.name, command.data), key.rsa.size)
        return Response(self.private_operation(key, block))

    def _decipher(self, command: Command) -> Response:
        """Raw RSA: no padding indicator in the data, no padding removed."""
        _, key = self.environment.keyed(_CONFIDENTIALITY_TEMPLATE)
        self.require_key(key)
        if len(command.data) != key.rsa.size:
            raise StatusError(SW.WRONG_LENGTH)
        return Response(self.private_operation(key, command.data))


def _channel(cla: int) -> int:
    if cla & 0xE0:
        raise StatusError(SW.CLA_NOT_SUPPORTED)
    if cla & SECURE_MESSAGING:
        raise StatusError(SW.SECURE_MESSAGING_NOT_SUPPORTED)
    channel = cla & ~CHAINING & 0x03
    if channel > CHIPDOC_CHANNEL:
        raise StatusError(SW.CHANNEL_NOT_SUPPORTED)
    return channel


def _execute_on_basic_channel(command: Command) -> Response:
    """Only the card manager and the CPS2ter applet are on this channel; neither has files."""
    if command.ins != 0xA4:
        raise StatusError(SW.INS_NOT_SUPPORTED)
    if command.p1 != By.NAME:
        raise StatusError(SW.INCORRECT_P1P2)
    if command.data not in BASIC_CHANNEL_AIDS:
        raise StatusError(SW.FILE_NOT_FOUND)
    return Response()


def _control_information(node: ElementaryFile | Directory) -> bytes:
    identifier = tlv(0x83, node.fid.to_bytes(2, "big"))
    if isinstance(node, ElementaryFile):
        return tlv(0x80, len(node.content).to_bytes(2, "big")) + tlv(0x82, b"\x01") + identifier
    name = tlv(0x84, node.aid) if node.aid else b""
    return tlv(0x82, b"\x38") + identifier + name
