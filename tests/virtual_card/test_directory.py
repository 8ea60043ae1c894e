"""The files of the cards: root files, PKCS #15 directories, données métier. Card specification 1.5, 1.6 and 9."""

import pytest

from conformance.virtual_card.contents import luhn_digit
from conformance.virtual_card.identity import identity
from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import bit_string, integer, oid, parse, quirky_bit_string, tlv
from conformance.virtual_card.variations import vary

AID = "E828BD080F8025000001FF00"


def content(profile: str, path: str) -> bytes:
    return new_card(profile).file(f"3F00/{path}").content


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


class TestRootFiles:
    def test_directory_of_applications(self) -> None:
        first = f"612F4F0D{AID}1050074350582049415351043F000001730F4F0D{AID}10"
        second = f"61324F0D{AID}20500A4350582049415320434C51043F000002730F4F0D{AID}20"
        assert content("cps3", "2F00") == bytes.fromhex(first + second)
        assert len(content("cps3", "2F00")) == 101
        assert content("cps4", "2F00") == bytes.fromhex(first)

    def test_answer_to_reset_file(self) -> None:
        assert content("cps3", "2F01") == bytes.fromhex(
            "804301B8460404B0ECC147039401804F088025000001FF0100"
            "E01002020104020201040202010002020100" + "780806062B8122F8780282029000"
        )

    def test_serial_numbers_end_with_their_check_digit(self) -> None:
        assert luhn_digit("802500000199213845") == 0
        assert content("cps3", "D003").hex().upper() == "5A0A8025000001999900035F"
        assert content("cps4", "D003").hex().upper() == "5A0A8025000001999900043F"

    def test_no_ef_actua(self) -> None:
        with pytest.raises(KeyError):
            content("cps3", "D010")


class TestDirectories:
    @pytest.mark.parametrize(
        ("file", "label"),
        [
            ("cps3:0001", b"CPS3v3-2899990003"),
            ("cps3cl:0002", b"CPS3v3-2899990003"),
            ("cps4:0001", b"CPS4v1-2899990004"),
            ("cps4-other:0001", b"CPS4v1-2899990003"),
        ],
    )
    def test_the_token_label_has_generation_version_and_number(self, file: str, label: bytes) -> None:
        profile, _, application = file.partition(":")
        assert label in content(profile, f"{application}/5032")

    @pytest.mark.parametrize(
        ("mechanism", "card_reference"),
        [(0x06, 0x12), (0x40, 0x42), (0x220, 0x10), (0x250, 0x40), (0x01, 0x02), (0x01, 0x1A)],
    )
    def test_cps3_algorithms_give_the_references_of_the_card(self, mechanism: int, card_reference: int) -> None:
        (token,) = parse(content("cps3", "0001/5032"))
        supported = dict(parse(token[1]))[0xA2]
        found = [list(parse(entry)) for _, entry in parse(supported)]
        assert any(
            tlv(0x02, entry[1][1]) == integer(mechanism) and tlv(0x02, entry[5][1]) == integer(card_reference)
            for entry in found
        )

    def test_odf_points_to_every_directory(self) -> None:
        expected = [(0xA0, "7002"), (0xA1, "7004"), (0xA4, "7005"), (0xA7, "7006"), (0xA8, "7001")]
        entries = [(tag, value.hex().upper()) for tag, value in parse(content("cps3", "0001/5031"))]
        assert entries == [(tag, f"300804063F000001{fid}") for tag, fid in expected]

    @pytest.mark.parametrize("profile", ["cps3", "cps4"])
    def test_bit_strings_of_two_directories_have_an_unusual_initial_octet(self, profile: str) -> None:
        assert bytes.fromhex("03020808") in content(profile, "0001/7001")
        assert bytes.fromhex("03020800") in content(profile, "0001/7005")

    def test_cps3_private_keys_have_an_empty_path(self) -> None:
        keys = [value for _, value in parse(content("cps3", "0001/7002"))]
        assert [utf8("CPS_PRIV_SIG") in keys[0], utf8("CPS_PRIV_AUT") in keys[1]] == [True, True]
        assert all(bytes.fromhex("3008 3002 0400 02020800") in key for key in keys)
        assert bytes.fromhex(f"040E{AID}1001 030306 0040 030204B0 02020081") in keys[0]
        assert bytes.fromhex(f"040E{AID}1002 030205 60 030204B0 02020082") in keys[1]

    def test_cps4_keys_end_with_their_reference(self) -> None:
        keys = content("cps4", "0001/7002")
        assert bytes.fromhex(f"040E{AID}1010") in keys and bytes.fromhex(f"040E{AID}1020") in keys

    def test_cps4_has_public_keys(self) -> None:
        directory = content("cps4", "0001/7004")
        assert b"Signature" in directory and b"Authentification" in directory
        for role, fid in (("signature", "B001"), ("authentication", "B002")):
            public = identity("cps4").credentials[role].key.public_key_der()
            assert content("cps4", f"0001/{fid}") == public
            assert len(public) == 270

    def test_the_public_key_directory_of_a_cps3_holds_no_entry(self) -> None:
        assert set(content("cps3", "0001/7004")) == {0}

    def test_certificates_are_in_their_files(self) -> None:
        for profile, roles in (("cps3", ("signature", "authentication", "technical")), ("cps4", ("signature",))):
            for number, role in enumerate(roles, 1):
                assert content(profile, f"0001/A00{number}") == identity(profile).credentials[role].certificate

    def test_the_contactless_application_has_its_own_directories(self) -> None:
        assert b"CPS_PRIV_TECH_AUT" in content("cps3", "0001/7102")
        assert b"Certificat Technique CPS" in content("cps3", "0001/7105")
        assert b"CPS_ACTIVITY" not in content("cps3", "0001/7106")
        assert 0xA8 not in dict(parse(content("cps3", "0002/5031")))


