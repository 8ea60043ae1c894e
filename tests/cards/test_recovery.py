"""Commands of other applications between two of our transactions change no result and cost no try."""

import hashlib
import itertools
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from cryptolib.cards import scheme
from cryptolib.cards.errors import CardError, NotAuthenticated
from cryptolib.cards.partial_hash import PartialHash
from cryptolib.cards.scheme import SHA1, SHA256
from cryptolib.iso7816.connection import CardRemoved, CardReset
from tests.support import AUTHENTICATION, CARDS, PIN, PUK, SIGNATURE, DrivenCard, driven, opens_to, public_key, secret

MESSAGE = b"ordonnance"
BLOCK = b"\0\1" + b"\xff" * 243 + b"\0" + MESSAGE
APPLICATION = bytes.fromhex("3F000001")

# Where else an application may leave the card.
ELSEWHERE = {
    "cps3": {
        "in the master file": ["00A4090C023F00"],
        "in the contactless application": ["00A4090C043F000002"],
        "on a file": ["00A4090C063F000001A001"],
        "on a file of the master file": ["00A4090C043F002F00"],
        "selected by name": ["00A404000880250000 01FF0100", "00A4040C0DE828BD080F8025000001FF0010"],
        "without environment": ["00A4090C043F000001"],
        "with other environments": ["00A4090C043F000001", "002241AA03800110", "002241B606800142840181"],
        "with a digest of its own": ["00A4090C043F000001", "002241AA03800140", "002A90A0059000800158"],
        "in the CPS2ter applet": ["00A4040C088025000001FF0002"],
    },
    "cps4": {
        "in the master file": ["01A40800022F00"],
        "on a file": ["01A4080C040001A001"],
        "without environment": ["01A4080C020001"],
        "with another environment": ["01A4080C020001", "012281B60491022890"],
        "at the applet's root": ["01A4040C088025000001FF0100"],
        "in another applet of another channel": ["00A4040C088025000001FF0002"],
    },
}
PLACES = [(profile, place) for profile in CARDS for place in ELSEWHERE[profile]]


def sign_digest(subject: DrivenCard, profile: str) -> None:
    digest = hashlib.sha1(MESSAGE).digest()
    key = 0x81 if profile == "cps3" else 0x10
    signature = subject.run(lambda card: card.compute(key, scheme.digest(SHA1), digest, None))
    public_key(profile, SIGNATURE).verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA1())


def sign_with_last_round(subject: DrivenCard, profile: str) -> None:
    partial = PartialHash(SHA256)
    partial.update(MESSAGE)
    signature = subject.run(lambda card: card.compute(0x81, scheme.last_round(SHA256), partial.data_field(), None))
    public_key(profile, SIGNATURE).verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def _authenticate(subject: DrivenCard, profile: str, proof: Callable[[bytes], bool] | None) -> bytes:
    if profile == "cps3":
        return subject.run(lambda card: card.compute(0x82, scheme.PAD, MESSAGE, proof))
    return subject.run(lambda card: card.compute(0x20, scheme.RAW, BLOCK, proof))


def authenticate(subject: DrivenCard, profile: str) -> None:
    assert opens_to(public_key(profile, AUTHENTICATION), BLOCK)(_authenticate(subject, profile, None))


def authenticate_proved(subject: DrivenCard, profile: str) -> None:
    proof = opens_to(public_key(profile, AUTHENTICATION), BLOCK)
    assert proof(_authenticate(subject, profile, proof))


def decipher(subject: DrivenCard, profile: str) -> None:
    cryptogram = public_key(profile, AUTHENTICATION).encrypt(MESSAGE, padding.PKCS1v15())
    if profile == "cps3":
        assert subject.run(lambda card: card.compute(0x82, scheme.DECIPHER, cryptogram, None)) == MESSAGE
    else:
        assert subject.run(lambda card: card.compute(0x20, scheme.RAW, cryptogram, None)).endswith(b"\0" + MESSAGE)


def read(subject: DrivenCard, profile: str) -> None:
    content = subject.run(lambda card: card.read_file(APPLICATION + b"\xd1\x21"))
    assert content == subject.connection.card.file("3F00/0001/D121").content


def read_object(subject: DrivenCard, profile: str) -> None:
    content = subject.run(lambda card: card.read_object(APPLICATION + b"\xa0\x01"))
    assert content == subject.connection.card.file("3F00/0001/A001").content


def count_tries(subject: DrivenCard, profile: str) -> None:
    assert subject.run(lambda card: card.pin_status(1)).left in (3, None)
    assert subject.run(lambda card: card.pin_status(2)).left == 10


def present(subject: DrivenCard, profile: str) -> None:
    subject.run(lambda card: card.verify(1, secret(PIN)))


def change(subject: DrivenCard, profile: str) -> None:
    subject.run(lambda card: card.change_pin(1, secret(PIN), secret(PIN)))


def make_random(subject: DrivenCard, profile: str) -> None:
    assert len(subject.run(lambda card: card.random(8))) == 8


OPERATIONS = [
    sign_digest,
    authenticate,
    authenticate_proved,
    decipher,
    read,
    read_object,
    count_tries,
    present,
    change,
    make_random,
]


