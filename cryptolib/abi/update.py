"""The functions behind the standard list: an issuer's application updates the card with commands of its own.

Between C_StartUpdate and C_EndUpdate no other process reaches the card. C_EndUpdate always gives it back, and closing
the session or C_Finalize does, too.
"""

from __future__ import annotations

from cryptolib.abi.call import cryptoki_call
from cryptolib.abi.inputs import read_secret
from cryptolib.abi.library import provider
from cryptolib.abi.memory import Output, require
from cryptolib.cryptoki.constants import CKR_DATA_LEN_RANGE
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.session import UPDATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.abi.core import CData

# A header, and a short command with data and Le.
MIN_COMMAND = 4
MAX_COMMAND = 261
# The longest short answer: a command must not be carried out when there is no room for what it may answer.
MAX_ANSWER = 258


@cryptoki_call
def C_StartUpdate(session: int) -> None:
    with provider().using(session) as used:
        used.require_idle(UPDATE)
        used.token.start_update()
        used.operations[UPDATE] = True


@cryptoki_call
def C_TransmitMessage(
    session: int, message: CData, length: int, answer: CData, answer_length: CData, kind: int
) -> None:
    """One command APDU as it stands, 4 to 261 bytes; the answer with its status word, no GET RESPONSE, no retry."""
    with provider().using(session) as used:
        used.operation(UPDATE)
        require(message)
        output = Output(answer, answer_length)
        if not MIN_COMMAND <= length <= MAX_COMMAND:
            raise CryptokiError(CKR_DATA_LEN_RANGE, "not a short command")
        if output.ready(MAX_ANSWER):
            with read_secret(message, length, MAX_COMMAND) as command:
                output.write(used.token.transmit(command))


@cryptoki_call
def C_KeepAlive(session: int) -> None:
    """Whether the card is still there."""
    with provider().using(session) as used:
        used.operation(UPDATE)
        with used.token.card_access:
            pass


@cryptoki_call
def C_EndUpdate(session: int) -> None:
    with provider().using(session) as used:
        used.operation(UPDATE)
        used.close_update()
