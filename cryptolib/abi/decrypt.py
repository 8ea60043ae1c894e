"""Decryption functions (PKCS#11 3.2, 5.10)."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.token.operations import Decrypt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_DecryptInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, Decrypt, pMechanism, hKey)


@cryptoki_call
def C_Decrypt(hSession: int, pEncryptedData: CData, ulEncryptedDataLen: int, pData: CData, pulDataLen: CData) -> None:
    operations.single(hSession, Decrypt, pEncryptedData, ulEncryptedDataLen, pData, pulDataLen)


@cryptoki_call
def C_DecryptUpdate(
    hSession: int, pEncryptedPart: CData, ulEncryptedPartLen: int, pPart: CData, pulPartLen: CData
) -> None:
    operations.cipher_update(hSession, Decrypt, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen)


@cryptoki_call
def C_DecryptFinal(hSession: int, pLastPart: CData, pulLastPartLen: CData) -> None:
    operations.final(hSession, Decrypt, pLastPart, pulLastPartLen)
