"""The structures that an application sends to a reader with a keypad, valid for a four-digit code by default."""

from __future__ import annotations

import struct
from dataclasses import dataclass

LANGUAGE = 0x040C


@dataclass(frozen=True)
class PinVerify:
    """PIN_VERIFY_STRUCTURE (PC/SC part 10, 2.5.2)."""

    command: bytes
    bTimeOut: int = 30
    bTimeOut2: int = 30
    bmFormatString: int = 0x82
    bmPINBlockString: int = 4
    bmPINLengthFormat: int = 0
    wPINMaxExtraDigit: int = 0x0404
    bEntryValidationCondition: int = 2
    bNumberMessage: int = 1
    wLangId: int = LANGUAGE
    bMsgIndex: int = 0
    bTeoPrologue: bytes = bytes(3)
    ulDataLength: int | None = None

    def packed(self) -> bytes:
        return (
            struct.pack(
                "=BBBBBHBBHB3sI",
                self.bTimeOut,
                self.bTimeOut2,
                self.bmFormatString,
                self.bmPINBlockString,
                self.bmPINLengthFormat,
                self.wPINMaxExtraDigit,
                self.bEntryValidationCondition,
                self.bNumberMessage,
                self.wLangId,
                self.bMsgIndex,
                self.bTeoPrologue,
                len(self.command) if self.ulDataLength is None else self.ulDataLength,
            )
            + self.command
        )


@dataclass(frozen=True)
class PinModify:
    """PIN_MODIFY_STRUCTURE (PC/SC part 10, 2.5.3): the current code, and the new one twice."""

    command: bytes
    bTimeOut: int = 30
    bTimeOut2: int = 30
    bmFormatString: int = 0x82
    bmPINBlockString: int = 4
    bmPINLengthFormat: int = 0
    bInsertionOffsetOld: int = 0
    bInsertionOffsetNew: int = 4
    wPINMaxExtraDigit: int = 0x0404
    bConfirmPIN: int = 3
    bEntryValidationCondition: int = 2
    bNumberMessage: int = 3
    wLangId: int = LANGUAGE
    bMsgIndex1: int = 0
    bMsgIndex2: int = 1
    bMsgIndex3: int = 2
    bTeoPrologue: bytes = bytes(3)
    ulDataLength: int | None = None

    def packed(self) -> bytes:
        return (
            struct.pack(
                "=BBBBBBBHBBBHBBB3sI",
                self.bTimeOut,
                self.bTimeOut2,
                self.bmFormatString,
                self.bmPINBlockString,
                self.bmPINLengthFormat,
                self.bInsertionOffsetOld,
                self.bInsertionOffsetNew,
                self.wPINMaxExtraDigit,
                self.bConfirmPIN,
                self.bEntryValidationCondition,
                self.bNumberMessage,
                self.wLangId,
                self.bMsgIndex1,
                self.bMsgIndex2,
                self.bMsgIndex3,
                self.bTeoPrologue,
                len(self.command) if self.ulDataLength is None else self.ulDataLength,
            )
            + self.command
        )
