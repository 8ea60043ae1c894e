"""CPS3, contactless: a second application, without codes (IAS ECC 1.0.1)."""

from __future__ import annotations

from cryptolib.cards import scheme
from cryptolib.cards.errors import CardFault, NotAuthenticated, NotUsable, PinBlocked
from cryptolib.cards.ias import Ias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme


# Refusals that only a card with codes may give.
REFUSALS = (NotAuthenticated, NotUsable, PinBlocked)


class Cps3Contactless(Ias):
    """Driver of the contactless CPS3: one technical key without a code."""

    KIND = "cps3cl"
    AID = bytes.fromhex("E8 28 BD 08 0F 80 25 00 00 01 FF 00 20")
    APPLICATION = bytes.fromhex("3F 00 00 02")
    HAS_CODES = False
    AUTHENTICATION_SCHEMES = frozenset((scheme.AUTHENTICATE,))
    SIGNATURE_SCHEMES = AUTHENTICATION_SCHEMES

    def compute(self, key: int, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        if how is not scheme.AUTHENTICATE:
            raise NotUsable(f"the key of this card does not compute {how}")
        try:
            return self._internal_authenticate(key, data, proof)
        except REFUSALS:
            # The chip may have restarted: repeat from the selection on.
            self.forget()
        try:
            return self._internal_authenticate(key, data, proof)
        except REFUSALS as error:
            # This key needs no code, so a refusal for lack of one is a fault.
            raise CardFault(str(error)) from error
