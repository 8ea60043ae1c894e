"""A wrong command line: what is wrong is said in the user's language, and no value is repeated."""

from __future__ import annotations

import pytest

from cryptolib.cli.arguments import parser
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.messages.language import Messages


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "il manque COMMANDE"),
        (["code"], "il manque COMMANDE"),
        (["sign"], "il manque FICHIER"),
        (["sho"], "il faut l'un de ces mots : status, show, "),
        (["show", "--lang", "de"], "il faut l'un de ces mots : fr, en"),
        (["vihf", "--situation", "x"], "la valeur de --situation ne convient pas"),
        (["show", "--reader"], "il manque une valeur après --reader"),
        (["show", "--raws"], "option inconnue : --raws"),
        (["code", "change", "--pin=1234"], "option inconnue : --pin"),
        (["code", "change", "1234"], "il y a un mot de trop"),
    ],
)
def test_what_is_wrong(typed: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser(Messages("fr")).parse_args(typed)
    complaint = capsys.readouterr().err
    assert (ended.value.code, said in complaint, "1234" in complaint) == (Exit.USAGE, True, False), complaint
    for english in ("argument", "choose", "invalid", "required"):
        assert english not in complaint
