"""Cards and readers in this process: `Connection` and `Readers` without PC/SC behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate

from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.faults import CardMute
from conformance.virtual_card.faults import CardRemoved as CardPulled
from conformance.virtual_card.identity import identity
from conformance.virtual_card.profiles import ATR, new_card, profile_of
from conformance.virtual_card.variations import vary
from cryptolib.cards.card import Card
from cryptolib.cards.catalog import driver_of
from cryptolib.iso7816.connection import T0, T1, CardRemoved, CardReset, Interrupted, Keypad, TransportError
from cryptolib.iso7816.typed_code import TypedCode
from cryptolib.secret import Secret
from cryptolib.token.objects import TokenObject
from cryptolib.token.token import Token

if TYPE_CHECKING:
    from cryptolib.token.provider import ReaderState

T = TypeVar("T")

CARDS = ("cps3", "cps4")
SIGNATURE, AUTHENTICATION = "signature", "authentication"
KEYS = {"cps3": {SIGNATURE: 0x81, AUTHENTICATION: 0x82}, "cps4": {SIGNATURE: 0x10, AUTHENTICATION: 0x20}}

SMALL_CPS_DATA = "cps-data=256"
"""A variation: a CPS4 is issued without a CPS_DATA, and that of a CPS3 has 4096 bytes."""

PIN = b"1234"
PUK = b"12345678"
WRONG_PIN = b"9876"


def secret(code: bytes) -> Secret:
    return Secret(bytearray(code))


def certificate(profile: str, role: str) -> bytes:
    """The certificate that the card holds for this role, as it was issued."""
    return identity(profile).credentials[role].certificate


def public_key(profile: str, role: str) -> RSAPublicKey:
    """Its key, for a library that knows nothing of cards."""
    key = load_der_x509_certificate(certificate(profile, role)).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def opens_to(key: RSAPublicKey, block: bytes) -> Callable[[bytes], bool]:
    """Whether a result of the private key comes from `block`."""
    numbers = key.public_numbers()
    wanted = int.from_bytes(block, "big")
    return lambda result: pow(int.from_bytes(result, "big"), numbers.e, numbers.n) == wanted


class VirtualConnection:
    """A connection to a virtual card; `commands` are those sent since the last `forget`, in hexadecimal."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card
        self.protocol = T0 if card.protocol == "T=0" else T1
        self.commands: list[str] = []
        self.exchanged = 0
        """Bytes of commands and answers."""
        self.secrets: list[bytearray] = []
        self.transactions = 0
        self.in_transaction = False
        self.alone = True
        self.connected = True
        self.closed = False
        self.interrupted = False
        self.removed = False
        self._was_reset = 0
        self._resets_in: list[int] = []

    def begin(self) -> None:
        assert not self.in_transaction, "a transaction within a transaction"
        if self.interrupted:
            raise Interrupted("begin")
        if self.removed or self.closed:
            raise CardRemoved("begin")
        if self._was_reset:
            self._was_reset -= 1
            raise CardReset("begin")
        self.connected = True
        self.transactions += 1
        self.in_transaction = True

    def end(self, reset: bool = False) -> None:
        self.in_transaction = False
        if reset:
            self.reset_elsewhere()

    def was_reset(self) -> bool:
        if self.removed:
            raise CardRemoved("was_reset")
        return self._was_reset > 0

    def transmit(self, command: bytes) -> bytes:
        assert self.in_transaction, "a command outside a transaction"
        if self.removed:
            raise CardRemoved("transmit")
        if self._is_reset_now():
            self.card.reset()
            self.in_transaction = False
            raise CardReset("transmit")
        self.commands.append(command.hex().upper())
        self.exchanged += len(command)
        try:
            answer = self.card.transmit(command)
            self.exchanged += len(answer)
            return answer
        except CardPulled:
            self.removed = True
            raise CardRemoved("transmit") from None
        except CardMute:
            raise TransportError("transmit") from None

    def transmit_secret(self, command: bytearray) -> bytes:
        self.secrets.append(command)
        return self.transmit(bytes(command))

    def keypad(self) -> Keypad | None:
        return None

    def transmit_typed(self, command: bytes, codes: Sequence[TypedCode]) -> bytes:
        raise AssertionError("nobody is asked for a code on a reader without keypad")

    def reset_if_alone(self) -> None:
        assert not self.in_transaction
        if self.alone and not self.removed:
            self.card.reset()
        self.connected = False

    def let_go(self) -> None:
        assert not self.in_transaction
        self.connected = False

    def interrupt(self) -> None:
        self.interrupted = True

    def close(self) -> None:
        self.closed = True
        self.connected = False

    # What tests do around the module

    def forget(self) -> None:
        self.commands.clear()

    def fault(self, spec: str) -> None:
        """A scripted fault, in the words of `conformance.virtual_card.faults`."""
        self.card.faults.add(spec)

    def refuse(self, ins: int, sw: int) -> None:
        """Answer every command with this instruction with `sw` and do nothing."""
        self.fault(f"ins={ins:02X} times=all do=sw sw={sw:04X}")

    def obey(self) -> None:
        """No fault any more."""
        self.card.faults.clear()

    def elsewhere(self, *commands: str) -> None:
        """Commands of another application, between two transactions of ours."""
        assert not self.in_transaction
        for command in commands:
            answer = self.card.transmit(bytes.fromhex(command))
            assert answer[-2] in (0x90, 0x61), answer.hex()

    def reset_during(self, *commands: int) -> None:
        """Another application resets the card in our transaction, before the commands of these numbers, from 0."""
        self._resets_in = list(commands)

    def _is_reset_now(self) -> bool:
        left, self._resets_in = self._resets_in, [number - 1 for number in self._resets_in if number]
        return 0 in left

    def reset_elsewhere(self, times: int = 1) -> None:
        """Another application resets the card; ours learns it at its next `times` transactions."""
        self.card.reset()
        self._was_reset = times


