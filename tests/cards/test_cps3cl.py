"""The CPS3 through its antenna: its own application, one key without code, nothing of the contact side."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from conformance.virtual_card.tlv import tlv
from cryptolib.cards import scheme
from cryptolib.cards.catalog import driver_of
from cryptolib.cards.errors import CardError, CardFault, NotAuthenticated, NotUsable, UnknownCard
from cryptolib.cards.scheme import SHA256
from tests.support import DrivenCard, driven, inserted, opens_to, public_key, secret, transaction

if TYPE_CHECKING:
    from cryptolib.cards.scheme import Scheme

PROFILE = "cps3cl"
KEY = 0x83
APPLICATION = bytes.fromhex("3F000002")
CONTACT = bytes.fromhex("3F000001")
MESSAGE = b"trente-trois octets a authentifier"
BLOCK = b"\0\1" + b"\xff" * (253 - len(MESSAGE)) + b"\0" + MESSAGE

# Where else an application may leave the card.
ELSEWHERE = {
    "in the master file": ["00A4090C023F00"],
    "in the contact application": ["00A4090C043F000001"],
    "on a file": ["00A4090C063F000001A003"],
    "without environment": ["00A4090C043F000002"],
    "selected by name": ["00A4040C0DE828BD080F8025000001FF0010"],
}


@pytest.fixture
def subject() -> DrivenCard:
    return driven(PROFILE)


def authenticate(subject: DrivenCard, *, proved: bool = True) -> bytes:
    proof = opens_to(public_key(PROFILE, "technical"), BLOCK)
    signature = subject.run(lambda card: card.compute(KEY, scheme.AUTHENTICATE, MESSAGE, proof if proved else None))
    assert proof(signature)
    return signature


def test_a_new_card_gives_serial_number_and_application() -> None:
    connection = inserted(PROFILE)
    driver = driver_of(PROFILE)(connection)
    with transaction(driver):
        assert driver.serial() == "99990003"
        assert driver.application()[0] == APPLICATION
    assert connection.commands == ["00A4090C043F00D003", "00B000000C", "00A40904043F002F0000", "00B0000065"]


def test_the_contact_application_is_not_its_own(subject: DrivenCard) -> None:
    contact = tlv(0x61, tlv(0x4F, bytes.fromhex("E828BD080F8025000001FF0010")), tlv(0x51, CONTACT))
    subject.connection.card.file("3F00/2F00").content = contact
    with pytest.raises(UnknownCard):
        subject.run(lambda card: card.application())


def test_the_key_signs_without_a_code(subject: DrivenCard) -> None:
    authenticate(subject, proved=False)
    sent = subject.connection.commands
    assert sent[:2] == ["00A4090C043F000002", "002241A406800102840183"]
    assert len(sent) == 3


def test_the_environment_is_set_once(subject: DrivenCard) -> None:
    authenticate(subject)
    subject.connection.forget()
    authenticate(subject)
    assert [command[:8] for command in subject.connection.commands] == ["00880000"]


@pytest.mark.parametrize("place", ELSEWHERE)
@pytest.mark.parametrize("proved", [True, False])
def test_left_elsewhere_the_card_still_signs(subject: DrivenCard, place: str, proved: bool) -> None:
    authenticate(subject)
    subject.connection.elsewhere(*ELSEWHERE[place])
    authenticate(subject, proved=proved)


def test_a_reset_takes_nothing_that_was_granted(subject: DrivenCard) -> None:
    first = authenticate(subject)
    subject.connection.reset_elsewhere()
    assert authenticate(subject) == first
    assert subject.driver.resets == 1


def test_another_library_takes_the_signature_of_a_digest_info(subject: DrivenCard) -> None:
    digest_info = bytes.fromhex("3031300D060960864801650304020105000420") + hashlib.sha256(MESSAGE).digest()
    signature = subject.run(lambda card: card.compute(KEY, scheme.AUTHENTICATE, digest_info, None))
    public_key(PROFILE, "technical").verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def test_there_is_one_key_whatever_the_directory_calls_its_use(subject: DrivenCard) -> None:
    assert subject.driver.schemes(signature_key=True) == subject.driver.schemes(signature_key=False)
    assert subject.driver.schemes(signature_key=False) == {scheme.AUTHENTICATE}


@pytest.mark.parametrize("how", [scheme.PAD, scheme.RAW, scheme.DECIPHER, scheme.digest(SHA256), scheme.pss(SHA256)])
def test_nothing_else_reaches_the_card(subject: DrivenCard, how: Scheme) -> None:
    with pytest.raises(NotUsable):
        subject.run(lambda card: card.compute(KEY, how, MESSAGE, None))
    assert subject.connection.commands == []


@pytest.mark.parametrize("reference", [0x81, 0x82, 0x84])
def test_the_keys_of_the_contact_side_are_out_of_reach(subject: DrivenCard, reference: int) -> None:
    with pytest.raises(CardError):
        subject.run(lambda card: card.compute(reference, scheme.AUTHENTICATE, MESSAGE, None))


@pytest.mark.parametrize("sw", [0x6982, 0x6983, 0x6985, 0x6986])
def test_no_refusal_asks_for_a_code_that_the_card_does_not_have(subject: DrivenCard, sw: int) -> None:
    subject.connection.refuse(0x88, sw)
    with pytest.raises(CardFault):
        authenticate(subject, proved=False)


@pytest.mark.parametrize("sw", [0x6982, 0x6985])
def test_a_chip_that_started_again_by_itself_still_signs(subject: DrivenCard, sw: int) -> None:
    subject.connection.fault(f"ins=88 do=sw sw={sw:04X}")
    authenticate(subject, proved=False)


def test_public_data_can_be_read_and_protected_data_cannot(subject: DrivenCard) -> None:
    name = subject.run(lambda card: card.read_file(CONTACT + b"\xd1\x01"))
    assert name == subject.connection.card.file("3F00/0001/D101").content
    with pytest.raises(NotAuthenticated):
        subject.run(lambda card: card.read_file(CONTACT + b"\xd1\x21"))


def test_there_is_no_code_to_present(subject: DrivenCard) -> None:
    """The layers above never ask for it. The driver has no words for it, so nothing reaches a card that may block."""
    with pytest.raises(NotUsable):
        subject.run(lambda card: card.verify(1, secret(b"1234")))
    assert not subject.driver.HAS_CODES
    assert subject.connection.secrets == []
