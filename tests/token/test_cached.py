"""A token that starts from copies on disk: what it spares, and what a wrong copy costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.virtual_card.files import Directory
from conformance.virtual_card.identity import identity
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKA_VALUE, CKM_RSA_PKCS, CKR_DEVICE_ERROR, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.pkcs15.cache import Cache
from cryptolib.pkcs15.public_files import CLAIMED
from cryptolib.token import contents
from cryptolib.token.certificate import Certificate
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
    secret,
)
from tests.token.test_signing import CERTIFICATES, LABELS, data_for, sign

CUT = b"\x30\x7f"
WRONG = [("2F00", CUT), ("2F00", b""), ("00015031", CUT), ("00015032", CUT), ("00017002", CUT), ("0001A001", CUT)]


def token(profile: str, cache: Cache) -> tuple[VirtualConnection, Token]:
    connection = inserted(profile, SMALL_CPS_DATA)
    return connection, Token(driver_of(profile)(connection), cache)


def read_everything(opened: Token) -> None:
    for item in opened.objects().values():
        if CKA_VALUE in item.attributes and not item.private:
            item.value(CKA_VALUE)


def named(opened: Token) -> str:
    """How the copies of this card are called."""
    return f"{opened.serial}-{opened.card.KIND}"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    return Cache(str(folder))


@pytest.mark.parametrize("profile", CARDS)
def test_the_second_time_the_card_is_asked_little(profile: str, cache: Cache) -> None:
    first, opened = token(profile, cache)
    read_everything(opened)
    again, opened = token(profile, cache)
    read_everything(opened)
    assert len(again.commands) < len(first.commands) / 4
    assert [item.label for item in opened.objects().values()][:1] == ["CPS_PRIV_SIG"]


@pytest.mark.parametrize("profile", CARDS)
def test_a_directory_that_is_wrong_about_a_key_costs_no_more_the_second_time(profile: str, tmp_path: Path) -> None:
    """The certificates are compared with it when they are read from the card; their copies are believed."""

    def commands(bits: int) -> list[int]:
        """Of two starts, one after the other."""
        folder = tmp_path / str(bits)
        folder.mkdir(mode=0o700)
        counts = []
        for _start in range(2):
            connection = inserted(profile)
            file = connection.card.file("3F00/0001/7002")
            file.content = file.content.replace(b"\x02\x02\x08\x00", b"\x02\x02" + bits.to_bytes(2, "big"))
            read_everything(Token(driver_of(profile)(connection), Cache(str(folder))))
            counts.append(len(connection.commands))
        return counts

    (first, second), (first_of_wrong, second_of_wrong) = commands(2048), commands(1024)
    assert first < first_of_wrong
    assert second == second_of_wrong


@pytest.mark.parametrize("profile", CARDS)
def test_a_certificate_past_its_end_is_read_again(profile: str, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been replaced; while it has not, no other copy suffers for it."""
    path = "3F00/0001/A001"
    _first, opened = token(profile, cache)
    read_everything(opened)
    end = Certificate(certificate(profile, SIGNATURE)).not_after
    for last_day, again in ((end, False), (str(int(end) + 1).encode(), True)):
        monkeypatch.setattr(contents, "strftime", lambda _form, _time, day=last_day: day.decode())
        connection, opened = token(profile, cache)
        read = connection.commands.copy
        opened.files.certificate(bytes.fromhex("3F000001A001"))
        selected = [command for command in read() if command.endswith(("0001A001", "0001A00100"))]
        assert len(selected) == 1 + again, "compared because nothing proved it, and read"
    renewed = certificate("cps4" if profile == "cps3" else "cps3", SIGNATURE)
    connection = inserted(profile)
    connection.card.file(path).content = renewed
    opened = Token(driver_of(profile)(connection), cache)
    assert labelled(opened, CERTIFICATES[SIGNATURE]).value(CKA_VALUE) == renewed


@pytest.mark.parametrize("profile", CARDS)
def test_protected_and_modifiable_content_is_never_copied(profile: str, cache: Cache, tmp_path: Path) -> None:
    connection, opened = token(profile, cache)
    opened.log_in(CKU_USER, secret(PIN))
    for item in opened.objects().values():
        if CKA_VALUE in item.attributes:
            item.value(CKA_VALUE)
    copies = [path.read_bytes() for path in (tmp_path / "cache").iterdir()]
    assert copies
    for number in ("D121", "D107"):
        content = connection.card.file(f"3F00/0001/{number}").content
        assert not [copy for copy in copies if content in copy]


