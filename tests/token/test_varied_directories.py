"""Directories with the same meaning in another encoding, and cards with the ATR of a CPS that are no CPS."""

import pytest

from conformance.virtual_card.variations import vary
from cryptolib.cryptoki.constants import CKA_DECRYPT, CKR_TOKEN_NOT_RECOGNIZED
from tests.support import AUTHENTICATION, CARDS, SIGNATURE, labelled
from tests.token.library import Library, code
from tests.token.test_signing import LABELS
from tests.token.test_varied_paths import logged_in


@pytest.mark.parametrize("variation", ["authentication-usage=2", "authentication-usage=1,2"])
def test_the_key_that_signs_no_documents_decrypts_on_a_cps3(variation: str) -> None:
    token = logged_in("cps3", variation)
    decrypts = {role: labelled(token, LABELS[role]).value(CKA_DECRYPT) for role in LABELS}
    assert decrypts == {SIGNATURE: b"\0", AUTHENTICATION: b"\1"}


@pytest.mark.parametrize("serial", ["5A0A9000000001999900033F", "5A0A80250000019999AB033F", "00" * 12, "FF" * 12])
@pytest.mark.parametrize("card", [*CARDS, "cps3cl"])
def test_no_session_is_opened_on_a_card_of_an_unknown_serial_number(card: str, serial: str) -> None:
    library = Library(card)
    inserted = library.readers.plugged[0].card
    assert inserted is not None
    vary(inserted, f"serial={serial}")
    assert code(lambda: library.session()) == CKR_TOKEN_NOT_RECOGNIZED
