"""The exception that carries a CK_RV (PKCS#11 3.2, 5.1)."""

from __future__ import annotations


class CryptokiError(Exception):
    """Ends a C_ call with `code`, a CKR_ value other than CKR_OK.

    The trace shows `why`, and the name of `null`, the argument that must not be NULL.
    """

    def __init__(self, code: int, why: str = "", null: object = None) -> None:
        super().__init__(why)
        self.code = code
        self.null = null
