"""Instruction bytes (ISO/IEC 7816-4:2020, 5.4.2, and the commands of ISO/IEC 7816-8)."""

from __future__ import annotations

VERIFY = 0x20
MANAGE_SECURITY_ENVIRONMENT = 0x22
CHANGE_REFERENCE_DATA = 0x24
PERFORM_SECURITY_OPERATION = 0x2A
RESET_RETRY_COUNTER = 0x2C
GET_CHALLENGE = 0x84
INTERNAL_AUTHENTICATE = 0x88
SELECT = 0xA4
READ_BINARY = 0xB0
GET_RESPONSE = 0xC0
GET_DATA = 0xCB
"""The odd instruction byte: the data field says what is requested."""
UPDATE_BINARY = 0xD6
