"""Vendor functions: an issuer's application updates the card with APDUs of its own.

Between C_StartUpdate and C_EndUpdate no other process reaches the card. C_EndUpdate, closing the session and C_Finalize
give it back.
"""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read_secret
from cryptolib.abi.library import provider
from cryptolib.abi.memory import Output, require
from cryptolib.cryptoki.constants import CKR_DATA_LEN_RANGE
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.operations import CardUpdate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData

# A header alone, or a short command with data and Le.
MIN_COMMAND = 4
MAX_COMMAND = 261
# The longest short answer: a command must not run when its answer may not fit.
MAX_ANSWER = 258


@cryptoki_call
def C_StartUpdate(hSession: int) -> None:
    with provider().session(hSession) as session:
        session.operations.require_idle(CardUpdate)
        session.token.start_update()
        session.operations.begin(CardUpdate())


@cryptoki_call
def C_TransmitMessage(
    hSession: int, pMessage: CData, ulMessageLen: int, pAnswer: CData, pulAnswerLen: CData, ulType: int
) -> None:
    """Send one command APDU of 4 to 261 bytes as it is; give the answer with its status word, without GET RESPONSE
    or retry.
    """
    with provider().session(hSession) as session:
        session.operations.current(CardUpdate)
        require(pMessage)
        output = Output(pAnswer, pulAnswerLen)
        if not MIN_COMMAND <= ulMessageLen <= MAX_COMMAND:
            raise CryptokiError(CKR_DATA_LEN_RANGE, "not a short command")
        if output.ready(MAX_ANSWER):
            with read_secret(pMessage, ulMessageLen, MAX_COMMAND) as command:
                output.write(session.token.transmit(command))


@cryptoki_call
def C_KeepAlive(hSession: int) -> None:
    """Raises when the card is not there any more."""
    with provider().session(hSession) as session:
        session.operations.current(CardUpdate)
        with session.token.card_access:
            pass


@cryptoki_call
def C_EndUpdate(hSession: int) -> None:
    with provider().session(hSession) as session:
        session.operations.current(CardUpdate)
        session.close_update()
