"""Signing functions (PKCS#11 3.2, 5.13)."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.token.operations import Sign, SignRecover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_SignInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, Sign, pMechanism, hKey)


@cryptoki_call
def C_Sign(hSession: int, pData: CData, ulDataLen: int, pSignature: CData, pulSignatureLen: CData) -> None:
    operations.single(hSession, Sign, pData, ulDataLen, pSignature, pulSignatureLen)


@cryptoki_call
def C_SignUpdate(hSession: int, pPart: CData, ulPartLen: int) -> None:
    operations.update(hSession, Sign, pPart, ulPartLen)


@cryptoki_call
def C_SignFinal(hSession: int, pSignature: CData, pulSignatureLen: CData) -> None:
    operations.final(hSession, Sign, pSignature, pulSignatureLen)


@cryptoki_call
def C_SignRecoverInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, SignRecover, pMechanism, hKey)


@cryptoki_call
def C_SignRecover(hSession: int, pData: CData, ulDataLen: int, pSignature: CData, pulSignatureLen: CData) -> None:
    operations.single(hSession, SignRecover, pData, ulDataLen, pSignature, pulSignatureLen)
