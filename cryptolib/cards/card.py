"""What every card driver does for the layers above; a driver is one subclass in one file.

All methods are called inside the card's transaction, between `begin_transaction` and `end_transaction`. They raise
CardError for a card's refusal and let TransportError of the connection pass.
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
    from cryptolib.pkcs15.schema import Entry
    from cryptolib.secret import Secret

# Each logout of another program is a reset; so many may come one after the other, more are a fault.
MAX_RESETS = 8


class PinStatus:
    """Tries of one code: `left` of `maximum`; `left` is None when the card does not say (code presented already)."""

    __slots__ = ("left", "maximum")

    def __init__(self, left: int | None, maximum: int) -> None:
        self.left = left
        self.maximum = maximum


class Card:
    """One inserted card. `resets` counts the resets by other processes, each of which lost the security status.

    Without the metaclass ABCMeta, which costs time at the start: mypy sees a driver that lacks a method.
    """

    KIND: str
    """Tells copies of its files from those of another kind of card."""

    MODEL = "IAS ECC"
    """What Cryptolib CPS 5 calls the model of every card, a CPS4 of another make included."""

    CHANNEL = 0
    """Logical channel of the card's application."""

    HAS_CODES = True
    """Whether the card knows its holder by a code; without one nothing on it is reserved to the holder."""

    DATED = False
    """Whether the card may date the last update of its files: then each session that is opened looks at it."""

    KEY_BITS: tuple[int, int]
    """Smallest and largest modulus."""

    SIGNATURE_SCHEMES: frozenset[Scheme]
    """What the card computes with its signature key."""

    AUTHENTICATION_SCHEMES: frozenset[Scheme]
    """What the card computes with its authentication key."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.budget = Budget()
        self.channel = Channel(connection, self.CHANNEL, self.budget)
        self.resets = 0
        self._reset_wanted = False

    def end_authentication(self) -> None:
        """Have the card forget every code presented to it: it is reset at the end of this transaction."""
        self._reset_wanted = True

    def hold(self) -> None:
        """Go on holding the card when this transaction ends, until `let_go`."""
        self.connection.begin()

    def let_go(self) -> None:
        """End what `hold` began, with a reset: nobody knows what was done to the card meanwhile. Never raises."""
        self.forget()
        self.connection.end(reset=True)

    def begin_transaction(self) -> None:
        """Make the card ours alone. A reset by another program is noticed here, and forgets what was selected.

        Other programs may reset the card one after the other while we wait for it.
        """
        self._begin()
        self.budget.begin()

    def resume_transaction(self) -> None:
        """Make the card ours again, after a reset in a transaction. The call goes on, and so does its budget."""
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
        """Let others have the card; never raises."""
        reset, self._reset_wanted = self._reset_wanted, False
        self.connection.end(reset)

    @abstractmethod
    def forget(self) -> None:
        """Drop what the driver believes about the card's selections."""

    @abstractmethod
    def serial(self) -> str:
        """The card's serial number, 8 digits. Raises UnknownCard when this is not a CPS card."""

    @abstractmethod
    def application(self, read: Callable[[bytes], bytes] | None = None) -> bytes:
        """Absolute path of the PKCS#15 application's DF, from EF.DIR as `read` gives it, by default from the card."""

    def update_dates(self) -> bytes | None:
        """What distinguishes one update of the card's files from another, None when the card does not date them.

        Raises DamagedDates.
        """
        return None

    @abstractmethod
    def read_file(self, where: bytes) -> bytes:
        """Content of the transparent EF, or of the part of one, at an absolute `pkcs15.place`."""

    @abstractmethod
    def read_object(self, where: bytes) -> bytes:
        """The one BER-TLV object that starts the place `where`, without what may follow it."""

    @abstractmethod
    def read_part(self, where: bytes, offset: int, length: int) -> bytes:
        """`length` bytes, at most 256, of what stands at `where`, as one command gives them."""

    @abstractmethod
    def file_size(self, where: bytes) -> int:
        """How many bytes stand at `where` as the card or its directory says; read only where neither does."""

    @abstractmethod
    def write_file(self, where: bytes, new: bytes, held: bytes | None = None) -> None:
        """Make the place `where` hold `new`, which is as long as it; if cut, as `atomic_write` says.

        `held` is what stood there when somebody last looked: where it still does, only what changes is written.
        """

    def data_objects(self, listed: list[Entry]) -> list[Entry]:
        """The data objects of the PKCS#15 directory, and behind them those that the card keeps elsewhere."""
        return listed

    def pin_status(self, reference: int) -> PinStatus:
        """How many tries a code has left; spends none."""
        raise NotUsable("a card without codes")

    def verify(self, reference: int, code: Secret | TypedCode) -> None:
        """Present a code. Raises PinIncorrect or PinBlocked."""
        raise NotUsable("a card without codes")

    def change_pin(self, reference: int, old: Secret | TypedCode, new: Secret | TypedCode) -> None:
        """Replace a code that is known; both are typed, or none."""
        raise NotUsable("a card without codes")

    def reset_pin(self, reference: int, new: Secret | TypedCode) -> None:
        """Set a code anew and unblock it; the code de deblocage has been presented just before."""
        raise NotUsable("a card without codes")

    def schemes(self, signature_key: bool) -> frozenset[Scheme]:
        """What the card computes with its signature key, or with its authentication key."""
        return self.SIGNATURE_SCHEMES if signature_key else self.AUTHENTICATION_SCHEMES

    @abstractmethod
    def compute(self, key: int, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        """One private key operation. `proof`, where the caller has one, says whether a result is right."""

    @abstractmethod
    def random(self, length: int) -> bytes:
        """`length` random bytes made by the card."""
