"""Random number generation functions (PKCS#11 3.2, 5.19): the card's own generator."""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.library import provider
from cryptolib.abi.memory import require, write_all
from cryptolib.cryptoki.constants import CKR_ARGUMENTS_BAD, CKR_RANDOM_SEED_NOT_SUPPORTED
from cryptolib.cryptoki.errors import CryptokiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData

# The card makes eight bytes a command: more than this would hold it for minutes.
MAX_RANDOM = 1 << 14


@cryptoki_call
def C_SeedRandom(session: int, seed: CData, length: int) -> None:
    with provider().using(session):
        raise CryptokiError(CKR_RANDOM_SEED_NOT_SUPPORTED)


@cryptoki_call
def C_GenerateRandom(session: int, random: CData, length: int) -> None:
    with provider().using(session) as used:
        require(random)
        if length > MAX_RANDOM:
            raise CryptokiError(CKR_ARGUMENTS_BAD, "more than the card makes in reasonable time")
        write_all(random, length, used.token.random(length))
