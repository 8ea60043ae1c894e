"""The one exception that carries a CK_RV (PKCS#11 3.2, 5.1)."""

from __future__ import annotations


class CryptokiError(Exception):
    """Ends a C_ call with `code`, a CKR_ value other than CKR_OK; `why` is for the trace only."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(why)
        self.code = code
