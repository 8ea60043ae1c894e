"""Every object of a card, decoded from the worked examples of its format."""

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from conformance.virtual_card.tlv import tlv
from cryptolib.metier.billing import Billing
from cryptolib.metier.codec import decode, encode
from cryptolib.metier.cps2ter import FormerHolder, FormerQualifications, FormerSituation
from cryptolib.metier.family import Family
from cryptolib.metier.holder import Holder
from cryptolib.metier.identity import HolderName, IdentityCard
from cryptolib.metier.record import Record, Unknown
from cryptolib.metier.situation import Situation
from cryptolib.metier.update import Update
from tests.metier import examples
from tests.metier.examples import EXAMPLES


def test_the_identity_of_the_card() -> None:
    card = decode("CPS_ID_CARD", examples.IDENTITY_CARD)
    assert isinstance(card, IdentityCard)
    assert (card.number, card.issuer_number) == ("2800099991", "80250000012")
    assert (card.issued, card.expires) == (date(2024, 1, 15), date(2027, 1, 31))
    assert str(card.category) == "Carte de PS ou de Personnel de Santé de TEST (80)"


@pytest.mark.parametrize(
    ("category", "test"),
    [("00", False), ("02", False), ("03", False), ("80", True), ("81", True), ("82", True), ("83", True), ("07", None)],
)
def test_a_test_card_says_so(category: str, test: bool | None) -> None:
    card = decode("CPS_ID_CARD", tlv(0xE3, tlv(0x82, bytes.fromhex(category))))
    assert isinstance(card, IdentityCard)
    assert card.test is test


def test_the_names_of_the_holder() -> None:
    name = decode("CPS_NAME_PS", examples.HOLDER_NAME)
    assert isinstance(name, HolderName)
    assert str(name.civility) == "Madame (22)"
    assert (name.birth_name, name.used_name, name.usual_given_name) == ("EXEMPLE", "ESSAI", "JEANNE")
    assert name.given_names == ("JEANNE", "ANNE", "LÉA")


def test_the_holder_of_a_cps() -> None:
    holder = decode("CPS_INFO_PS", examples.HOLDER_CPS)
    assert isinstance(holder, Holder)
    assert holder.family is Family.CPS
    assert (holder.national_identifier, holder.identifier) == ("899900000017", "99900000017")
    assert str(holder.identifier_type) == "N° RPPS (8)"
    assert str(holder.profession) == "Médecin (10)"
    assert holder.role == holder.profession
    assert (holder.future_profession, holder.trade) == (None, None)
    assert holder.practice_name == "EXEMPLE"
    assert str(holder.savoir_faire) == "Qualifié en Médecine générale (SM) (SM26)"
    assert holder.flags == b"\xa0"


@pytest.mark.parametrize("code", ["C45", "SM26", "SCH37", "DSM50", "CAPA06"])
def test_a_savoir_faire_is_field_85_whatever_its_length(code: str) -> None:
    """Not the last four characters of the object: a code has three to six, and need not be the last field."""
    holder = decode("CPS_INFO_PS", tlv(0xED, tlv(0x85, code.encode()), tlv(0x84, b"EXEMPLE")))
    assert isinstance(holder, Holder)
    assert holder.savoir_faire is not None and holder.savoir_faire.code == code
    assert holder.savoir_faire.oid == "1.2.250.1.71.4.2.5"


def test_a_holder_without_savoir_faire() -> None:
    holder = decode("CPS_INFO_PS", tlv(0xED, tlv(0x84, b"EXEMPLE-SM26")))
    assert isinstance(holder, Holder)
    assert holder.savoir_faire is None


def test_the_holder_of_a_cpf_has_a_future_profession() -> None:
    holder = decode("CPS_INFO_PS", examples.HOLDER_CPF)
    assert isinstance(holder, Holder)
    assert holder.family is Family.CPF
    assert str(holder.future_profession) == "Médecin en formation (10)"
    assert holder.role == holder.future_profession
    assert holder.trade is None