def logged_in(profile: str) -> DrivenCard:
    subject = driven(profile)
    subject.run(lambda card: card.verify(1, secret(PIN)))
    return subject


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("profile", "place"), PLACES)
def test_left_elsewhere_the_card_still_does_what_we_ask(
    profile: str, place: str, operation: Callable[[DrivenCard, str], None]
) -> None:
    subject = logged_in(profile)
    operation(subject, profile)
    subject.connection.elsewhere(*ELSEWHERE[profile][place])
    operation(subject, profile)
    assert (subject.connection.card.pin_tries, subject.connection.card.puk_tries) == (3, 10)


@pytest.mark.parametrize("place", ELSEWHERE["cps3"])
def test_the_last_round_survives_too(place: str) -> None:
    subject = logged_in("cps3")
    sign_with_last_round(subject, "cps3")
    subject.connection.elsewhere(*ELSEWHERE["cps3"][place])
    sign_with_last_round(subject, "cps3")


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("first", OPERATIONS)
@pytest.mark.parametrize("second", OPERATIONS)
def test_our_own_operations_do_not_disturb_one_another(
    profile: str, first: Callable[[DrivenCard, str], None], second: Callable[[DrivenCard, str], None]
) -> None:
    subject = logged_in(profile)
    first(subject, profile)
    second(subject, profile)
    first(subject, profile)


@pytest.mark.parametrize(("profile", "place"), PLACES)
def test_the_code_is_reset_wherever_the_card_was_left(profile: str, place: str) -> None:
    subject = driven(profile)
    subject.run(lambda card: card.verify(2, secret(PUK)))
    subject.connection.elsewhere(*ELSEWHERE[profile][place])
    subject.run(lambda card: card.reset_pin(1, secret(b"4321")))
    subject.run(lambda card: card.verify(1, secret(b"4321")))


@pytest.mark.parametrize("profile", CARDS)
def test_a_wrong_code_costs_one_try_wherever_the_card_was_left(profile: str) -> None:
    for left, place in zip((2, 1), ELSEWHERE[profile], strict=False):
        subject = driven(profile)
        subject.connection.card.state.tries["pin"] = left + 1
        subject.connection.elsewhere(*ELSEWHERE[profile][place])
        with pytest.raises(CardError):
            subject.run(lambda card: card.verify(1, secret(b"0000")))
        assert subject.connection.card.pin_tries == left


class TestResets:
    """A reset takes the login and every selection: what needs the code says so, the rest goes on."""

    @pytest.mark.parametrize("profile", CARDS)
    def test_it_is_noticed_and_counted(self, profile: str) -> None:
        subject = logged_in(profile)
        subject.connection.reset_elsewhere()
        read_object(subject, profile)
        assert subject.driver.resets == 1
        make_random(subject, profile)
        assert subject.driver.resets == 1

    @pytest.mark.parametrize("profile", CARDS)
    @pytest.mark.parametrize("operation", [sign_digest, authenticate, authenticate_proved, decipher, read])
    def test_the_code_must_be_presented_again(self, profile: str, operation: Callable[[DrivenCard, str], None]) -> None:
        subject = logged_in(profile)
        operation(subject, profile)
        subject.connection.reset_elsewhere()
        with pytest.raises(NotAuthenticated):
            operation(subject, profile)
        present(subject, profile)
        operation(subject, profile)
        assert subject.connection.card.pin_tries == 3

    @pytest.mark.parametrize("profile", CARDS)
    @pytest.mark.parametrize("operation", [read_object, count_tries, present, change, make_random])
    def test_what_needs_no_code_works_at_once(self, profile: str, operation: Callable[[DrivenCard, str], None]) -> None:
        subject = logged_in(profile)
        subject.connection.reset_elsewhere()
        operation(subject, profile)

    @pytest.mark.parametrize("profile", CARDS)
    @pytest.mark.parametrize("operation", [read_object, count_tries, present, change, make_random])
    def test_an_unnoticed_reset_is_recovered_from(
        self, profile: str, operation: Callable[[DrivenCard, str], None]
    ) -> None:
        """The chip lost its supply for a moment, and the reader did not see it."""
        subject = logged_in(profile)
        sign_digest(subject, profile)
        subject.connection.card.brown_out()
        operation(subject, profile)
        present(subject, profile)
        sign_digest(subject, profile)
        assert subject.connection.card.pin_tries == 3

    @pytest.mark.parametrize("profile", CARDS)
    def test_several_resets_one_after_the_other_are_all_noticed(self, profile: str) -> None:
        subject = logged_in(profile)
        subject.connection.reset_elsewhere(times=3)
        make_random(subject, profile)
        assert subject.driver.resets == 3

    @pytest.mark.parametrize("profile", CARDS)
    def test_resets_without_an_end_end_the_call(self, profile: str) -> None:
        subject = logged_in(profile)
        subject.connection.reset_elsewhere(times=100)
        with pytest.raises(CardReset):
            make_random(subject, profile)


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize("after", range(4))
def test_a_card_pulled_while_it_works_ends_the_transaction(profile: str, after: int) -> None:
    subject = logged_in(profile)
    subject.connection.fault(f"after={after} do=remove")
    operations = itertools.repeat(sign_digest, 3)
    with pytest.raises(CardRemoved):
        [sign(subject, profile) for sign in operations]
    assert not subject.connection.in_transaction
    with pytest.raises(CardRemoved):
        sign_digest(subject, profile)


@pytest.mark.parametrize("profile", CARDS)
def test_a_cps4_whose_applet_cannot_be_selected_says_so(profile: str) -> None:
    subject = driven(profile)
    subject.connection.reset_elsewhere()
    subject.connection.refuse(0xA4, 0x6A82)
    with pytest.raises(CardError):
        subject.run(lambda card: card.application())
