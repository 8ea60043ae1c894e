"""A logical channel: class byte, chaining, 61xx and 6Cxx, T=0 and T=1 (ISO 7816-3 12, 7816-4 5.3 and 5.4.1)."""

from __future__ import annotations

from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER, MAX_SHORT_DATA, Command, encode
from cryptolib.iso7816.budget import Budget
from cryptolib.iso7816.connection import T0
from cryptolib.iso7816.ins import GET_RESPONSE, UPDATE_BINARY
from cryptolib.iso7816.status import MORE_BYTES, OK, WRONG_LE, WRONG_LENGTH, StatusWordError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.iso7816.connection import Connection
    from cryptolib.secret import Secret

CHAINING = 0x10
# The answer length that EF.ATR allows on a card that cannot send 256 bytes at once.
CAUTIOUS_ANSWER = 0xE7
# The limit of GET RESPONSE commands for one answer, for a card that says 61xx for ever.
MAX_ANSWER_PARTS = 64


class Channel:
    """Sends commands on logical channel `number`. Returns the answer data; raises StatusWordError for other words
    than 9000.
    """

    __slots__ = ("_answer_limit", "budget", "connection", "number")

    def __init__(self, connection: Connection, number: int = 0, budget: Budget | None = None) -> None:
        """All channels of one card share its `budget`."""
        self.budget = budget or Budget()
        self.connection = connection
        self.number = number
        self._answer_limit = MAX_SHORT_ANSWER

    def send(self, command: Command) -> bytes:
        """Run one command, chained if its data exceed 255 bytes; return the whole answer without the status word."""
        data = command.data
        while len(data) > MAX_SHORT_DATA:
            block, data = data[:MAX_SHORT_DATA], data[MAX_SHORT_DATA:]
            self._exchange(command, CHAINING, block, None)
        return self._exchange(command, 0, data, command.le)

    def send_secret(self, command: Command, *secrets: Secret) -> None:
        """Present PINs: `secrets` are the data of `command`. The APDU is one buffer, sent without copies and then
        zeroed.
        """
        length = sum(len(secret) for secret in secrets)
        cla = command.cla | self.number
        head = (cla, command.ins, command.p1, command.p2)
        apdu = bytearray((*head, length) if length else head) + bytearray(length)
        try:
            position = len(apdu) - length
            for secret in secrets:
                apdu[position : position + len(secret)] = secret.reveal()
                position += len(secret)
            self.budget.spend()
            answer = self.connection.transmit_secret(apdu)
        finally:
            for index in range(len(apdu)):
                apdu[index] = 0
        sw = int.from_bytes(answer[-2:], "big")
        if sw != OK:
            raise StatusWordError(sw, command.name)

    def _exchange(self, command: Command, chaining: int, data: bytes, le: int | None) -> bytes:
        cla = command.cla | chaining | self.number
        # On T=0 a case 4 command has no Le: the card answers 61xx and GET RESPONSE follows.
        if self.connection.protocol == T0 and data:
            le = None
        answer, sw = self._transmit(encode(cla, command, data, le))
        if sw >> 8 == WRONG_LE:
            command.named = sw & 0xFF or MAX_SHORT_ANSWER
            answer, sw = self._transmit(encode(cla, command, data, command.named))
        if sw >> 8 == MORE_BYTES:
            answer, sw = self._more(command, answer, sw)
        if sw != OK:
            raise StatusWordError(sw, repr(command), answer)
        return answer

    def _more(self, command: Command, answer: bytes, sw: int) -> tuple[bytes, int]:
        """Handle 61xx: fetch the rest of the answer, or ignore it if `command` expects none.

        After UPDATE BINARY only 9000 says that the data are written.
        """
        if command.le is not None:
            return self._collect(answer, sw, command.enough)
        return b"", sw if command.ins == UPDATE_BINARY else OK

    def _collect(self, answer: bytes, sw: int, enough: int) -> tuple[bytes, int]:
        """Fetch what 61xx announces. A card that refuses to give 256 bytes is asked for less from then on."""
        for _part in range(MAX_ANSWER_PARTS):
            wanted = min(sw & 0xFF or MAX_SHORT_ANSWER, self._answer_limit, enough or MAX_SHORT_ANSWER)
            part, sw = self._transmit(bytes((self.number, GET_RESPONSE, 0, 0, wanted & 0xFF)))
            if sw >> 8 == WRONG_LE:
                part, sw = self._transmit(bytes((self.number, GET_RESPONSE, 0, 0, sw & 0xFF)))
            elif sw == WRONG_LENGTH and wanted > CAUTIOUS_ANSWER:
                self._answer_limit = CAUTIOUS_ANSWER
                part, sw = self._transmit(bytes((self.number, GET_RESPONSE, 0, 0, CAUTIOUS_ANSWER)))
            answer += part
            if sw >> 8 != MORE_BYTES:
                break
            if enough:
                # The rest of the answer is lost with the next command.
                return answer, OK
        return answer, sw

    def _transmit(self, apdu: bytes) -> tuple[bytes, int]:
        self.budget.spend()
        answer = self.connection.transmit(apdu)
        self.budget.received(len(answer))
        if len(answer) < 2:
            raise StatusWordError(0, "an answer without status word")
        return answer[:-2], int.from_bytes(answer[-2:], "big")
