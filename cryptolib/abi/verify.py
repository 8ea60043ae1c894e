"""Signature verification functions (PKCS#11 3.2, 5.15), in software with a public key."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require
from cryptolib.token.operations import Verify, VerifyRecover

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_VerifyInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, Verify, pMechanism, hKey)


@cryptoki_call
def C_Verify(hSession: int, pData: CData, ulDataLen: int, pSignature: CData, ulSignatureLen: int) -> None:
    with provider().session(hSession) as session:
        operation = session.operations.current(Verify)
        operation.require_unbegun()
        require(pData, pSignature)
        session.operations.end(Verify)
        operation.input.check_room(ulDataLen)
        operation.check_length(ulSignatureLen)
        operations.feed(operation, pData, ulDataLen)
        operation.finish(read(pSignature, ulSignatureLen))


@cryptoki_call
def C_VerifyUpdate(hSession: int, pPart: CData, ulPartLen: int) -> None:
    operations.update(hSession, Verify, pPart, ulPartLen)


@cryptoki_call
def C_VerifyFinal(hSession: int, pSignature: CData, ulSignatureLen: int) -> None:
    with provider().session(hSession) as session:
        operation = session.operations.current(Verify)
        require(pSignature)
        session.operations.end(Verify)
        operation.check_length(ulSignatureLen)
        operation.finish(read(pSignature, ulSignatureLen))


@cryptoki_call
def C_VerifyRecoverInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, VerifyRecover, pMechanism, hKey)


@cryptoki_call
def C_VerifyRecover(hSession: int, pSignature: CData, ulSignatureLen: int, pData: CData, pulDataLen: CData) -> None:
    operations.single(hSession, VerifyRecover, pSignature, ulSignatureLen, pData, pulDataLen)
