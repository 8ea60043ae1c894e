"""A terminal for the tests of the virtual cards: commands and answers in hexadecimal, spaces allowed."""

from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.profiles import new_card

CHIPDOC = "01A4040C08 8025000001FF0100"
PIN, PUK = "31323334", "3132333435363738"


class Terminal:
    """A powered card; ``ask`` gives the answer in upper case, status word last."""

    def __init__(self, profile: str) -> None:
        self.card: VirtualCard = new_card(profile)
        self.card.power_on()
        if profile == "cps4":
            assert self.ask(CHIPDOC) == "9000"

    def ask(self, command: str) -> str:
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    def accept(self, *commands: str) -> None:
        """Commands that must all end with 9000, 61xx or 9Fxx."""
        for command in commands:
            answer = self.ask(command)
            assert answer[-4:] == "9000" or answer[-4:-2] in ("61", "9F"), f"{command} -> {answer}"

    def collect(self, command: str) -> bytes:
        """The whole answer to a command that succeeds, fetched with GET RESPONSE where the card asks for it."""
        answer = self.card.transmit(bytes.fromhex(command))
        data = answer[:-2]
        while answer[-2] == 0x61:
            left = answer[-1] or 256
            answer = self.card.transmit(bytes((0, 0xC0, 0, 0, min(left, 0xE7))))
            data += answer[:-2]
        assert answer[-2:] == b"\x90\x00", answer[-2:].hex()
        return data
