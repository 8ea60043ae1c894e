"""Differences from the original middleware that take a second reader or a card that is not in order to be seen."""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKA_VALUE, CKR_TOKEN_NOT_RECOGNIZED, CKU_SO
from tests.support import labelled, opened
from tests.token.library import Library, code

# The signature at the end of a certificate: BIT STRING of 257 bytes, the first of them the count of unused bits.
SIGNATURE_HEAD = bytes.fromhex("0382010100")


def test_no_function_recognises_a_strange_card() -> None:
    library = Library("cps3")
    library.readers.plugged[0].atr = bytes.fromhex("3B6500002063CB6A00")
    library.readers.plugged[0].events += 1
    slot = library.provider.slot(0)
    for question in (slot.mechanisms, slot.token, library.session):
        assert code(question) == CKR_TOKEN_NOT_RECOGNIZED


def test_read_only_sessions_elsewhere_do_not_keep_the_security_officer_out() -> None:
    library = Library("cps3", "cps4")
    library.session(1, writable=False)
    writable = library.session(0)
    library.log_in(writable, CKU_SO)
    assert library.provider.slot(0).logged_in() == CKU_SO


def test_a_certificate_is_given_as_the_card_holds_it() -> None:
    connection, token = opened("cps3")
    file = connection.card.file("3F00/0001/A001")
    position = file.content.rindex(SIGNATURE_HEAD) + len(SIGNATURE_HEAD) - 1
    file.content = file.content[:position] + b"\7" + file.content[position + 1 :]
    assert labelled(token, "Certificat de Signature CPS").value(CKA_VALUE) == file.content
