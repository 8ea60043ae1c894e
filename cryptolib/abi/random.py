"""Random number functions (PKCS#11 3.2, 5.19): the generator of the card."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require, write_all
from cryptolib.cryptoki.constants import CKR_ARGUMENTS_BAD, CKR_RANDOM_SEED_NOT_SUPPORTED
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData

# The card makes eight bytes per command: more than this would keep it busy for minutes.
MAX_RANDOM = 1 << 14


@cryptoki_call
def C_SeedRandom(hSession: int, pSeed: CData, ulSeedLen: int) -> None:
    with provider().session(hSession):
        raise CryptokiError(CKR_RANDOM_SEED_NOT_SUPPORTED)


@cryptoki_call
def C_GenerateRandom(hSession: int, RandomData: CData, ulRandomLen: int) -> None:
    with provider().session(hSession) as session:
        require(RandomData)
        if ulRandomLen > MAX_RANDOM:
            raise CryptokiError(CKR_ARGUMENTS_BAD, "more than the card makes in reasonable time")
        write_all(RandomData, ulRandomLen, session.token.random(ulRandomLen))
