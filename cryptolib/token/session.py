"""A session: its token, its rights and its active operations (PKCS#11 3.2, 5.6)."""

from __future__ import annotations

from _thread import RLock

from cryptolib.cryptoki.constants import (
    CKF_RW_SESSION,
    CKF_SERIAL_SESSION,
    CKR_KEY_HANDLE_INVALID,
    CKR_MECHANISM_INVALID,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_SESSION_READ_ONLY,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_USER_NOT_LOGGED_IN,
    CKS_RO_PUBLIC_SESSION,
    CKS_RO_USER_FUNCTIONS,
    CKS_RW_PUBLIC_SESSION,
    CKS_RW_SO_FUNCTIONS,
    CKS_RW_USER_FUNCTIONS,
    CKU_CONTEXT_SPECIFIC,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.mechanisms.table import MECHANISMS, Mechanism, require_usable
from cryptolib.token.objects import search
from cryptolib.token.operations import CardUpdate, Operations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme
    from cryptolib.cryptoki.parameters import CkMechanism
    from cryptolib.secret import Secret
    from cryptolib.token.objects import TokenObject
    from cryptolib.token.slot import Slot
    from cryptolib.token.token import Token


class Session:
    """`lock` is held by a call that uses the operations; any thread may use the rest."""

    def __init__(self, handle: int, slot: Slot, writable: bool, read_only_on: Callable[[Slot], bool]) -> None:
        """`read_only_on` tells whether any session on a slot is read-only."""
        self.handle = handle
        self.lock = RLock()
        self.slot = slot
        self.writable = writable
        self.operations = Operations()
        self._read_only_on = read_only_on

    @property
    def token(self) -> Token:
        """The slot's token; read from the card at the first use."""
        return self.slot.token()

    def require_code(self, user: int) -> None:
        """Raises what `Token.pin` raises, and CKR_OPERATION_NOT_INITIALIZED for CKU_CONTEXT_SPECIFIC.

        Leaves CKU_SO to `log_in`, which first checks for read-only sessions.
        """
        if user == CKU_CONTEXT_SPECIFIC:
            raise CryptokiError(CKR_OPERATION_NOT_INITIALIZED, "no key of a CPS asks for its code at each use")
        if user != CKU_SO:
            self.token.pin(user)

    def log_in(self, user: int, code: Secret | None) -> None:
        """Log in all sessions of the token. Raises CKR_SESSION_READ_ONLY_EXISTS, and what `Token.log_in` raises."""
        if user == CKU_SO and self.slot.logged_in() is None and self._read_only_on(self.slot):
            raise CryptokiError(CKR_SESSION_READ_ONLY_EXISTS)
        self.token.log_in(user, code)

    def close_update(self) -> None:
        """Give the card back if this session holds it."""
        if self.operations.end(CardUpdate):
            self.slot.end_update()

    def state(self) -> int:
        """The CKS_ value of the session."""
        user = self.slot.logged_in() if self.has_login() else CKU_USER
        if user == CKU_SO:
            return CKS_RW_SO_FUNCTIONS
        if self.writable:
            return CKS_RW_USER_FUNCTIONS if user == CKU_USER else CKS_RW_PUBLIC_SESSION
        return CKS_RO_USER_FUNCTIONS if user == CKU_USER else CKS_RO_PUBLIC_SESSION

    def has_login(self) -> bool:
        """True if the card has codes; without codes everybody has the holder's rights."""
        return self.slot.driver().HAS_CODES

    def flags(self) -> int:
        return CKF_SERIAL_SESSION | (CKF_RW_SESSION if self.writable else 0)

    def require_writable(self) -> None:
        if not self.writable:
            raise CryptokiError(CKR_SESSION_READ_ONLY)

    def visible_objects(self) -> list[TokenObject]:
        """The objects that this session may see: private ones only after the holder's login."""
        objects = list(self.token.objects().values())
        if self.slot.logged_in() == CKU_USER:
            return objects
        return [item for item in objects if not item.private]

    def find(self, template: dict[int, bytes]) -> list[int]:
        """Handles of the visible objects that match, in the order that applications expect."""
        return search(template, self.visible_objects)

    def object(self, handle: int) -> TokenObject:
        """The visible object with this handle. Raises CKR_OBJECT_HANDLE_INVALID, for a hidden object as well."""
        item = self.token.objects().get(handle)
        if item is None or (item.private and self.slot.logged_in() != CKU_USER):
            raise CryptokiError(CKR_OBJECT_HANDLE_INVALID)
        return item

    def key(self, handle: int, unknown: int = CKR_KEY_HANDLE_INVALID) -> TokenObject:
        """The object to use as a key; `unknown` is the error code for an unknown handle.

        Raises CKR_USER_NOT_LOGGED_IN for the handle of a private key after a logout.
        """
        item = self.token.objects().get(handle)
        if item is None:
            raise CryptokiError(unknown)
        if item.private and self.slot.logged_in() != CKU_USER:
            raise CryptokiError(CKR_USER_NOT_LOGGED_IN)
        return item

    def decryption_key(self, handle: int) -> TokenObject:
        """As `key`, after login only; applications expect another error code for an unknown handle."""
        item = self.key(handle, CKR_OBJECT_HANDLE_INVALID)
        if not item.private and self.slot.logged_in() != CKU_USER:
            raise CryptokiError(CKR_USER_NOT_LOGGED_IN)
        return item

    def mechanism(self, wanted: CkMechanism, usage: int, schemes: frozenset[Scheme] | None = None) -> Mechanism:
        """The mechanism `wanted` for `usage`, a CKF_ flag, with a key that computes `schemes`, or without a key.

        Raises CKR_MECHANISM_INVALID if the token does not offer it, what `require_usable` raises, and
        CKR_MECHANISM_PARAM_INVALID.
        """
        mechanism = MECHANISMS.get(wanted.type)
        if mechanism is None or not mechanism.flags(self.slot.schemes()) & usage:
            raise CryptokiError(CKR_MECHANISM_INVALID)
        if schemes is not None:
            require_usable(mechanism, schemes, usage)
        mechanism.check_parameter(wanted)
        return mechanism
