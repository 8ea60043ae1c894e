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
def C_SignInit(session: int, mechanism: CData, key: int) -> None:
    operations.start(session, SIGN, mechanism, key, CKF_SIGN, PrivateKeyObject, _signer)


@cryptoki_call
def C_Sign(session: int, data: CData, length: int, signature: CData, signature_length: CData) -> None:
    operations.single(session, SIGN, data, length, signature, signature_length)


@cryptoki_call
def C_SignUpdate(session: int, part: CData, length: int) -> None:
    operations.update(session, SIGN, part, length)


@cryptoki_call
def C_SignFinal(session: int, signature: CData, signature_length: CData) -> None:
    operations.final(session, SIGN, signature, signature_length)


@cryptoki_call
def C_SignRecoverInit(session: int, mechanism: CData, key: int) -> None:
    """The signature that C_VerifyRecover opens is the one that C_Sign makes of the same data."""
    operations.start(session, SIGN_RECOVER, mechanism, key, CKF_SIGN_RECOVER, PrivateKeyObject, _signer)


@cryptoki_call
def C_SignRecover(session: int, data: CData, length: int, signature: CData, signature_length: CData) -> None:
    operations.single(session, SIGN_RECOVER, data, length, signature, signature_length)
