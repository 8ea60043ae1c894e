"""Signing functions (PKCS#11 3.2, 5.13)."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.cryptoki.constants import CKF_SIGN, CKF_SIGN_RECOVER
from cryptolib.token.objects import PrivateKeyObject
from cryptolib.token.session import SIGN, SIGN_RECOVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import Operation
    from cryptolib.mechanisms.table import Mechanism


def _signer(mechanism: Mechanism, key: PrivateKeyObject, wanted: CkMechanism) -> Operation:
    return mechanism.signer(key, wanted)


@cryptoki_call
def C_SignInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, SIGN, pMechanism, hKey, CKF_SIGN, PrivateKeyObject, _signer)


@cryptoki_call
def C_Sign(hSession: int, pData: CData, ulDataLen: int, pSignature: CData, pulSignatureLen: CData) -> None:
    operations.single(hSession, SIGN, pData, ulDataLen, pSignature, pulSignatureLen)


@cryptoki_call
def C_SignUpdate(hSession: int, pPart: CData, ulPartLen: int) -> None:
    operations.update(hSession, SIGN, pPart, ulPartLen)


@cryptoki_call
def C_SignFinal(hSession: int, pSignature: CData, pulSignatureLen: CData) -> None:
    operations.final(hSession, SIGN, pSignature, pulSignatureLen)


@cryptoki_call
def C_SignRecoverInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    """The signature that C_VerifyRecover opens is the one that C_Sign makes of the same data."""
    operations.start(hSession, SIGN_RECOVER, pMechanism, hKey, CKF_SIGN_RECOVER, PrivateKeyObject, _signer)


@cryptoki_call
def C_SignRecover(hSession: int, pData: CData, ulDataLen: int, pSignature: CData, pulSignatureLen: CData) -> None:
    operations.single(hSession, SIGN_RECOVER, pData, ulDataLen, pSignature, pulSignatureLen)