@pytest.mark.parametrize("profile", CARDS)
@pytest.mark.parametrize(("name", "content"), WRONG)
def test_a_wrong_copy_is_not_believed_twice(profile: str, name: str, content: bytes, cache: Cache) -> None:
    """Whatever a copy that looks undamaged leads to: at the next insertion all is read from the card."""
    _first, opened = token(profile, cache)
    read_everything(opened)
    right = labelled(opened, "Certificat de Signature CPS").value(CKA_VALUE)
    path = bytes.fromhex("3F00" + name)
    for card in (named(opened), named(opened) + CLAIMED):
        cache.store(card, path, b"", content)
    try:
        read_everything(token(profile, cache)[1])
    except CryptokiError:
        pass
    _again, opened = token(profile, cache)
    read_everything(opened)
    assert labelled(opened, "Certificat de Signature CPS").value(CKA_VALUE) == right


class TestStaleCopies:
    """A fact that is not true any more is found by the call that needs it, which then succeeds."""

    DIRECTORY = bytes.fromhex("3F0000017002")

    def started(self, profile: str, cache: Cache) -> tuple[VirtualConnection, Token]:
        connection, opened = token(profile, cache)
        read_everything(opened)
        sign_with_both(opened)
        return connection, opened

    @pytest.mark.parametrize("number", [b"\x85", b"\x15"])
    @pytest.mark.parametrize("profile", CARDS)
    def test_a_key_that_had_another_number(self, profile: str, number: bytes, cache: Cache) -> None:
        connection, opened = self.started(profile, cache)
        right = connection.card.file("3F00/0001/7002").content
        wrong = right.replace(b"\x02\x02\x00\x81", b"\x02\x02\x00" + number).replace(
            b"\x02\x01\x10", b"\x02\x01" + number
        )
        cache.store(named(opened), self.DIRECTORY, b"", wrong)
        sign_with_both(token(profile, cache)[1])
        assert cache.load(named(opened), self.DIRECTORY, b"") == right

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_certificate_that_was_renewed(self, profile: str, cache: Cache) -> None:
        _connection, opened = self.started(profile, cache)
        other = certificate("cps3" if profile == "cps4" else "cps4", SIGNATURE)
        cache.store(named(opened), bytes.fromhex("3F000001A001"), b"", other)
        _connection, opened = token(profile, cache)
        sign_with_both(opened)
        assert labelled(opened, CERTIFICATES[SIGNATURE]).value(CKA_VALUE) == certificate(profile, SIGNATURE)

    @pytest.mark.parametrize(("name", "content"), WRONG)
    @pytest.mark.parametrize("profile", CARDS)
    def test_a_file_that_makes_no_sense(self, profile: str, name: str, content: bytes, cache: Cache) -> None:
        _connection, opened = self.started(profile, cache)
        cache.store(named(opened), bytes.fromhex("3F00" + name), b"", content)
        _connection, opened = token(profile, cache)
        read_everything(opened)
        sign_with_both(opened)

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_file_that_is_no_longer_there(self, profile: str, cache: Cache) -> None:
        """The directory on disk names it, the one on the card another."""
        connection, opened = self.started(profile, cache)
        path = bytes.fromhex("3F0000017005")
        right = connection.card.file("3F00/0001/7005").content
        cache.store(named(opened), path, b"", right.replace(b"\xa0\x02", b"\xa0\x0e"))
        connection, opened = token(profile, cache)
        item = labelled(opened, CERTIFICATES[AUTHENTICATION])
        with pytest.raises(CryptokiError):
            item.value(CKA_VALUE)
        assert labelled(opened, CERTIFICATES[AUTHENTICATION]).value(CKA_VALUE) == certificate(profile, AUTHENTICATION)

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_card_that_goes_on_refusing_is_asked_no_third_time(self, profile: str, cache: Cache) -> None:
        self.started(profile, cache)
        connection, opened = token(profile, cache)
        opened.log_in(CKU_USER, secret(PIN))
        connection.refuse(0x22, 0x6A88)
        for most in (80, 80):
            connection.forget()
            with pytest.raises(CryptokiError) as caught:
                sign(opened, SIGNATURE, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
            assert caught.value.code == CKR_DEVICE_ERROR
            assert len(connection.commands) < most
        connection.obey()
        sign_with_both(opened)


class TestAnotherCardOfThatName:
    """A card may claim any serial number; what it cannot do is compute with another card's keys."""

    NUMBER = "3F00/D003"

    def forged(self, profile: str, cache: Cache, *, signs: bool) -> None:
        """A whole other card, with keys and certificates of its own, uses the module once under this card's number."""
        connection, other = inserted(profile, SMALL_CPS_DATA), "cps3" if profile == "cps4" else "cps4"
        application = connection.card.files.mf.follow(b"\0\1")
        assert isinstance(application, Directory)
        for role, (number, reference) in {SIGNATURE: ("A001", 0), AUTHENTICATION: ("A002", 1)}.items():
            connection.card.file(f"3F00/0001/{number}").content = certificate(other, role)
            key = application.keys[sorted(application.keys)[reference]]
            application.keys[key.reference] = replace(key, rsa=identity(other).credentials[role].key)
        opened = Token(driver_of(profile)(connection), cache)
        read_everything(opened)
        if signs:
            sign_with_both(opened)

    @pytest.mark.parametrize("profile", CARDS)
    def test_its_certificates_are_not_those_of_the_holder(self, profile: str, cache: Cache) -> None:
        self.forged(profile, cache, signs=False)
        for _ in range(2):
            _connection, opened = token(profile, cache)
            for role in LABELS:
                assert labelled(opened, CERTIFICATES[role]).value(CKA_VALUE) == certificate(profile, role)
            sign_with_both(opened)

    @pytest.mark.parametrize("profile", CARDS)
    def test_even_after_it_signed_it_lasts_no_longer_than_to_the_first_signature(
        self, profile: str, cache: Cache
    ) -> None:
        self.forged(profile, cache, signs=True)
        _connection, opened = token(profile, cache)
        sign_with_both(opened)
        for role in LABELS:
            assert labelled(opened, CERTIFICATES[role]).value(CKA_VALUE) == certificate(profile, role)
        _connection, opened = token(profile, cache)
        for role in LABELS:
            assert labelled(opened, CERTIFICATES[role]).value(CKA_VALUE) == certificate(profile, role)

    @pytest.mark.parametrize("before", [False, True], ids=["no copies", "copies of the holder's keys"])
    @pytest.mark.parametrize("profile", CARDS)
    def test_what_it_says_of_its_holder_is_not_said_of_the_other(
        self, profile: str, before: bool, cache: Cache
    ) -> None:
        """Read data only, so that the card never has to prove a key."""
        name = "CPS_NAME_PS"
        if before:
            _connection, opened = token(profile, cache)
            sign_with_both(opened)
        connection = inserted(profile)
        genuine = labelled(Token(driver_of(profile)(connection), None), name).value(CKA_VALUE)
        connection.card.file("3F00/0001/D101").content = b"forged" + genuine[6:]
        assert labelled(Token(driver_of(profile)(connection), cache), name).value(CKA_VALUE) != genuine
        _connection, opened = token(profile, cache)
        assert labelled(opened, name).value(CKA_VALUE) == genuine

    @pytest.mark.parametrize("profile", CARDS)
    def test_the_copies_of_the_holder_s_card_pass_for_no_key_of_its_own(self, profile: str, cache: Cache) -> None:
        _connection, opened = token(profile, cache)
        read_everything(opened)
        sign_with_both(opened)
        self.forged(profile, cache, signs=True)

    @pytest.mark.parametrize("profile", CARDS)
    def test_a_card_of_another_kind_shares_no_copy(self, profile: str, cache: Cache) -> None:
        other = "cps3" if profile == "cps4" else "cps4"
        _connection, opened = token(other, cache)
        read_everything(opened)
        connection = inserted(profile)
        connection.card.file(self.NUMBER).content = inserted(other).card.file(self.NUMBER).content
        for _ in range(2):
            opened = Token(driver_of(profile)(connection), cache)
            assert opened.serial == ("99990003" if other == "cps3" else "99990004")
            for role in LABELS:
                assert labelled(opened, CERTIFICATES[role]).value(CKA_VALUE) == certificate(profile, role)
            sign_with_both(opened)
            connection.card.reset()


def sign_with_both(opened: Token) -> None:
    """Verify a result with the shown certificate; CryptokiError if it is another card's."""
    if opened.login.user is None:
        opened.log_in(CKU_USER, secret(PIN))
    for role in LABELS:
        sign(opened, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        shown = Certificate(labelled(opened, CERTIFICATES[role]).value(CKA_VALUE)).public_key
        result = sign(opened, role, CKM_RSA_PKCS, data_for(CKM_RSA_PKCS))
        assert shown.apply(result).endswith(data_for(CKM_RSA_PKCS))
