"""The menu has the words of CPS Gestion, and every sentence of the commands is right for who reads it there."""

from __future__ import annotations

import re

import pytest

from cryptolib.cli.messages.language import CATALOGUES
from cryptolib.cli.screen.actions import ACTIONS
from cryptolib.cli.screen.menu import OF_THE_MENU, MenuMessages, entries

QUOTED = re.compile("«.+?»|“.+?”")


def test_every_entry_has_an_action_and_every_action_an_entry() -> None:
    assert [entry.name for entry in entries()] == [*ACTIONS]


def test_the_words_are_those_of_cps_gestion() -> None:
    titles = {entry.title(MenuMessages("fr")) for entry in entries()}
    assert {
        "Changer carte", "Changer code", "Débloquer code", "Saisir code", "Lecture données", "Lecture situations",
        "Test lecteur", "Changer lecteur", "Journal", "Diagnostics", "Traces", "Données CPS",
    } <= titles  # fmt: skip


@pytest.mark.parametrize(("language", "name"), [("fr", "« Débloquer code »"), ("en", "“Unblock code”")])
def test_advice_names_menu_entries(language: str, name: str) -> None:
    assert name in MenuMessages(language).text("advice.failure.locked")


@pytest.mark.parametrize("language", CATALOGUES)
def test_commands_outside_the_menu_keep_their_name(language: str) -> None:
    assert "cps browsers install" in MenuMessages(language).text("advice.registered.no")


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_sentence_asks_to_add_an_option(language: str) -> None:
    """A command that is quoted whole may have one: it is for the command line."""
    messages = MenuMessages(language)
    advice = [key for key in CATALOGUES[language] if key.startswith(("advice.", "failure.")) and key in messages]
    said = {key: CATALOGUES[language].get(f"{OF_THE_MENU}{key}", CATALOGUES[language][key]) for key in advice}
    assert [key for key in advice if "--" in QUOTED.sub("", said[key])] == []


def test_the_menu_has_messages_of_its_own() -> None:
    assert "« cps vihf --role »" in MenuMessages("fr").text("advice.failure.incomplete")
    assert "« Lecture situations »" in MenuMessages("fr").text("advice.failure.incomplete")
