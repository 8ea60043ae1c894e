"""Encryption functions (PKCS#11 3.2, 5.8), in software with a public key."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.token.operations import Encrypt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_EncryptInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, Encrypt, pMechanism, hKey)


@cryptoki_call
def C_Encrypt(hSession: int, pData: CData, ulDataLen: int, pEncryptedData: CData, pulEncryptedDataLen: CData) -> None:
    operations.single(hSession, Encrypt, pData, ulDataLen, pEncryptedData, pulEncryptedDataLen)


@cryptoki_call
def C_EncryptUpdate(
    hSession: int, pPart: CData, ulPartLen: int, pEncryptedPart: CData, pulEncryptedPartLen: CData
) -> None:
    operations.cipher_update(hSession, Encrypt, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen)


@cryptoki_call
def C_EncryptFinal(hSession: int, pLastEncryptedPart: CData, pulLastEncryptedPartLen: CData) -> None:
    operations.final(hSession, Encrypt, pLastEncryptedPart, pulLastEncryptedPartLen)
