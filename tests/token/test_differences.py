"""Differences from the original middleware that take a second reader or a card of somebody else to be seen."""

from __future__ import annotations

from cryptolib.cryptoki.constants import CKR_TOKEN_NOT_RECOGNIZED, CKU_SO
from tests.token.desk import Desk, code


def test_no_function_recognises_a_strange_card() -> None:
    desk = Desk("cps3")
    desk.readers.plugged[0].atr = bytes.fromhex("3B6500002063CB6A00")
    desk.readers.plugged[0].events += 1
    slot = desk.provider.slot(0)
    for question in (slot.mechanisms, slot.token, desk.session):
        assert code(question) == CKR_TOKEN_NOT_RECOGNIZED


def test_read_only_sessions_elsewhere_do_not_keep_the_security_officer_out() -> None:
    desk = Desk("cps3", "cps4")
    desk.session(1, writable=False)
    writable = desk.session(0)
    desk.log_in(writable, CKU_SO)
    assert desk.provider.slot(0).logged_in() == CKU_SO
