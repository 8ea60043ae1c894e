"""The holder and the validity in the certificates of the cards."""

from datetime import UTC, datetime, timedelta

import pytest

from cryptolib.cli.certificates import Holder, explained_identifier, holder
from cryptolib.metier.certificate import parse
from cryptolib.metier.chain import SOON, Validity, validity
from tests.support import AUTHENTICATION, certificate

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (START - SECOND, Validity.EARLY),
        (START, Validity.VALID),
        (END - SOON, Validity.VALID),
        (END - SOON + SECOND, Validity.SOON),
        (END, Validity.SOON),
        (END + SECOND, Validity.EXPIRED),
    ],
)
def test_the_days_of_a_certificate(now: datetime, expected: Validity) -> None:
    assert validity(START, END, now) is expected


def test_the_holder_stands_in_the_subject() -> None:
    parsed = parse(certificate("cps4", AUTHENTICATION))
    assert parsed is not None
    assert holder(parsed) == Holder("Dominique EXEMPLE-QUATRE", "Médecin", "899900000045")
    assert (parsed.not_before, parsed.not_after) == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC))


def test_the_register_of_a_national_identifier_is_named() -> None:
    assert explained_identifier("899900000045") == "899900000045 (N° RPPS 99900000045)"
    assert explained_identifier("7000") == "7000"
    assert explained_identifier("") is None


def test_what_is_no_certificate_is_none() -> None:
    assert parse(b"") is None
    assert parse(certificate("cps4", AUTHENTICATION)[:-1]) is None
