"""Signature verification functions (PKCS#11 3.2, 5.15), in software with a public key."""

from __future__ import annotations

from cryptolib.abi import operations
from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require
from cryptolib.cryptoki.constants import CKF_VERIFY, CKF_VERIFY_RECOVER, CKR_SIGNATURE_LEN_RANGE
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import PublicKeyObject
from cryptolib.token.session import VERIFY, VERIFY_RECOVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.abi.operations import Active
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.mechanisms.operation import Operation
    from cryptolib.mechanisms.table import Mechanism, Verifier


class _Verification:
    """A verifier that takes a signature of its key's length, and reads no other."""

    def __init__(self, verifier: Verifier, size: int) -> None:
        self._verifier = verifier
        self._size = size
        self.check_room = verifier.check_room
        self.update = verifier.update

    def check_length(self, length: int) -> None:
        """Raises CKR_SIGNATURE_LEN_RANGE."""
        if length != self._size:
            raise CryptokiError(CKR_SIGNATURE_LEN_RANGE, f"{length} bytes for {self._size}")

    def finish(self, signature: CData, length: int) -> None:
        self.check_length(length)
        self._verifier.finish(read(signature, length))


def _verifier(mechanism: Mechanism, key: PublicKeyObject, wanted: CkMechanism) -> _Verification:
    numbers = key.numbers()
    return _Verification(mechanism.verifier(numbers, wanted), numbers.size)


def _recoverer(mechanism: Mechanism, key: PublicKeyObject, wanted: CkMechanism) -> Operation:
    return mechanism.recoverer(key.numbers(), wanted)


@cryptoki_call
def C_VerifyInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, VERIFY, pMechanism, hKey, CKF_VERIFY, PublicKeyObject, _verifier)


@cryptoki_call
def C_Verify(hSession: int, pData: CData, ulDataLen: int, pSignature: CData, ulSignatureLen: int) -> None:
    with provider().session(hSession) as session:
        active: Active = session.operation(VERIFY)
        active.require_unbegun()
        require(pData, pSignature)
        del session.operations[VERIFY]
        active.operation.check_room(ulDataLen)
        active.operation.check_length(ulSignatureLen)
        operations.feed(active.operation, pData, ulDataLen)
        active.operation.finish(pSignature, ulSignatureLen)


@cryptoki_call
def C_VerifyUpdate(hSession: int, pPart: CData, ulPartLen: int) -> None:
    operations.update(hSession, VERIFY, pPart, ulPartLen)


@cryptoki_call
def C_VerifyFinal(hSession: int, pSignature: CData, ulSignatureLen: int) -> None:
    with provider().session(hSession) as session:
        active: Active = session.operation(VERIFY)
        require(pSignature)
        del session.operations[VERIFY]
        active.operation.finish(pSignature, ulSignatureLen)


@cryptoki_call
def C_VerifyRecoverInit(hSession: int, pMechanism: CData, hKey: int) -> None:
    operations.start(hSession, VERIFY_RECOVER, pMechanism, hKey, CKF_VERIFY_RECOVER, PublicKeyObject, _recoverer)


@cryptoki_call
def C_VerifyRecover(hSession: int, pSignature: CData, ulSignatureLen: int, pData: CData, pulDataLen: CData) -> None:
    operations.single(hSession, VERIFY_RECOVER, pSignature, ulSignatureLen, pData, pulDataLen)
