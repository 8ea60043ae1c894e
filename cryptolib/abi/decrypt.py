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
def C_DecryptInit(session: int, mechanism: CData, key: int) -> None:
    operations.start(
        session, DECRYPT, mechanism, key, CKF_DECRYPT, PrivateKeyObject, _decryptor, Session.decryption_key
    )


@cryptoki_call
def C_Decrypt(session: int, encrypted: CData, length: int, data: CData, data_length: CData) -> None:
    operations.single(session, DECRYPT, encrypted, length, data, data_length)


@cryptoki_call
def C_DecryptUpdate(session: int, encrypted: CData, length: int, part: CData, part_length: CData) -> None:
    operations.cipher_update(session, DECRYPT, encrypted, length, part, part_length)


@cryptoki_call
def C_DecryptFinal(session: int, part: CData, part_length: CData) -> None:
    operations.final(session, DECRYPT, part, part_length)
