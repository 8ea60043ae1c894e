"""The journal has what was done, and why not; it has no facts of the card, and nothing that was typed."""

from __future__ import annotations

from cryptolib.cli.messages.language import Messages
from cryptolib.cli.output import Line
from cryptolib.cli.screen.journal import Journal, JournalOutput
from cryptolib.cli.severity import Severity


def test_lines_are_kept_with_their_time_and_facts_are_not() -> None:
    journal = Journal()
    output = JournalOutput(Messages("fr"), journal)
    output.panel("Titulaire", [Line("Nom", "EXEMPLE")])
    output.line("Le code porteur est changé.", Severity.OK)
    (line,) = journal.lines
    assert line[2] == line[5] == ":" and line.endswith("  Le code porteur est changé.")
