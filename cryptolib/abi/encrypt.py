"""Encryption functions (PKCS#11 3.2, 5.8), in software with a public key."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.cryptoki.constants import CKF_ENCRYPT
from cryptolib.token.objects import PublicKeyObject
from cryptolib.token.session import ENCRYPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import Operation
    from cryptolib.mechanisms.table import Mechanism


def _encryptor(mechanism: Mechanism, key: PublicKeyObject, wanted: CkMechanism) -> Operation:
    return mechanism.encryptor(key.numbers(), wanted)


@cryptoki_call
def C_EncryptInit(session: int, mechanism: CData, key: int) -> None:
    operations.start(session, ENCRYPT, mechanism, key, CKF_ENCRYPT, PublicKeyObject, _encryptor)


@cryptoki_call
def C_Encrypt(session: int, data: CData, length: int, encrypted: CData, encrypted_length: CData) -> None:
    operations.single(session, ENCRYPT, data, length, encrypted, encrypted_length)


@cryptoki_call
def C_EncryptUpdate(session: int, part: CData, length: int, encrypted: CData, encrypted_length: CData) -> None:
    operations.cipher_update(session, ENCRYPT, part, length, encrypted, encrypted_length)


@cryptoki_call
def C_EncryptFinal(session: int, encrypted: CData, encrypted_length: CData) -> None:
    operations.final(session, ENCRYPT, encrypted, encrypted_length)
