"""Keys with other lengths or references, and longer certificates.

RFC 8017; RFC 5280, clause 4.2 (extensions).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from conformance.virtual_card.apdu import Command, Response
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.files import Directory
from conformance.virtual_card.rsa import PrivateKey
from conformance.virtual_card.tlv import integer, parse, tlv

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_DIRECTORIES = ("3F00/0001/7002", "3F00/0001/7004")
_CERTIFICATES, _PUBLIC_KEYS = ("3F00/0001/A001", "3F00/0001/A002"), ("3F00/0001/B001", "3F00/0001/B002")
_ISSUED_BITS = 2048
_PADDING = "2.25.1"
_SET_ENVIRONMENT, _SUPPORTED_ALGORITHMS, _WITH_ALGORITHM = 0x22, 0xA2, (0x80, 0x91)


def modulus(card: VirtualCard, argument: str) -> None:
    """Both keys have this length in bits: ``3072``; certificates have at least this number of bytes: ``2048:3072``."""
    bits, _, size = argument.partition(":")
    application = _application(card)
    for number, (reference, key) in enumerate(sorted(application.keys.items())):
        made = _made(int(bits), number)
        primes = made.private_numbers()
        application.keys[reference] = replace(key, rsa=PrivateKey(primes.p, primes.q))
        card.file(_CERTIFICATES[number]).content = _certificate(made, int(size or "0"))
        if card.name == "cps4":
            card.file(_PUBLIC_KEYS[number]).content = application.keys[reference].rsa.public_key_der()
    _replace(card, _ISSUED_BITS, int(bits))


def references(card: VirtualCard, argument: str) -> None:
    """The references of the keys, as long as the issued ones: ``85,8A`` on a CPS3, ``11,21`` on a CPS4."""
    application = _application(card)
    issued = sorted(application.keys.items())
    for (reference, key), number in zip(issued, argument.split(","), strict=True):
        del application.keys[reference]
        application.keys[int(number, 16)] = replace(key, reference=int(number, 16))
        _replace(card, reference, int(number, 16))


def algorithms(card: VirtualCard, argument: str) -> None:
    """TokenInfo gives algorithm references that are higher by this number: ``1``."""
    more = int(argument)
    file = card.file("3F00/0001/5032")
    ((tag, content),) = parse(file.content)
    file.content = tlv(tag, *(_with_references(*field, more) for field in parse(content)))
    usual = card.chip.handlers[_SET_ENVIRONMENT]

    def handler(command: Command) -> Response:
        return usual(replace(command, data=b"".join(_usual(*field, more) for field in parse(command.data))))

    card.chip.handlers[_SET_ENVIRONMENT] = handler


def _with_references(tag: int, value: bytes, more: int) -> bytes:
    if tag != _SUPPORTED_ALGORITHMS:
        return tlv(tag, value)
    written = b""
    for kind, entry in parse(value):
        *others, (_integer, reference) = parse(entry)
        written += tlv(kind, *(tlv(*field) for field in others), integer(int.from_bytes(reference, "big") + more))
    return tlv(tag, written)


def _usual(tag: int, value: bytes, more: int) -> bytes:
    """A data object of a template with the algorithm reference of the chip, which is lower by `more`."""
    return tlv(tag, bytes((value[0] - more & 0xFF,)) + value[1:] if tag in _WITH_ALGORITHM else value)


def _application(card: VirtualCard) -> Directory:
    application = card.files.mf.child(0x0001)
    assert isinstance(application, Directory)
    return application


def _replace(card: VirtualCard, issued: int, varied: int) -> None:
    for name in _DIRECTORIES:
        file = card.file(name)
        file.content = file.content.replace(integer(issued), integer(varied))


@cache
def _made(bits: int, _number: int) -> RSAPrivateKey:
    # Issued cards need no library.
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, bits)


def _certificate(key: RSAPrivateKey, size: int) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ESSAI")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7)
    builder = builder.not_valid_before(dt.datetime(2020, 1, 1)).not_valid_after(dt.datetime(2090, 1, 1))
    builder = builder.add_extension(
        x509.UnrecognizedExtension(x509.ObjectIdentifier(_PADDING), bytes(size)), critical=False
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