def inserted(profile: str, *variations: str) -> VirtualConnection:
    """A connection to a new card of this profile and these variations, just powered."""
    card = new_card(profile)
    vary(card, *variations)
    card.power_on()
    return VirtualConnection(card)


@contextmanager
def transaction(card: Card) -> Iterator[None]:
    """The card in one transaction, as `CardAccess` begins and ends it."""
    card.begin_transaction()
    try:
        yield
    finally:
        card.end_transaction()


@dataclass
class DrivenCard:
    """A virtual card and its driver; `run` works in one transaction."""

    connection: VirtualConnection
    driver: Card

    def run(self, work: Callable[[Card], T]) -> T:
        with transaction(self.driver):
            return work(self.driver)

    def did(self, work: Callable[[Card], object]) -> list[str]:
        """The commands that `work` takes."""
        self.connection.forget()
        self.run(work)
        return list(self.connection.commands)


def driven(profile: str, *variations: str) -> DrivenCard:
    """A new card whose application has been found, and nothing else."""
    connection = inserted(profile, *variations)
    subject = DrivenCard(connection, driver_of(profile_of(profile))(connection))
    subject.run(lambda card: card.application())
    connection.forget()
    return subject


def opened(profile: str, *variations: str) -> tuple[VirtualConnection, Token]:
    """A new card as a token that has read its identity."""
    connection = inserted(profile, *variations)
    token = Token(driver_of(profile_of(profile))(connection))
    connection.forget()
    return connection, token


def labelled(token: Token, label: str) -> TokenObject:
    """The first object of this label."""
    return next(item for item in token.objects().values() if item.label == label)


@dataclass
class SeenReader:
    """A reader at one moment, as `token.provider.ReaderState` wants it."""

    name: str
    present: bool
    atr: bytes
    insertion: tuple[int, int]


@dataclass
class VirtualReader:
    """A reader, the card in it, and how many comings and goings it has seen."""

    name: str
    card: VirtualCard | None = None
    events: int = 0
    atr: bytes | None = None
    """What the card answers to reset, where it is not what it should."""
    connections: list[VirtualConnection] = field(default_factory=list)

    @property
    def connection(self) -> VirtualConnection:
        """The one opened last."""
        return self.connections[-1]

    def insert(self, card: str | VirtualCard) -> VirtualCard:
        """A new card of this profile, or that very card."""
        assert self.card is None
        self.card = new_card(card) if isinstance(card, str) else card
        self.card.power_on()
        self.events += 1
        return self.card

    def remove(self) -> VirtualCard:
        assert self.card is not None
        card, self.card = self.card, None
        self.events += 1
        for connection in self.connections:
            connection.removed = True
        return card

    def state(self) -> SeenReader:
        atr = b"" if self.card is None else self.atr or ATR[profile_of(self.card.name)]
        return SeenReader(self.name, self.card is not None, atr, (1, self.events))


class VirtualReaders:
    """Implements `token.provider.Readers`; `connect` is what a Provider opens connections with."""

    def __init__(self, readers: Iterable[VirtualReader] = ()) -> None:
        self.plugged = list(readers)
        self.polls = 0
        self._changed = threading.Condition()
        self._closed = False

    def add(self, name: str, card: str | None = None) -> VirtualReader:
        reader = VirtualReader(name)
        if card is not None:
            reader.insert(card)
        self.plugged.append(reader)
        return reader

    def connect(self, name: str) -> VirtualConnection:
        reader = self._reader(name)
        if reader is None or reader.card is None:
            raise CardRemoved("connect")
        connection = VirtualConnection(reader.card)
        reader.connections.append(connection)
        return connection

    def poll(self) -> Sequence[SeenReader]:
        self.polls += 1
        return [reader.state() for reader in self.plugged]

    def insertion(self, name: str) -> tuple[int, int] | None:
        reader = self._reader(name)
        return None if reader is None or reader.card is None else reader.state().insertion

    def wait(self, seen: Sequence[ReaderState]) -> None:
        with self._changed:
            known = [(reader.name, reader.insertion, reader.present) for reader in seen]
            self._changed.wait_for(lambda: self._closed or known != self._now(), timeout=10)

    def wake(self) -> None:
        """Tell those who wait that something has changed."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _now(self) -> list[tuple[str, tuple[int, int], bool]]:
        return [(reader.name, reader.insertion, reader.present) for reader in self.poll()]

    def _reader(self, name: str) -> VirtualReader | None:
        return next((reader for reader in self.plugged if reader.name == name), None)
