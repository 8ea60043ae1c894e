"""Commands that present codes: their headers; the codes themselves are no part of them."""

from __future__ import annotations

import pytest

from cryptolib.iso7816 import security
from cryptolib.iso7816.apdu import Command, encode


@pytest.mark.parametrize(
    ("command", "header"),
    [
        (security.verify(0x01), "00200001"),
        (security.query_verify(0x81), "00200081"),
        (security.change_reference_data(security.OLD_AND_NEW, 0x01), "00240001"),
        (security.change_reference_data(security.NEW_ALONE, 0x02), "00240102"),
        (security.reset_retry_counter(security.RESET_WITH_NEW, 0x01), "002C0201"),
        (security.reset_retry_counter(security.RESET_ALONE, 0x81), "002C0381"),
    ],
)
def test_a_code_is_presented_with(command: Command, header: str) -> None:
    assert encode(0, command, command.data, command.le).hex().upper() == header
