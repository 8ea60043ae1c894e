"""Who is logged in on a token (PKCS#11 3.2, 5.6.8). `CardAccess` ends the login when the card was reset."""

from __future__ import annotations

from cryptolib.cryptoki.constants import (
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKU_SO,
    CKU_USER,
)
from cryptolib.cryptoki.errors import CryptokiError


class Login:
    """The login state that all sessions of a token share. It holds no code."""

    __slots__ = ("user",)

    def __init__(self) -> None:
        self.user: int | None = None

    def require_nobody(self, wanted: int) -> None:
        """Raises CKR_USER_ALREADY_LOGGED_IN or CKR_USER_ANOTHER_ALREADY_LOGGED_IN."""
        if self.user is not None:
            same = self.user == wanted
            raise CryptokiError(CKR_USER_ALREADY_LOGGED_IN if same else CKR_USER_ANOTHER_ALREADY_LOGGED_IN)

    def require_user(self) -> None:
        """Raises CKR_USER_NOT_LOGGED_IN unless the holder is logged in."""
        self._require(CKU_USER)

    def require_security_officer(self) -> None:
        """Raises CKR_USER_NOT_LOGGED_IN unless the code de déblocage has been presented."""
        self._require(CKU_SO)

    def require_anybody(self) -> None:
        """Raises CKR_USER_NOT_LOGGED_IN when nobody is logged in."""
        if self.user is None:
            raise CryptokiError(CKR_USER_NOT_LOGGED_IN)

    def _require(self, user: int) -> None:
        if self.user != user:
            raise CryptokiError(CKR_USER_NOT_LOGGED_IN)