def test_the_holder_of_a_cpe_is_known_to_a_structure() -> None:
    holder = decode("CPS_INFO_PS", examples.HOLDER_CPE)
    assert isinstance(holder, Holder)
    assert holder.family is Family.CPE
    assert holder.national_identifier == "3990000047/EMP0042"
    assert str(holder.identifier_type) == "FINESS / N° de registre (3)"
    assert holder.role is None


def test_the_holder_of_a_cpa_has_a_trade_that_no_nomenclature_names() -> None:
    holder = decode("CPS_INFO_PS", examples.HOLDER_CPA)
    assert isinstance(holder, Holder)
    assert holder.family is Family.CPA
    assert holder.trade is not None and (holder.trade.code, holder.trade.label) == ("41", None)


def test_an_unknown_type_of_card_is_of_no_family() -> None:
    holder = decode("CPS_INFO_PS", tlv(0xED, tlv(0x80, b"\x09"), tlv(0x83, b"\x0a")))
    assert isinstance(holder, Holder)
    assert (holder.family, holder.role, str(holder.card_type)) == (None, None, "09")
    assert holder.future_profession_or_trade == "10"


def test_a_situation() -> None:
    situation = decode("CPS_ACTIVITY_01_PS", examples.SITUATION)
    assert isinstance(situation, Situation)
    assert situation.number == 1
    assert str(situation.mode) == "Libéral, indépendant, artisan, commerçant (00)"
    assert str(situation.status) == "01"
    assert situation.structure_name == "CABINET D'ESSAI DU DR EXEMPLE"
    assert situation.structure_identifier == "499900000017001"
    assert (str(situation.structure_type), situation.structure_number) == ("Id Cabinet RPPS (4)", "99900000017001")
    assert situation.sector_vihf == "SA07^1.2.250.1.71.4.2.4"
    assert situation.billing_number == 1


def test_a_statut_beside_the_mode() -> None:
    situation = decode("CPS_ACTIVITY_16_PS", tlv(0xEE, tlv(0x80, b"\x04\x01")))
    assert isinstance(situation, Situation)
    assert (situation.number, situation.substitute) == (16, True)
    assert str(situation.mode_status) == "01"


@pytest.mark.parametrize(
    ("written", "read"), [("SA07", "SA07"), ("XA07", "SA07"), ("XB99", "XB99"), ("SA99", "SA99"), ("7", "7")]
)
def test_a_wrong_first_letter_of_a_sector_is_read_as_s(written: str, read: str) -> None:
    """As CPS Gestion, read S for the first letter if that is a sector; otherwise keep the code."""
    situation = decode("CPS_ACTIVITY_01_PS", tlv(0xEE, tlv(0x86, written.encode())))
    assert isinstance(situation, Situation)
    assert situation.sector is not None and situation.sector.code == read


def test_a_billing_record() -> None:
    billing = decode("CPS_SIT_FACT", examples.BILLING)
    assert isinstance(billing, Billing)
    (record,) = billing.records
    assert (record.number, record.identifier) == (1, "999999998")
    assert str(record.speciality) == "Médecine générale (01)"
    assert str(record.convention) == "Conventionné (1)"
    assert str(record.zone) == "Zone B (20)"
    assert str(record.travel_allowance) == "Plaine (1)"
    assert record.approvals is not None
    assert [str(each) for each in record.approvals] == ["D ou DDASS (01)", "Aucun (00)", "Aucun (00)"]
    assert (record.may_sign_claims, record.may_sign_batches, record.other_rights) == (True, True, 0)


def test_a_billing_record_is_found_by_its_number_not_by_its_place() -> None:
    records = [tlv(0xA0, tlv(0x80, bytes((number,)))) for number in (3, 1)]
    billing = decode("CPS_SIT_FACT", tlv(0xE0, *records))
    assert isinstance(billing, Billing)
    assert [record.number for record in billing.records] == [3, 1]
    assert billing.record(1) == billing.records[1]
    assert (billing.record(2), billing.record(None)) == (None, None)


def test_the_last_update() -> None:
    update = decode("EF_ACTUA", examples.UPDATE)
    assert isinstance(update, Update)
    assert (update.start, update.end) == (datetime(2024, 1, 15, 10, 30), datetime(2024, 1, 15, 10, 31, 5))


