"""When content is read from the card, who may read and write it, and the effect of damage."""

from __future__ import annotations

import pytest

from conformance.virtual_card.tlv import sequence
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.attributes import from_ulong, ulong
from cryptolib.cryptoki.constants import (
    CKA_APPLICATION,
    CKA_CLASS,
    CKA_ID,
    CKA_ISSUER,
    CKA_LABEL,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_SERIAL_NUMBER,
    CKA_SUBJECT,
    CKA_VALUE,
    CKO_CERTIFICATE,
    CKO_DATA,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_USER_NOT_LOGGED_IN,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import DataObject
from cryptolib.token.token import Token
from tests.support import (
    AUTHENTICATION,
    CARDS,
    PIN,
    SIGNATURE,
    SMALL_CPS_DATA,
    VirtualConnection,
    certificate,
    inserted,
    labelled,
    opened,
    public_key,
    secret,
)
from tests.token.labels import CERTIFICATES, PRIVATE_KEYS, PUBLIC_KEYS, refused

# The right bytes of a certificate, and with one bit inverted: rsaEncryption (RFC 8017, appendix C); the length of the
# modulus and the zero before it.
OTHER_KIND = bytes.fromhex("2A864886F70D010101"), bytes.fromhex("2A864886F70D010301")
OTHER_KEYS = [OTHER_KIND, (bytes.fromhex("0282010100"), bytes.fromhex("0282010102"))]


@pytest.fixture(params=CARDS)
def writable(request: pytest.FixtureRequest) -> tuple[VirtualConnection, Token]:
    """With a CPS_DATA."""
    return opened(request.param, SMALL_CPS_DATA)


class TestReading:
    """The commands to the card, counted."""

    def test_the_list_of_objects_is_read_once(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        token.objects()
        assert len(connection.commands) == {"cps3": 13, "cps4": 10}[connection.card.name]
        connection.forget()
        for item in token.objects().values():
            item.value(CKA_ID if item.object_class != CKO_DATA else CKA_APPLICATION)
            item.matches({CKA_CLASS: ulong(CKO_DATA), CKA_VALUE: b"x"} if item.object_class != CKO_DATA else {})
        assert connection.commands == []

    @pytest.mark.parametrize("first", [CKA_VALUE, CKA_SUBJECT, CKA_SERIAL_NUMBER])
    def test_a_certificate_is_read_once_for_all_its_fields(
        self, pair: tuple[VirtualConnection, Token], first: int
    ) -> None:
        connection, token = pair
        item = labelled(token, CERTIFICATES[SIGNATURE])
        connection.forget()
        item.value(first)
        assert len(connection.commands) == 6
        connection.forget()
        for attribute in (CKA_VALUE, CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER):
            item.value(attribute)
        labelled(token, PUBLIC_KEYS[connection.card.name, SIGNATURE]).value(CKA_MODULUS)
        labelled(token, PRIVATE_KEYS[SIGNATURE]).value(CKA_MODULUS)
        assert connection.commands == []

    def test_public_content_is_read_once(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_NAME_PS")
        assert item.value(CKA_VALUE) == connection.card.file("3F00/0001/D101").content
        connection.forget()
        item.value(CKA_VALUE)
        assert connection.commands == []

    def test_modifiable_content_is_read_again(self, writable: tuple[VirtualConnection, Token]) -> None:
        connection, token = writable
        item = labelled(token, "CPS_DATA")
        item.value(CKA_VALUE)
        connection.card.file("3F00/0001/D107").content = b"written elsewhere".ljust(256, b"\0")
        assert item.value(CKA_VALUE).startswith(b"written elsewhere")

    def test_comparing_reads_the_card_last(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, CERTIFICATES[SIGNATURE])
        connection.forget()
        assert not item.matches({CKA_SUBJECT: b"somebody", CKA_LABEL: b"another"})
        assert connection.commands == []
        assert item.matches({CKA_VALUE: certificate(connection.card.name, SIGNATURE), CKA_LABEL: item.label.encode()})

    def test_nothing_matches_what_is_not_there(self, pair: tuple[VirtualConnection, Token]) -> None:
        for item in pair[1].objects().values():
            assert item.matches({})
            assert not item.matches({0x80001234: b""})


class TestPrivateContent:
    """Protected data are for the holder while logged in, in memory as on the card."""

    def test_private_content_needs_the_login(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        assert item.value(CKA_VALUE) == connection.card.file("3F00/0001/D121").content
        connection.forget()
        item.value(CKA_VALUE)
        assert connection.commands == []

    def test_private_content_is_forgotten_at_logout(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        token.log_in(CKU_USER, secret(PIN))
        content = item.value(CKA_VALUE)
        token.log_out()
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN
        assert content not in repr(vars(token)).encode()
        token.log_in(CKU_USER, secret(PIN))
        connection.forget()
        assert item.value(CKA_VALUE) == content
        assert connection.commands

    def test_private_content_is_forgotten_after_a_reset(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        token.log_in(CKU_USER, secret(PIN))
        item.value(CKA_VALUE)
        connection.reset_elsewhere()
        token.random(8)
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN

    def test_the_card_s_own_refusal_ends_the_login(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        item = labelled(token, "CPS_ACTIVITY_01_PS")
        token.log_in(CKU_USER, secret(PIN))
        connection.refuse(0xB0, 0x6982)
        assert refused(item, CKA_VALUE) == CKR_USER_NOT_LOGGED_IN
        assert token.user() is None


class TestWriting:
    def test_the_holder_writes_cps_data(self, writable: tuple[VirtualConnection, Token]) -> None:
        connection, token = writable
        item = labelled(token, "CPS_DATA")
        assert isinstance(item, DataObject)
        assert item.modifiable
        with pytest.raises(CryptokiError) as caught:
            token.files.replace(item.path, b"mine")
        assert caught.value.code == CKR_USER_NOT_LOGGED_IN
        token.log_in(CKU_USER, secret(PIN))
        token.files.replace(item.path, b"mine")
        assert item.value(CKA_VALUE) == b"mine".ljust(256, b"\0")
        assert connection.card.file("3F00/0001/D107").content == b"mine".ljust(256, b"\0")

    def test_what_is_too_long_is_not_begun(self, writable: tuple[VirtualConnection, Token]) -> None:
        connection, token = writable
        item = labelled(token, "CPS_DATA")
        assert isinstance(item, DataObject)
        token.log_in(CKU_USER, secret(PIN))
        with pytest.raises(CryptokiError) as caught:
            token.files.replace(item.path, bytes(257))
        assert caught.value.code == CKR_DATA_LEN_RANGE
        assert not [command for command in connection.commands if command[2:4] == "D6"]


class TestDamage:
    """An unreadable object gives an error; the rest of the token stays usable."""

    def test_a_damaged_certificate(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        connection.card.file("3F00/0001/A001").content = sequence(sequence())
        assert refused(labelled(token, CERTIFICATES[SIGNATURE]), CKA_VALUE) == CKR_DEVICE_ERROR
        assert labelled(token, CERTIFICATES[AUTHENTICATION]).value(CKA_VALUE)

    def test_a_damaged_certificate_is_not_found_and_does_not_hide_the_other(
        self, pair: tuple[VirtualConnection, Token]
    ) -> None:
        connection, token = pair
        connection.card.file("3F00/0001/A001").content = sequence(sequence())
        subject = labelled(token, CERTIFICATES[AUTHENTICATION]).value(CKA_SUBJECT)
        template = {CKA_CLASS: ulong(CKO_CERTIFICATE), CKA_SUBJECT: subject}
        found = [item.label for item in token.objects().values() if item.matches(template)]
        assert found == [CERTIFICATES[AUTHENTICATION]]

    @pytest.mark.parametrize(("file", "code"), [("5031", CKR_TOKEN_NOT_RECOGNIZED), ("7002", CKR_DEVICE_ERROR)])
    def test_a_damaged_directory(self, file: str, code: int) -> None:
        """Without its identity a card is none of ours; afterwards it is one that does not work."""
        connection = inserted("cps4")
        connection.card.file(f"3F00/0001/{file}").content = b"\x30\x7f"
        with pytest.raises(CryptokiError) as caught:
            Token(driver_of("cps4")(connection)).objects()
        assert caught.value.code == code

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_directory_without_the_code_of_the_holder_is_read_again(self, profile: str) -> None:
        """One bit of pinFlags makes the code porteur that of a security officer: nobody could log in any more."""
        driver = driver_of(profile)(inserted(profile))
        read, answers = driver.read_file, [bytes.fromhex("03020808"), bytes.fromhex("0302080B")]

        def misread_once(where: bytes) -> bytes:
            content = read(where)
            if answers and answers[0] in content:
                content = content.replace(answers[0], answers[1])
                answers.clear()
            return content

        driver.read_file = misread_once  # type: ignore[method-assign]
        Token(driver).log_in(CKU_USER, secret(PIN))
        assert not answers

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_directory_that_was_read_wrong_once_is_read_again(self, profile: str) -> None:
        """A bit of EF.OD was inverted on the way; what is kept of it would last as long as the card is there."""
        connection = inserted(profile)
        directory = connection.card.file("3F00/0001/5031")
        right = directory.content
        directory.content = right.replace(bytes.fromhex("3F0000017002"), bytes.fromhex("3F0000017082"))
        opened = Token(driver_of(profile)(connection), None)
        with pytest.raises(CryptokiError):
            opened.objects()
        directory.content = right
        assert labelled(opened, "CPS_PRIV_AUT").private

    @pytest.mark.parametrize("wrong", OTHER_KEYS, ids=["of another kind", "of another length"])
    @pytest.mark.parametrize("profile", CARDS)
    def test_a_certificate_with_another_key_than_the_directory_says_is_read_again(
        self, profile: str, wrong: tuple[bytes, bytes]
    ) -> None:
        """A bit was inverted on the way: what is kept of it would last as long as the card is there."""
        driver = driver_of(profile)(inserted(profile))
        read, answers = driver.read_object, [wrong]

        def misread_once(where: bytes) -> bytes:
            return read(where).replace(*answers.pop(), 1) if answers else read(where)

        driver.read_object = misread_once  # type: ignore[method-assign]
        shown = labelled(Token(driver), CERTIFICATES[AUTHENTICATION]).value(CKA_VALUE)
        assert not answers
        assert shown == certificate(profile, AUTHENTICATION)

    def test_a_certificate_with_a_key_of_another_kind_is_shown_and_its_private_key_does_not_work(
        self, pair: tuple[VirtualConnection, Token]
    ) -> None:
        connection, token = pair
        file = connection.card.file("3F00/0001/A002")
        file.content = file.content.replace(*OTHER_KIND, 1)
        assert labelled(token, CERTIFICATES[AUTHENTICATION]).value(CKA_VALUE) == file.content
        key = labelled(token, PRIVATE_KEYS[AUTHENTICATION])
        assert refused(key, CKA_MODULUS) == CKR_DEVICE_ERROR
        assert from_ulong(key.value(CKA_MODULUS_BITS)) == 2048

    def test_a_missing_file(self, pair: tuple[VirtualConnection, Token]) -> None:
        connection, token = pair
        connection.card.files.remove("3F00/0001/D101")
        assert refused(labelled(token, "CPS_NAME_PS"), CKA_VALUE) == CKR_DEVICE_ERROR

    @pytest.mark.parametrize("content", [b"", b"\x30", sequence(sequence()), bytes(270)])
    def test_a_damaged_public_key_without_certificate(self, content: bytes) -> None:
        connection, token = opened("cps4")
        connection.card.file("3F00/0001/7005").content = bytes(32)
        connection.card.file("3F00/0001/B001").content = content
        key = labelled(token, PUBLIC_KEYS["cps4", SIGNATURE])
        assert refused(key, CKA_MODULUS) in (CKR_DEVICE_ERROR, CKR_DATA_INVALID)  # an empty file cannot be read
        assert refused(key, CKA_VALUE) == refused(key, CKA_MODULUS)

    def test_a_public_key_without_certificate(self) -> None:
        connection, token = opened("cps4")
        connection.card.file("3F00/0001/7005").content = bytes(32)
        key = labelled(token, PUBLIC_KEYS["cps4", SIGNATURE])
        assert key.value(CKA_MODULUS) == public_key("cps4", SIGNATURE).public_numbers().n.to_bytes(256, "big")
        assert key.value(CKA_VALUE) == connection.card.file("3F00/0001/B001").content
        assert refused(key, CKA_ISSUER) == CKR_ATTRIBUTE_TYPE_INVALID
        assert [item.label for item in token.objects().values() if item.object_class == CKO_CERTIFICATE] == []
