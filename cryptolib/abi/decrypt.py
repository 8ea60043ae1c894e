"""Decryption functions (PKCS#11 3.2, 5.10)."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.cryptoki.constants import CKF_DECRYPT
from cryptolib.token.objects import PrivateKeyObject
from cryptolib.token.session import DECRYPT, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import Operation
    from cryptolib.mechanisms.table import Mechanism


def _decryptor(mechanism: Mechanism, key: PrivateKeyObject, wanted: CkMechanism) -> Operation:
    return mechanism.decryptor(key, wanted)


@cryptoki_call
def C_DecryptInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(
        hSession, DECRYPT, pMechanism, hKey, CKF_DECRYPT, PrivateKeyObject, _decryptor, Session.decryption_key
    )


@cryptoki_call
def C_Decrypt(hSession: int, pEncryptedData: CData, ulEncryptedDataLen: int, pData: CData, pulDataLen: CData) -> None:
    operations.single(hSession, DECRYPT, pEncryptedData, ulEncryptedDataLen, pData, pulDataLen)


@cryptoki_call
def C_DecryptUpdate(
    hSession: int, pEncryptedPart: CData, ulEncryptedPartLen: int, pPart: CData, pulPartLen: CData
) -> None:
    operations.cipher_update(hSession, DECRYPT, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen)


@cryptoki_call
def C_DecryptFinal(hSession: int, pLastPart: CData, pulLastPartLen: CData) -> None:
    operations.final(hSession, DECRYPT, pLastPart, pulLastPartLen)