def test_the_former_holder_has_the_practice_name_in_another_field() -> None:
    holder = decode("CPS2TER_PSINFO", examples.FORMER_HOLDER)
    assert isinstance(holder, FormerHolder)
    assert (holder.practice_name, str(holder.undocumented), holder.family) == ("EXEMPLE", "12", Family.CPS)


def test_the_former_qualifications() -> None:
    qualifications = decode("CPS2TER_QUALIF_PS", examples.FORMER_QUALIFICATIONS)
    assert isinstance(qualifications, FormerQualifications)
    assert str(qualifications.nature_1) == "Spécialité ordinale (SM) (01)"
    assert qualifications.speciality_1 is not None and qualifications.speciality_1.code == "15"
    assert [code.code for code in qualifications.orientations or ()] == ["80", "81"]
    assert [code.label for code in qualifications.orientations or ()] == ["Homéopathie", "Acupuncture"]
    assert str(qualifications.specialisation) == "Cadre Sage-Femme (51)"
    assert [code.code for code in qualifications.more_attributions or ()] == ["30", "40"]
    assert qualifications.undocumented == "07"


def test_the_former_situation() -> None:
    situation = decode("CPS2TER_ACTIVITY_01_PS", examples.FORMER_SITUATION)
    assert isinstance(situation, FormerSituation)
    assert (situation.number, situation.structure_name) == (1, "CABINET D'ESSAI")
    assert (str(situation.mode_status), situation.undocumented) == ("01", None)
    assert situation.sector is not None and situation.sector.code == "31"
    assert situation.structure_identifier == "499900000017001"
    assert (situation.speciality, situation.nature) != (None, None)
    assert (situation.start, situation.end, situation.billing_number) == (date(2024, 1, 15), None, 1)


@pytest.mark.parametrize("label", EXAMPLES)
def test_an_example_is_understood_whole_and_written_back(label: str) -> None:
    record = decode(label, EXAMPLES[label])
    assert not isinstance(record, Unknown)
    assert (record.rest, record.tail, record.missing, record.raw) == ((), b"", 0, EXAMPLES[label])
    assert encode(record) == EXAMPLES[label]


@pytest.mark.parametrize("value", ["L\xc9A".encode("latin-1"), "LÉA".encode(), b"\0L\xc9A  \0"])
def test_texts_are_utf_8_or_latin_1(value: bytes) -> None:
    record = decode("CPS_INFO_PS", tlv(0xED, tlv(0x84, value)))
    assert isinstance(record, Holder)
    assert record.practice_name == "LÉA"


def test_long_objects_have_long_lengths() -> None:
    records = [tlv(0xA0, bytes.fromhex("800101 8105999999998F 8203011201 8303010000 840111")) for _ in range(8)]
    short, long = tlv(0xE0, *records[:5]), tlv(0xE0, *records * 3)
    assert (short[1], long[1]) == (0x7D, 0x82)
    for value, count in ((short, 5), (tlv(0xE0, *records), 8), (long, 24)):
        record = decode("CPS_SIT_FACT", value)
        assert isinstance(record, Billing)
        assert len(record.records) == count


def test_a_label_comes_with_every_record() -> None:
    records: list[Record] = [decode(label, value) for label, value in EXAMPLES.items()]
    assert [record.label for record in records] == list(EXAMPLES)


def test_decoding_reads_no_file() -> None:
    """A nomenclature is read when a label is first asked for."""
    program = (
        "from cryptolib.metier.codec import decode\n"
        "from cryptolib.metier.tables import entries\n"
        "record = decode('CPS_INFO_PS', bytes.fromhex('ED0382010A'))\n"
        "print(entries.cache_info().currsize)\n"
        "print(record.profession.label, entries.cache_info().currsize)\n"
    )
    command = [sys.executable, "-c", program]
    printed = subprocess.run(
        command, capture_output=True, check=True, text=True, timeout=60, cwd=Path(__file__).parents[2]
    )
    assert printed.stdout.splitlines() == ["0", "Médecin 1"]
