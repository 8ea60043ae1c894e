"""Writes the directory files of a card: EF.DIR, ODF, TokenInfo, AODF, PrKDF, PuKDF, CDF and DODF.

ISO/IEC 7816-15:2016 clause 8; PKCS #15 v1.1 appendix B (the syntax that issued cards follow).
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.virtual_card.tlv import (
    bit_string,
    context,
    enumerated,
    integer,
    null,
    octets,
    oid,
    quirky_bit_string,
    sequence,
    tlv,
    utf8,
)

PIN_AUTH_ID = b"\x01"
PUK_AUTH_ID = b"\x02"

FLAG_PRIVATE, FLAG_MODIFIABLE = 0, 1
MODE_UPDATE, MODE_SIGN, MODE_DECIPHER, MODE_AUTHENTICATE = 1, 5, 7, 9
USAGE_ENCRYPT, USAGE_DECRYPT, USAGE_SIGN, USAGE_VERIFY, USAGE_NON_REPUDIATION = 0, 1, 2, 6, 9
_SENSITIVE, _ALWAYS_SENSITIVE, _NEVER_EXTRACTABLE = 0, 2, 3
_PIN_INITIALIZED, _PIN_UNBLOCKING, _PIN_SO = 4, 6, 7
_TOKEN_LOGIN_REQUIRED, _TOKEN_RANDOM = 1, 2
_ASCII_NUMERIC = 1
_MODULUS_BITS = 2048


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One entry of supportedAlgorithms; ``card_reference`` is what MANAGE SECURITY ENVIRONMENT takes."""

    reference: int
    mechanism: int
    operation: int
    oid: str
    card_reference: int


COMPUTE_SIGNATURE, DECIPHER, HASH = 1, 5, 6


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A private or public key as the directories describe it."""

    label: str
    identifier: bytes
    reference: int
    usage: tuple[int, ...]
    rules: tuple[int, ...] = ()
    private: bool = True
    path: bytes = b""


@dataclass(frozen=True, slots=True)
class DataEntry:
    """A data object as the DODF describes it."""

    label: str
    path: bytes
    private: bool = False
    modifiable: bool = False


def application_template(aid: bytes, label: str, path: bytes) -> bytes:
    """One record of EF.DIR."""
    return tlv(0x61, tlv(0x4F, aid), tlv(0x50, label.encode()), tlv(0x51, path), tlv(0x73, tlv(0x4F, aid)))


def object_directory(paths: dict[int, bytes]) -> bytes:
    """ODF: the path of each directory file by its context tag (0 private keys .. 8 authentication objects)."""
    return b"".join(context(number, _path(path)) for number, path in paths.items())


def token_info(label: str, manufacturer: str, algorithms: list[Algorithm], login_required: bool) -> bytes:
    flags = (_TOKEN_LOGIN_REQUIRED, _TOKEN_RANDOM) if login_required else (_TOKEN_RANDOM,)
    return sequence(
        integer(0),
        utf8(manufacturer),
        tlv(0x80, label.encode()),
        bit_string(*flags),
        context(2, *(_algorithm(algorithm) for algorithm in algorithms)),
    )


def _algorithm(algorithm: Algorithm) -> bytes:
    return sequence(
        integer(algorithm.reference),
        integer(algorithm.mechanism),
        null(),
        bit_string(algorithm.operation),
        oid(algorithm.oid),
        integer(algorithm.card_reference),
    )


def authentication_objects(pin_label: str, puk_label: str, pin_length: int, puk_length: int) -> bytes:
    """AODF, with the unusual bit strings of issued cards."""
    return _pin(
        sequence(utf8(pin_label), octets(PUK_AUTH_ID)), PIN_AUTH_ID, (_PIN_INITIALIZED,), pin_length, reference=1
    ) + _pin(
        sequence(utf8(puk_label)),
        PUK_AUTH_ID,
        (_PIN_INITIALIZED, _PIN_UNBLOCKING, _PIN_SO),
        puk_length,
        reference=2,
    )


def _pin(common: bytes, auth_id: bytes, flags: tuple[int, ...], length: int, reference: int) -> bytes:
    attributes = sequence(
        quirky_bit_string(*flags),
        enumerated(_ASCII_NUMERIC),
        integer(length),
        integer(length),
        integer(length),
        tlv(0x80, bytes((reference,))),
    )
    return sequence(common, sequence(octets(auth_id)), context(1, attributes))


def private_keys(entries: list[KeyEntry]) -> bytes:
    return b"".join(_private_key(entry) for entry in entries)


def _private_key(entry: KeyEntry) -> bytes:
    common = [utf8(entry.label)]
    if entry.private:
        common += [bit_string(FLAG_PRIVATE), octets(PIN_AUTH_ID)]
    if entry.rules:
        common.append(_rules(entry.rules))
    return sequence(
        sequence(*common),
        sequence(
            octets(entry.identifier),
            bit_string(*entry.usage),
            bit_string(_SENSITIVE, _ALWAYS_SENSITIVE, _NEVER_EXTRACTABLE),
            integer(entry.reference),
        ),
        context(1, sequence(_path(entry.path), integer(_MODULUS_BITS))),
    )


def public_keys(entries: list[KeyEntry]) -> bytes:
    return b"".join(
        sequence(
            sequence(utf8(entry.label)),
            sequence(octets(entry.identifier), bit_string(*entry.usage), integer(entry.reference)),
            context(1, sequence(_path(entry.path), integer(_MODULUS_BITS))),
        )
        for entry in entries
    )


def certificates(entries: list[tuple[str, bytes, bytes]]) -> bytes:
    """CDF from (label, identifier, path), with the unusual bit strings of issued cards."""
    return b"".join(
        sequence(
            sequence(utf8(label), quirky_bit_string()),
            sequence(octets(identifier)),
            context(1, sequence(_path(path))),
        )
        for label, identifier, path in entries
    )


def data_objects(entries: list[DataEntry]) -> bytes:
    return b"".join(
        sequence(_data_attributes(entry), sequence(utf8("CPS")), context(1, _path(entry.path))) for entry in entries
    )


def _data_attributes(entry: DataEntry) -> bytes:
    if entry.private:
        return sequence(utf8(entry.label), bit_string(FLAG_PRIVATE), octets(PIN_AUTH_ID))
    if entry.modifiable:
        return sequence(utf8(entry.label), bit_string(FLAG_MODIFIABLE), _rules((MODE_UPDATE,)))
    return sequence(utf8(entry.label), bit_string())


def _rules(modes: tuple[int, ...]) -> bytes:
    """Access control rules that all ask for the PIN."""
    return sequence(*(sequence(bit_string(mode), octets(PIN_AUTH_ID)) for mode in modes))


def _path(path: bytes) -> bytes:
    return sequence(octets(path))
