"""`cps show`: examples of the specification, cards near their end, cards with little data."""

from datetime import UTC, datetime

import pytest

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.cli.severity import Severity
from cryptolib.cli.show.holder import card_lines
from cryptolib.cli.show.raw import raw_lines
from cryptolib.cli.show.situations import situation_lines
from cryptolib.metier.card import Card, card
from cryptolib.metier.codec import decode
from tests.support import AUTHENTICATION, certificate

FRENCH = Messages("fr")
IDENTITY = "E31E800680250000012F81052800099991820180830420240115840420270131"
DOCTOR = "ED27800200A0810C38393939303030303030313782010A83010084074558454D504C458504534D3236"
STUDENT = "ED20800101810C38393939303030303030323582010083010A84074558454D504C45"
SITUATION = "EE1D800100830101850F343939393030303030303137303031860453413037"
TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


def holding(**objects: str) -> Card:
    return card({label: bytes.fromhex(value) for label, value in objects.items()})


def facts_of(lines: list[Line]) -> dict[str, str]:
    return {line.title: line.text for line in lines}


def test_a_doctor_is_shown_in_words() -> None:
    lines = facts_of(card_lines(holding(CPS_ID_CARD=IDENTITY, CPS_INFO_PS=DOCTOR), FRENCH, TODAY))
    assert lines == {
        "Identifiant national": "899900000017 (N° RPPS 99900000017)",
        "Profession": "Médecin (10)",
        "Savoir-faire": "Qualifié en Médecine générale (SM) (SM26)",
        "Type de carte": "Carte de Professionnel de Santé (CPS)",
        "Carte": "n° 2800099991",
        "Usage": "carte de test",
        "Émise le": "15/01/2024",
        "Fin de validité": "31/01/2027",
    }


def test_the_holder_of_a_cpf_has_a_future_profession_and_no_other() -> None:
    lines = facts_of(card_lines(holding(CPS_INFO_PS=STUDENT), FRENCH, TODAY))
    assert lines["Future profession"].endswith("(10)")
    assert "Profession" not in lines


@pytest.mark.parametrize(
    ("today", "severity", "said"),
    [
        (datetime(2026, 6, 1, tzinfo=UTC), Severity.OK, "31/01/2027"),
        (datetime(2026, 11, 15, tzinfo=UTC), Severity.WARNING, "31/01/2027, dans 78 jours"),
        (datetime(2027, 1, 31, 23, tzinfo=UTC), Severity.WARNING, "31/01/2027, dans 0 jour"),
        (datetime(2027, 2, 1, 1, tzinfo=UTC), Severity.FAILURE, "expirée depuis le 31/01/2027"),
    ],
)
def test_a_card_at_its_end_comes_with_the_next_step(today: datetime, severity: Severity, said: str) -> None:
    (end,) = [
        each for each in card_lines(holding(CPS_ID_CARD=IDENTITY), FRENCH, today) if each.title == "Fin de validité"
    ]
    assert (end.severity, end.text) == (severity, said)
    assert bool(end.advice) == (severity is not Severity.OK)


def test_a_card_that_names_another_holder_than_its_certificates_is_pointed_out() -> None:
    both = card({"CPS_INFO_PS": bytes.fromhex(DOCTOR)}, [("Certificat", certificate("cps4", AUTHENTICATION))])
    (warning,) = [each for each in card_lines(both, FRENCH, TODAY) if each.severity is Severity.WARNING]
    assert "899900000045" in warning.text


def test_of_a_card_that_says_nothing_nothing_is_shown() -> None:
    assert card_lines(card({}), FRENCH, TODAY) == []


def test_a_damaged_certificate_is_named_by_its_use() -> None:
    (line,) = card_lines(card({}, [("Certificat de Signature CPS", b"?")]), FRENCH, TODAY)
    assert (line.title, line.text, line.severity) == ("Certificat de signature", "illisible", Severity.FAILURE)


def test_situations_do_not_end_at_a_free_number() -> None:
    held = holding(CPS_ACTIVITY_01_PS=SITUATION, CPS_ACTIVITY_03_PS=SITUATION)
    titles = [title for title, _ in situation_lines(held, FRENCH)]
    assert titles == ["Situation d'exercice 1", "Situation d'exercice 3", "Situations d'exercice"]
    facts = facts_of(next(situation_lines(held, FRENCH))[1])
    assert facts["Secteur dans un VIHF"] == "SA07^1.2.250.1.71.4.2.4"
    assert facts["Facturation"] == "aucune situation de facturation"


def test_a_card_without_situations() -> None:
    assert [facts_of(lines) for _, lines in situation_lines(card({}), FRENCH)] == [{"Sur cette carte": "aucune"}]


def test_raw_shows_every_byte_and_marks_what_is_unknown() -> None:
    value = bytes.fromhex("ED0F80010087023132820110" + "FFFFFFFFFF")
    assert list(raw_lines(decode("CPS_INFO_PS", value[:14]), FRENCH)) == [
        "CPS_INFO_PS (14 octets)",
        "  ED Holder",
        "    80 card_type, flags: 00",
        '    87 champ inconnu: 31 32  "12"',
        "    82 profession: 10",
        "  reste, qui n'est aucun champ : FF FF",
        "  octets annoncés et absents : 3",
    ]


def test_raw_shows_what_is_no_field_at_all() -> None:
    assert list(raw_lines(decode("CPS_DATA", b"\x9f"), FRENCH)) == [
        "CPS_DATA (1 octet)",
        "  reste, qui n'est aucun champ : 9F",
    ]
