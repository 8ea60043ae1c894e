"""A token: one card during one insertion, with its identity, codes, login and objects."""

from __future__ import annotations

from cryptolib.cards.errors import CardError, Restarted
from cryptolib.cryptoki.constants import (
    CKF_LOGIN_REQUIRED,
    CKF_PROTECTED_AUTHENTICATION_PATH,
    CKF_RNG,
    CKF_SO_PIN_COUNT_LOW,
    CKF_SO_PIN_FINAL_TRY,
    CKF_SO_PIN_LOCKED,
    CKF_TOKEN_INITIALIZED,
    CKF_USER_PIN_COUNT_LOW,
    CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_INITIALIZED,
    CKF_USER_PIN_LOCKED,
    CKR_DEVICE_ERROR,
    CKR_PIN_INCORRECT,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token import codes
from cryptolib.token.card_access import CardAccess
from cryptolib.token.card_files import CardFiles
from cryptolib.token.contents import Contents
from cryptolib.token.faults import code_of
from cryptolib.token.login import Login
from cryptolib.token.modifiable import ModifiableFiles
from cryptolib.token.slot_lock import SlotLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.card import Card, PinStatus
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pkcs15.cache import Cache
    from cryptolib.pkcs15.directory import Directory
    from cryptolib.pkcs15.schema import Pin
    from cryptolib.secret import Secret
    from cryptolib.token.objects import TokenObject
    from cryptolib.token.presentation import Presentation

BASE_FLAGS = CKF_RNG | CKF_TOKEN_INITIALIZED


class Token:
    """Any thread may call it. Every method turns faults of the card and the reader into CryptokiError."""

    def __init__(self, card: Card, cache: Cache | None = None, lock: SlotLock | None = None) -> None:
        """Read the token's identity; objects are read when first asked for.

        `lock` is the slot's; a token without a slot has its own.
        """
        self.card = card
        self.login = Login()
        self._held = False
        self.contents = Contents(card, cache)
        self.modifiable = ModifiableFiles(card)
        self._objects: dict[int, TokenObject] = {}
        self._objects_reading = 0
        self.card_access = CardAccess(card, lock or SlotLock(lambda: None), self.drop_login, self.contents.forget)
        self.files = CardFiles(card, self.contents, self.modifiable, self.login, self.card_access)
        with self.card_access:
            self.contents.identify()

    @property
    def serial(self) -> str:
        return self.contents.serial

    @property
    def directory(self) -> Directory:
        return self.contents.directory

    @property
    def user_pin(self) -> Pin | None:
        return next((pin for pin in self.directory.pins if not pin.security_officer), None)

    @property
    def unblocking_pin(self) -> Pin | None:
        return next((pin for pin in self.directory.pins if pin.security_officer), None)

    def pin(self, user: int) -> Pin:
        """The code of CKU_USER or CKU_SO. Raises CKR_USER_TYPE_INVALID, and CKR_USER_PIN_NOT_INITIALIZED if there
        is none.
        """
        if user not in (CKU_USER, CKU_SO):
            raise CryptokiError(CKR_USER_TYPE_INVALID)
        pin = self.user_pin if user == CKU_USER else self.unblocking_pin
        if pin is None or not self.card.HAS_CODES:
            raise CryptokiError(CKR_USER_PIN_NOT_INITIALIZED, "the card has no such code")
        return pin

    def require_dates(self) -> None:
        """Raises CryptokiError for a card whose last update may have been interrupted."""
        if self.contents.damage is not None:
            with self.card_access:
                self.contents.read_dates()
        damage = self.contents.damage
        if damage is not None:
            raise CryptokiError(code_of(damage), str(damage)) from damage

    def user(self) -> int | None:
        """CKU_USER, CKU_SO or None if nobody is logged in or another process has reset the card. Never waits."""
        if self.login.user is not None:
            self.card_access.look_for_reset()
        return self.login.user

    def has_gone(self) -> bool:
        """True if the card of a login has gone, perhaps with its reader. Never waits."""
        self.user()
        return self.card_access.gone

    def flags(self) -> int:
        """CK_TOKEN_INFO flags, with the tries left of both codes."""
        with self.card_access:
            pin = self.user_pin
            user, officer = self._status(pin), self._status(self.unblocking_pin)
            typed = pin is not None and self.card.HAS_CODES and codes.can_be_typed(pin, self.card.connection.keypad())
        return (
            BASE_FLAGS
            | (CKF_PROTECTED_AUTHENTICATION_PATH if typed else 0)
            | (CKF_LOGIN_REQUIRED if self.card.HAS_CODES else 0)
            | (0 if pin is None else CKF_USER_PIN_INITIALIZED)
            | codes.tries(user, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED)
            | codes.tries(officer, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED)
        )

    def objects(self) -> dict[int, TokenObject]:
        """All objects by handle, hidden ones included."""
        if self._objects_reading != self.contents.readings:
            # Imported by the first C_OpenSession: objects need a session.
            from cryptolib.token.from_pkcs15 import token_objects

            with self.card_access:
                self._objects = self.contents.retry_directory(lambda: token_objects(self.directory, self.files))
                self._objects_reading = self.contents.readings
        return self._objects

    def has_keypad(self) -> bool:
        """True if the reader has a keypad."""
        with self.card_access:
            return self.card.connection.keypad() is not None

    def log_in(self, user: int, code: Secret | None) -> None:
        """Present a code. A code of a wrong length costs no try.

        A `code` of None, here and below, is typed on the reader.
        """
        with self.card_access:
            pin = self.pin(user)
            self.login.require_nobody(user)
            codes.check_length(pin, code)
            with codes.as_stored(pin, code) as stored, self._presentation(pin, stored):
                self._verify(pin, stored, typed=code is None)
            # A reset before the card took the code does not end this login.
            self.card_access.end_login_if_reset()
            self.login.user = user

    def log_out(self) -> None:
        """End the login, here and on the card."""
        with self.card_access:
            self.login.require_anybody()
            self.card.end_authentication()
            self.drop_login()

    def end_login(self) -> None:
        """End the login when the application needs the card no more; reset the card if no other process uses it."""
        if self.login.user is not None:
            self.drop_login()
            self.card.connection.reset_if_alone()
            self.card.forget()

    def drop_login(self) -> None:
        """Forget who is logged in, and what only the holder may read."""
        self.login.user = None
        self.files.forget_private()
        self.modifiable.forget()

    def let_go(self) -> None:
        """Leave the card to other programs until it is needed again; sends it no command."""
        self.modifiable.forget()
        self.card.connection.let_go()

    def start_update(self) -> None:
        """Keep the card's transaction: no other process gets between the commands of an update."""
        with self.card_access:
            self.card.hold()
        self._held = True

    def transmit(self, command: Secret) -> bytes:
        """Send a command as it is and return the answer. The command may hold a code, so it is wiped like one."""
        with self.card_access:
            self.modifiable.forget()
            return self.card.connection.transmit_secret(command.reveal())

    def end_update(self) -> None:
        """Give the card back, logged out, whatever the update selected and presented."""
        self._held = False
        self.drop_login()
        self.card.let_go()

    def change_pin(self, old: Secret | None, new: Secret | None) -> None:
        """Replace the code porteur, logged in or not: the card checks the old one.

        If the code porteur is blocked, `old` may be the code de déblocage: clients without a login of the security
        officer unblock a card in this way. Otherwise only the code porteur is presented, so that a mistyped code costs
        no try of the code de déblocage, which nothing can unblock.
        """
        pin = self.pin(CKU_USER)
        officer = self.unblocking_pin
        if old is not None and officer is not None and not codes.fits(pin, old) and codes.fits(officer, old):
            codes.check_new(pin, new)
            with self.card_access:
                self._unblock(pin, officer, old, new)
            return
        codes.check_length(pin, old)
        codes.check_new(pin, new)
        with (
            self.card_access,
            codes.as_stored(pin, old) as stored,
            codes.as_stored(pin, new, is_new=True) as wanted,
            self._presentation(pin, stored, wanted),
        ):
            self._leave_as_found()
            self.card.change_pin(pin.reference, stored, wanted)

    def reset_pin(self, new: Secret | None) -> None:
        """Set a new code porteur and unblock it, after the login of CKU_SO."""
        pin = self.pin(CKU_USER)
        self.login.require_security_officer()
        codes.check_new(pin, new)
        with self.card_access:
            # A reset of the card since the login has ended the right to do this.
            self.login.require_security_officer()
            self._set_anew(pin, new)

    def close(self) -> None:
        """Release the card for good; sends it no command."""
        if self._held:
            self.end_update()
        self.end_login()
        self.card.connection.close()

    def random(self, length: int) -> bytes:
        with self.card_access:
            return self.card.random(length)

    def _unblock(self, pin: Pin, officer: Pin, code: Secret, new: Secret | None) -> None:
        status = self._status(pin)
        if status is None:
            raise CryptokiError(CKR_DEVICE_ERROR, "the card does not say whether its code porteur is blocked")
        if status.left != 0:
            raise CryptokiError(CKR_PIN_INCORRECT, "not the length of a code porteur, and that is not blocked")
        self._leave_as_found()
        with codes.as_stored(officer, code) as stored, self._presentation(officer, stored):
            self.card.verify(officer.reference, stored)
        self._set_anew(pin, new)

    def _verify(self, pin: Pin, code: Secret | TypedCode, typed: bool) -> None:
        """Present a code. After a reset by another program it is unknown whether the card saw it.

        If all tries are left, the card saw no wrong code: presenting it again costs one try at most.
        """
        try:
            self.card.verify(pin.reference, code)
        except Restarted:
            status = self._status(pin)
            if typed or status is None or status.left != status.maximum:
                raise
            self.card.verify(pin.reference, code)

    def _leave_as_found(self) -> None:
        """Reset the card after a change of code if nobody is logged in: the presented code must not open it to
        other programs.
        """
        if self.login.user is None:
            self.card.end_authentication()

    def _set_anew(self, pin: Pin, new: Secret | None) -> None:
        with (
            codes.as_stored(pin, new, is_new=True) as wanted,
            self._presentation(self.unblocking_pin, wanted),
        ):
            self.card.reset_pin(pin.reference, wanted)

    def _presentation(self, spent: Pin | None, *presented: Secret | TypedCode) -> Presentation:
        """`with` around a command with these codes; the card may take a try of `spent`."""
        # C_OpenSession imports it.
        from cryptolib.token.presentation import Presentation

        return Presentation(self.card, lambda: self._status(spent), *presented)

    def _status(self, pin: Pin | None) -> PinStatus | None:
        """The tries left; None if the card has no such code or does not say."""
        try:
            return None if pin is None else self.card.pin_status(pin.reference)
        except CardError:
            return None
