"""The interface of every card driver; a driver is one subclass in one file.

Call all methods inside the card's transaction, between `begin_transaction` and `end_transaction`. They raise CardError
when the card refuses, and TransportError when it cannot be reached.
"""

from __future__ import annotations

from abc import abstractmethod

from cryptolib.cards.errors import NotUsable
from cryptolib.iso7816.budget import Budget
from cryptolib.iso7816.channel import Channel
from cryptolib.iso7816.connection import CardReset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme
    from cryptolib.iso7816.connection import Connection
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pkcs15.directory import Application
    from cryptolib.pkcs15.entries import Entry
    from cryptolib.secret import Secret

# A logout of another program resets the card; more resets in a row are a fault.
MAX_RESETS = 8


class PinStatus:
    """The tries of one code: `left` of `maximum`. `left` is None if the card does not say, since the code was
    presented.
    """

    __slots__ = ("left", "maximum")

    def __init__(self, left: int | None, maximum: int) -> None:
        self.left = left
        self.maximum = maximum


class Card:
    """One inserted card. `resets` counts resets by other processes; each one ends the security status.

    Not an ABC, whose metaclass costs start-up time; mypy finds a driver that lacks a method.
    """

    KIND: str
    """Part of the names of copies on disk, so that two kinds of card share none."""

    MODEL = "IAS ECC"
    """CK_TOKEN_INFO.model: Cryptolib CPS 5 gives this for every card, a CPS4 included."""

    CHANNEL = 0
    """Logical channel of the card's application."""

    HAS_CODES = True
    """True if the card has codes; without them nothing on it is reserved to the holder."""

    DATED = False
    """True if the card may date the last update of its files: each C_OpenSession reads the dates then."""

    KEY_BITS: tuple[int, int]
    """Smallest and largest modulus, in bits."""

    SIGNATURE_SCHEMES: frozenset[Scheme]
    """The operations of the signature key."""

    AUTHENTICATION_SCHEMES: frozenset[Scheme]
    """The operations of the authentication key."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.budget = Budget()
        self.channel = Channel(connection, self.CHANNEL, self.budget)
        self.resets = 0
        self.code_paths: dict[int, bytes] = {}
        """In which DF a code is looked for, by its reference; those that the card finds everywhere are not here."""
        self.token_info = b""
        """The content of TokenInfo, which may list the card's algorithms."""
        self._reset_wanted = False

    def end_authentication(self) -> None:
        """Reset the card at the end of this transaction, so that it forgets every presented code."""
        self._reset_wanted = True

    def hold(self) -> None:
        """Keep the card after this transaction, until `let_go`."""
        self.connection.begin()

    def let_go(self) -> None:
        """End what `hold` began, with a reset: the state of the card is unknown. Never raises."""
        self.forget()
        self.connection.end(reset=True)

    def begin_transaction(self) -> None:
        """Begin the PC/SC transaction. After a reset by another program, count it and forget the driver's state.

        Other programs may reset the card several times while this waits for it.
        """
        self._begin()
        self.budget.begin()

    def resume_transaction(self) -> None:
        """Begin the transaction again after a reset inside it. The call goes on with the same budget."""
        self._note_reset()
        self._begin()

    def _begin(self) -> None:
        for _reset in range(MAX_RESETS):
            try:
                self.connection.begin()
            except CardReset:
                self._note_reset()
            else:
                break
        else:
            self.connection.begin()

    def _note_reset(self) -> None:
        self.resets += 1
        self.forget()

    def end_transaction(self) -> None:
        """End the transaction; never raises."""
        reset, self._reset_wanted = self._reset_wanted, False
        self.connection.end(reset)

    @abstractmethod
    def forget(self) -> None:
        """Drop the driver's knowledge of what is selected on the card."""

    @abstractmethod
    def serial(self) -> str:
        """The serial number, 8 decimal digits. Raises UnknownCard when this is not a CPS card."""

    @abstractmethod
    def application(self, read: Callable[[bytes], bytes] | None = None) -> Application:
        """The PKCS#15 application as EF.DIR names it. `read` gives EF.DIR; by default the card does."""

    def update_dates(self) -> bytes | None:
        """Bytes that change with each update of the card's files; None when the card does not date them.

        Raises DamagedDates.
        """
        return None

    @abstractmethod
    def read_file(self, where: bytes) -> bytes:
        """The content of the transparent EF, or of a part of one, at `where`, an absolute `pkcs15.place`."""

    @abstractmethod
    def read_object(self, where: bytes) -> bytes:
        """The BER-TLV object at the start of the place `where`, without the bytes after it."""

    @abstractmethod
    def read_part(self, where: bytes, offset: int, length: int) -> bytes:
        """`length` bytes (1 to 256) at `offset` in the place `where`, with one READ BINARY."""

    @abstractmethod
    def file_size(self, where: bytes) -> int:
        """The size in bytes of the place `where`, as the card or its directory gives it; reads the file if neither
        does.
        """

    @abstractmethod
    def write_file(self, where: bytes, new: bytes, held: bytes | None = None) -> None:
        """Write `new`, as long as the place `where`, by the rules of `atomic_write`.

        `held` is the last known content: if the card still has it, only the change is written.
        """

    def data_objects(self, listed: list[Entry]) -> list[Entry]:
        """The data objects `listed` in the PKCS#15 directory, then those that the card keeps elsewhere."""
        return listed

    def pin_status(self, reference: int) -> PinStatus:
        """The tries left of a code; costs none."""
        raise NotUsable("a card without codes")

    def verify(self, reference: int, code: Secret | TypedCode) -> None:
        """Present a code. Raises PinIncorrect or PinBlocked."""
        raise NotUsable("a card without codes")

    def change_pin(self, reference: int, old: Secret | TypedCode, new: Secret | TypedCode) -> None:
        """Replace a known code; either both codes are typed on the reader or none."""
        raise NotUsable("a card without codes")

    def reset_pin(self, reference: int, new: Secret | TypedCode) -> None:
        """Set a new code and unblock it; the code de déblocage must have been presented."""
        raise NotUsable("a card without codes")

    def schemes(self, signature_key: bool) -> frozenset[Scheme]:
        """The operations of the signature key, or of the authentication key."""
        return self.SIGNATURE_SCHEMES if signature_key else self.AUTHENTICATION_SCHEMES

    @abstractmethod
    def compute(self, key: int, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        """One private key operation. `proof`, if given, tells whether a result is right."""

    @abstractmethod
    def random(self, length: int) -> bytes:
        """`length` random bytes from the card's generator."""
