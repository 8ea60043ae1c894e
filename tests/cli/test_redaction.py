"""What redaction removes from the files of the support archive, and what it leaves."""

import pytest

from cryptolib.cli.report.redaction import Redaction, without_data

HOLDER = ("EXEMPLE-QUATRE", "Dominique", "899900000045", "99990004")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dr Dominique EXEMPLE-QUATRE", "Dr [masqué 3] [masqué 4]"),
        ("dominique exemple-quatre", "[masqué 3] [masqué 4]"),
        ("n° 99990004, 899900000045", "n° [masqué 2], [masqué 1]"),
        ("RPPS 10101010101", "RPPS [masqué]"),
        ("port 1234567, PCSC 1.9.9, 0x120022", "port 1234567, PCSC 1.9.9, 0x120022"),
        ("29/11/2026 08:58:26", "29/11/2026 08:58:26"),
        ("Dominiques", "Dominiques"),
        ("", ""),
    ],
)
def test_names_and_long_numbers_are_hidden(text: str, shown: str) -> None:
    assert Redaction(HOLDER, "masqué")(text) == shown


def test_a_name_with_another_in_it_goes_first() -> None:
    assert Redaction(("MARIE", "MARIE CURIE"), "x")("MARIE CURIE, MARIE") == "[x 2], [x 1]"


def test_words_that_stand_in_every_text_are_left() -> None:
    assert Redaction(("DE", ""), "x")("DE LA") == "DE LA"
    assert Redaction((), "x")("nobody") == "nobody"


TRACE = """\
*************** Traces carte CPS *****************
Process = 15683

Sun Nov 29 08:53:23.802 : Outgoing APDU data [   13 bytes] =====================================
01 A4 04 0C 08 80 25 00 00 01 FF 01 00           ......%......
Sun Nov 29 08:53:23.802 : Incoming APDU data [    2 bytes] =====================================
90 00                                            ..
Sun Nov 29 08:53:23.807 : Outgoing APDU data [    5 bytes] =====================================
01 B0 00 00 31                                   ....1
Sun Nov 29 08:53:23.804 : Incoming APDU data [   34 bytes] =====================================
61 2F 4F 0D E8 28 BD 08 0F 80 25 00 00 01 FF 00  a/O..(....%.....
44 4F 4D 49 4E 49 51 55 45 20 45 58 45 4D 50 4C  DOMINIQUE EXEMPL
90 00                                            ..
Sun Nov 29 08:53:23.805 : Outgoing APDU data [    9 bytes] =====================================
01 20 00 01 04 ** ** ** **                       .. ..****
Sun Nov 29 08:53:23.806 : Incoming APDU data [    2 bytes] =====================================
63 C2                                            c.
Sun Nov 29 08:53:23.807 : C_Login: CKR_PIN_INCORRECT <- WrongPin(63C2)
"""


def test_of_an_exchange_the_header_and_the_status_are_left() -> None:
    assert without_data(TRACE).splitlines()[3:] == [
        "Sun Nov 29 08:53:23.802 : Outgoing APDU data [13 bytes]: 01 A4 04 0C 08 80 25 00 00 01 FF 01 00",
        "Sun Nov 29 08:53:23.802 : Incoming APDU data [2 bytes]: 90 00",
        "Sun Nov 29 08:53:23.807 : Outgoing APDU data [5 bytes]: 01 B0 00 00 31",
        "Sun Nov 29 08:53:23.804 : Incoming APDU data [34 bytes]: (32 bytes) 90 00",
        "Sun Nov 29 08:53:23.805 : Outgoing APDU data [9 bytes]: 01 20 00 01 04 (4 bytes)",
        "Sun Nov 29 08:53:23.806 : Incoming APDU data [2 bytes]: 63 C2",
        "Sun Nov 29 08:53:23.807 : C_Login: CKR_PIN_INCORRECT <- WrongPin(63C2)",
    ]


def test_a_trace_that_begins_in_the_middle_of_an_exchange_shows_no_data() -> None:
    """Only the last part of a long trace is taken."""
    cut = TRACE[TRACE.index("61 2F 4F") :]
    shown = without_data(cut)
    assert "DOMINIQUE" not in shown and "44 4F 4D" not in shown
