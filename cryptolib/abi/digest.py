"""Message digesting functions (PKCS#11 3.2, 5.12), in software."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read_mechanism, view
from cryptolib.abi.library import provider
from cryptolib.abi.memory import Output
from cryptolib.cryptoki.constants import CKF_DIGEST, CKR_MECHANISM_INVALID, CKR_OPERATION_ACTIVE
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.table import Digest
from cryptolib.token.session import DIGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData
    from cryptolib.mechanisms.hashes import Hash, Running


class _Digesting:
    """A running digest; `queried` is that of a C_Digest length query, for who goes on with C_DigestFinal."""

    __slots__ = ("begun", "queried", "running", "size")

    def __init__(self, function: Hash) -> None:
        self.running = function.start()
        self.size = function.size
        self.queried: Running | None = None
        self.begun = False


@cryptoki_call
def C_DigestInit(hSession: int, pMechanism: CData) -> None:
    with provider().session(hSession) as session:
        if not pMechanism and session.operations.pop(DIGEST, None) is not None:
            return
        session.require_idle(DIGEST)
        wanted = read_mechanism(pMechanism)
        mechanism = session.mechanism(wanted.type, CKF_DIGEST)
        if not isinstance(mechanism, Digest):
            raise CryptokiError(CKR_MECHANISM_INVALID)
        mechanism.check_parameter(wanted)
        session.operations[DIGEST] = _Digesting(mechanism.function)


@cryptoki_call
def C_Digest(hSession: int, pData: CData, ulDataLen: int, pDigest: CData, pulDigestLen: CData) -> None:
    with provider().session(hSession) as session:
        active: _Digesting = session.operation(DIGEST)
        if active.begun:
            raise CryptokiError(CKR_OPERATION_ACTIVE)
        content = view(pData, ulDataLen)
        output = Output(pDigest, pulDigestLen)
        if output.ready(active.size):
            del session.operations[DIGEST]
            active.running.update(content)
            output.write(active.running.finalize())
        else:
            active.queried = active.running.copy()
            active.queried.update(content)


@cryptoki_call
def C_DigestUpdate(hSession: int, pPart: CData, ulPartLen: int) -> None:
    with provider().session(hSession) as session:
        active: _Digesting = session.operation(DIGEST)
        active.running.update(view(pPart, ulPartLen))
        active.queried = None
        active.begun = True


@cryptoki_call
def C_DigestFinal(hSession: int, pDigest: CData, pulDigestLen: CData) -> None:
    with provider().session(hSession) as session:
        active: _Digesting = session.operation(DIGEST)
        output = Output(pDigest, pulDigestLen)
        if output.ready(active.size):
            del session.operations[DIGEST]
            output.write((active.queried or active.running).finalize())
