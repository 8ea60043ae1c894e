"""Cards with damaged files and cards that answer at random: CryptokiError or a right answer, and an end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.files import Directory, ElementaryFile
from cryptolib.cards.catalog import driver_of
from cryptolib.cryptoki.constants import CKM_RSA_PKCS, CKR_OK, CKU_SO, CKU_USER
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.iso7816.apdu import Command
from cryptolib.iso7816.channel import Channel
from cryptolib.iso7816.connection import T0, T1
from cryptolib.iso7816.status import OK, StatusWordError
from cryptolib.mechanisms.table import MECHANISMS
from cryptolib.token.objects import PrivateKeyObject, PublicKeyObject
from cryptolib.token.token import Token
from tests.mechanisms.keys import without_parameter
from tests.scripted import AnsweringConnection
from tests.support import CARDS, PIN, PUK, VirtualConnection, inserted, secret

ODD_BYTES = (0x00, 0x01, 0x02, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF)
MOST_COMMANDS = 1500


def files(directory: Directory) -> Iterator[ElementaryFile]:
    for child in directory.children.values():
        if isinstance(child, Directory):
            yield from files(child)
        else:
            yield child


def damage(card: VirtualCard, chance: random.Random) -> None:
    """Change, cut or lengthen a few files, most of all those of the directory."""
    every = [file for file in files(card.files.mf) if file.content]
    directory = [file for file in every if file.path[-4:-2] in ("50", "70") or file.fid in (0x2F00, 0xD003)]
    for file in chance.sample(directory, 3) + chance.sample(every, 3):
        content = bytearray(file.content)
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] = chance.choice((*ODD_BYTES, chance.randrange(256)))
        cut = chance.choice((len(content), len(content), chance.randrange(1, len(content) + 1)))
        file.content = bytes(content[:cut]) + bytes(chance.choice((0, 0, 300)))


def exercised(connection: VirtualConnection) -> None:
    """All that an application does; each step may fail, with CryptokiError."""
    tokens: list[Token] = []
    attempt(lambda: tokens.append(Token(driver_of(connection.card.name)(connection))))
    assert len(connection.commands) < MOST_COMMANDS
    for token in tokens:
        use(token)
    assert not connection.in_transaction
    assert len(connection.commands) < MOST_COMMANDS


def use(token: Token) -> None:
    steps: list[Callable[[Token], object]] = [
        lambda token: token.flags(),
        lambda token: token.objects(),
        lambda token: token.log_in(CKU_USER, secret(PIN)),
        lambda token: token.random(16),
        lambda token: token.change_pin(secret(PIN), secret(PIN)),
        lambda token: token.log_out(),
        lambda token: token.log_in(CKU_SO, secret(PUK)),
        lambda token: token.reset_pin(secret(PIN)),
        lambda token: token.end_login(),
        lambda token: token.log_in(CKU_USER, secret(PIN)),
        use_objects,
    ]
    for step in steps:
        attempt(step, token)
    token.close()


def attempt(step: Callable[..., object], *arguments: object) -> None:
    """One step; it may fail, with CryptokiError and a code that says so."""
    code = None
    try:
        step(*arguments)
    except CryptokiError as error:
        code = error.code
    assert code != CKR_OK


def use_objects(token: Token) -> None:
    for item in token.objects().values():
        for attribute in item.attributes:
            attempt(item.value, attribute)
        attempt(item.matches, dict.fromkeys(item.attributes, b""))
        if isinstance(item, PrivateKeyObject):
            attempt(sign, item)
        if isinstance(item, PublicKeyObject):
            attempt(item.numbers)


def sign(key: PrivateKeyObject) -> None:
    signer = MECHANISMS[CKM_RSA_PKCS].signer(key, without_parameter(CKM_RSA_PKCS))
    signer.update(bytes(32))
    signer.finish()


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("profile", CARDS)
def test_damaged_files(profile: str, seed: int) -> None:
    connection = inserted(profile)
    damage(connection.card, random.Random(seed))
    exercised(connection)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("profile", CARDS)
def test_answers_damaged_on_their_way(profile: str, seed: int) -> None:
    """A bit here, a cut there, another status word: at about one command in ten."""
    chance = random.Random(seed)
    connection = inserted(profile)
    transmit = connection.card.transmit

    def damaged(command: bytes) -> bytes:
        answer = bytearray(transmit(command))
        if chance.random() < 0.1 and not connection.secrets:
            position = chance.randrange(len(answer))
            answer[position] = chance.choice((*ODD_BYTES, 0x61, 0x6C, 0x90, chance.randrange(256)))
            del answer[chance.choice((len(answer), chance.randrange(len(answer)))) :]
        return bytes(answer)

    connection.card.transmit = damaged  # type: ignore[method-assign]
    exercised(connection)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("profile", CARDS)
def test_answers_at_random(profile: str, seed: int) -> None:
    chance = random.Random(seed)

    def answer(_command: bytes) -> bytes:
        data = chance.randbytes(chance.choice((0, 0, 2, 20, 256)))
        return data + chance.choice(
            (b"\x90\x00", b"\x90\x00", b"\x61\x10", b"\x6c\x10", b"\x6a\x82", chance.randbytes(2))
        )

    connection = AnsweringConnection(T0 if profile == "cps3" else T1, answer)
    with pytest.raises(CryptokiError):
        Token(driver_of(profile)(connection))
    assert connection.count < MOST_COMMANDS


@pytest.mark.parametrize("seed", range(100))
def test_a_channel_ends_with_an_answer_or_a_status_word(seed: int) -> None:
    chance = random.Random(seed)
    words = (0x9000, 0x6100, 0x6101, 0x61FF, 0x6C00, 0x6C01, 0x6700, 0x6982)

    def answer(_command: bytes) -> bytes:
        word = chance.choice(words) if chance.random() < 0.9 else chance.randrange(0x10000)
        return (chance.randbytes(chance.randrange(8)) + word.to_bytes(2, "big"))[chance.choice((0, 0, 0, -1, -2)) :]

    connection = AnsweringConnection(chance.choice((T0, T1)), answer)
    channel = Channel(connection, chance.randrange(4))
    for _ in range(20):
        command = Command("ANY", 0x2A, 0, 0, bytes(chance.choice((0, 1, 255, 256, 700))), chance.choice((None, 1, 256)))
        word = None
        try:
            assert isinstance(channel.send(command), bytes)
        except StatusWordError as error:
            word = error.sw
        assert word != OK
    assert connection.count < 20 * 150
