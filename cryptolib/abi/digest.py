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
def C_DigestInit(session: int, mechanism: CData) -> None:
    with provider().using(session) as used:
        if not mechanism and used.operations.pop(DIGEST, None) is not None:
            return
        used.require_idle(DIGEST)
        wanted = read_mechanism(mechanism)
        mechanism = used.mechanism(wanted.type, CKF_DIGEST)
        if not isinstance(mechanism, Digest):
            raise CryptokiError(CKR_MECHANISM_INVALID)
        mechanism.check_parameter(wanted)
        used.operations[DIGEST] = _Digesting(mechanism.function)


@cryptoki_call
def C_Digest(session: int, data: CData, length: int, digest: CData, digest_length: CData) -> None:
    with provider().using(session) as used:
        active: _Digesting = used.operation(DIGEST)
        if active.begun:
            raise CryptokiError(CKR_OPERATION_ACTIVE)
        content = view(data, length)
        output = Output(digest, digest_length)
        if output.ready(active.size):
            del used.operations[DIGEST]
            active.running.update(content)
            output.write(active.running.finalize())
        else:
            active.queried = active.running.copy()
            active.queried.update(content)


@cryptoki_call
def C_DigestUpdate(session: int, part: CData, length: int) -> None:
    with provider().using(session) as used:
        active: _Digesting = used.operation(DIGEST)
        active.running.update(view(part, length))
        active.queried = None
        active.begun = True


@cryptoki_call
def C_DigestFinal(session: int, digest: CData, digest_length: CData) -> None:
    with provider().using(session) as used:
        active: _Digesting = used.operation(DIGEST)
        output = Output(digest, digest_length)
        if output.ready(active.size):
            del used.operations[DIGEST]
            output.write((active.queried or active.running).finalize())