def labels(profile: str) -> list[str]:
    found = []
    for _, entry in parse(content(profile, "0001/7006")):
        common = next(parse(entry))[1]
        found.append(next(parse(common))[1].decode())
    return found


def fields(profile: str, fid: str, container: int) -> list[tuple[int, bytes]]:
    """The fields of a data file."""
    ((tag, value),) = parse(content(profile, f"0001/{fid}"))
    assert tag == container
    return list(parse(value))


class TestData:
    def test_cps3_labels(self) -> None:
        assert labels("cps3") == [
            "CPS_ACTIVITY_01_PS", "CPS_ACTIVITY_02_PS",
            "CPS_DATA", "CPS_ID_CARD", "CPS_NAME_PS", "CPS_LANG_PS", "CPS_INFO_PS",
        ]  # fmt: skip

    def test_cps4_labels_leave_a_hole_and_include_the_former_volet(self) -> None:
        assert labels("cps4") == [
            "CPS_ACTIVITY_01_PS", "CPS_ACTIVITY_03_PS",
            "CPS_SIT_FACT", "CPS2TER_ACTIVITY_01_PS", "CPS2TER_ACTIVITY_03_PS",
            "CPS_ID_CARD", "CPS_NAME_PS", "CPS_LANG_PS", "CPS_INFO_PS",
            "CPS2TER_ATR", "CPS2TER_ID", "CPS2TER_ICC", "CPS2TER_NAME", "CPS2TER_LANG", "CPS2TER_PSINFO",
            "CPS2TER_DIRAMO",
        ]  # fmt: skip

    def test_an_activity_names_its_structure_and_sector(self) -> None:
        activity = dict(fields("cps4", "D121", 0xEE))
        assert activity[0x84].decode("latin-1") == "MAISON DE SANTÉ IMAGINAIRE"
        assert activity[0x85] == b"499900000045001"
        assert activity[0x86] == b"SA07"

    def test_the_holder_is_written_as_cards_write_it(self) -> None:
        holder = identity("cps3").holder
        assert dict(fields("cps3", "D104", 0xED)) == {
            0x80: b"\x00",
            0x81: holder.number.encode(),
            0x82: b"\x0a",
            0x83: b"\x00",
            0x84: holder.surname.encode(),
            0x85: b"SM26",
        }
        assert dict(fields("cps3", "D101", 0xE4))[0x83] == holder.given.encode() + b"\xff"
        assert dict(fields("cps3", "D100", 0xE3))[0x81] == bytes.fromhex("2899990003")

    def test_only_situations_that_bill_have_a_billing_record(self) -> None:
        (record,) = fields("cps4", "D140", 0xE0)
        assert record[0] == 0xA0
        assert dict(parse(record[1]))[0x80] == dict(fields("cps4", "D121", 0xEE))[0x83] == b"\x01"
        assert dict(fields("cps4", "D123", 0xEE))[0x83] == b"\x00"

    def test_a_former_situation_has_its_structure_in_half_bytes(self) -> None:
        assert dict(fields("cps4", "D141", 0xE8))[0x81] == bytes.fromhex("1FFF 499900000045001F")

    def test_the_former_card_had_the_same_holder(self) -> None:
        assert content("cps4", "0001/D163") == content("cps4", "0001/D101")
        former = dict(fields("cps4", "D165", 0xE6))
        assert (former[0x81], former[0x85]) == (b"899900000045", b"EXEMPLE-QUATRE")

    def test_cps_data_is_empty(self) -> None:
        assert content("cps3", "0001/D107") == bytes(4096)
        assert not new_card("cps4").files.holds("3F00/0001/D107")

    @pytest.mark.parametrize("profile", ["cps3", "cps4"])
    def test_a_cps_data_of_any_size_can_be_put_on_a_card(self, profile: str) -> None:
        card = new_card(profile)
        vary(card, "cps-data=300")
        assert card.file("3F00/0001/D107").content == bytes(300)
        assert card.file("3F00/0001/7006").content.count(b"CPS_DATA") == 1


class TestTlv:
    @pytest.mark.parametrize("cut", ["5A", "5A03AABB", "5F", "5A81", "5A82FF", "7F"])
    def test_data_cut_short_is_not_read(self, cut: str) -> None:
        with pytest.raises(ValueError, match=r"short|missing|longer"):
            list(parse(bytes.fromhex(cut)))

    def test_long_tags_and_lengths(self) -> None:
        ((tag, value),) = parse(tlv(0xBF8101, b"x" * 300))
        assert tag == 0xBF8101 and len(value) == 300

    def test_named_bits(self) -> None:
        assert bit_string().hex() == "030100"
        assert bit_string(9).hex() == "0303060040"
        assert quirky_bit_string(4).hex() == "03020808"

    def test_object_identifier(self) -> None:
        assert oid("1.2.840.113549.1.1.1").hex() == "06092a864886f70d010101"


@pytest.mark.parametrize("name", ["cps5", "cps4:", "cps4:nobody", "foreign:pharmacist", ""])
def test_a_card_that_does_not_exist_cannot_be_had(name: str) -> None:
    with pytest.raises(ValueError, match="unknown card"):
        new_card(name)
