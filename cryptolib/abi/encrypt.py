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
def C_EncryptInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, ENCRYPT, pMechanism, hKey, CKF_ENCRYPT, PublicKeyObject, _encryptor)


@cryptoki_call
def C_Encrypt(hSession: int, pData: CData, ulDataLen: int, pEncryptedData: CData, pulEncryptedDataLen: CData) -> None:
    operations.single(hSession, ENCRYPT, pData, ulDataLen, pEncryptedData, pulEncryptedDataLen)


@cryptoki_call
def C_EncryptUpdate(
    hSession: int, pPart: CData, ulPartLen: int, pEncryptedPart: CData, pulEncryptedPartLen: CData
) -> None:
    operations.cipher_update(hSession, ENCRYPT, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen)


@cryptoki_call
def C_EncryptFinal(hSession: int, pLastEncryptedPart: CData, pulLastEncryptedPartLen: CData) -> None:
    operations.final(hSession, ENCRYPT, pLastEncryptedPart, pulLastEncryptedPartLen)
