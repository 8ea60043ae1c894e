"""Message digesting functions (PKCS#11 3.2, 5.12), in software."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read_mechanism, view
from cryptolib.abi.library import provider
from cryptolib.abi.memory import Output
from cryptolib.token.operations import Digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData


@cryptoki_call
def C_DigestInit(hSession: int, pMechanism: CData) -> None:
    with provider().session(hSession) as session:
        if not pMechanism and session.operations.end(Digest):
            return
        session.operations.require_idle(Digest)
        wanted = read_mechanism(pMechanism)
        session.operations.begin(Digest(session.mechanism(wanted, Digest.FLAG).digest()))


@cryptoki_call
def C_Digest(hSession: int, pData: CData, ulDataLen: int, pDigest: CData, pulDigestLen: CData) -> None:
    with provider().session(hSession) as session:
        operation = session.operations.current(Digest)
        operation.require_unbegun()
        data = view(pData, ulDataLen)
        output = Output(pDigest, pulDigestLen)
        if output.ready(operation.size):
            session.operations.end(Digest)
            operation.update(data)
            output.write(operation.finish())
        else:
            operation.query(data)


@cryptoki_call
def C_DigestUpdate(hSession: int, pPart: CData, ulPartLen: int) -> None:
    with provider().session(hSession) as session:
        operation = session.operations.current(Digest)
        operation.update(view(pPart, ulPartLen))
        operation.begun = True


@cryptoki_call
def C_DigestFinal(hSession: int, pDigest: CData, pulDigestLen: CData) -> None:
    with provider().session(hSession) as session:
        operation = session.operations.current(Digest)
        output = Output(pDigest, pulDigestLen)
        if output.ready(operation.size):
            session.operations.end(Digest)
            output.write(operation.finish())
