"""CPS3, contactless: the card's second application, behind the antenna and without codes (IAS ECC 1.0.1)."""

from __future__ import annotations

from cryptolib.cards import scheme
from cryptolib.cards.errors import CardFault, NotAuthenticated, NotUsable, PinBlocked
from cryptolib.cards.ias import Ias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme


# What a card with codes may say of its key.
REFUSALS = (NotAuthenticated, NotUsable, PinBlocked)


class Cps3Contactless(Ias):
    """Driver of the CPS3 through its antenna: one technical key, which needs no code."""

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
            # The chip may have started again by itself: once more, from the selection on.
            self.forget()
        try:
            return self._internal_authenticate(key, data, proof)
        except REFUSALS as error:
            # Without a code there is nothing to present, and for this its key is there.
            raise CardFault(str(error)) from error
