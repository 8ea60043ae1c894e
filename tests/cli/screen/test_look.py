"""The colours that the screen sets can be read in the palettes that terminals come with (WCAG 2.1, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re

import pytest

from cryptolib.cli.screen.look import STYLE

ENOUGH = 4.5
OWN = "$foreground", "$background"
"""Of the terminal: its user has chosen them."""
NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

# The eight colours, then the bright ones, as each terminal has them unless its user chooses others.
PALETTES = {
    "xterm": (
        "000000 CD0000 00CD00 CDCD00 0000EE CD00CD 00CDCD E5E5E5 "
        "7F7F7F FF0000 00FF00 FFFF00 5C5CFF FF00FF 00FFFF FFFFFF"
    ),
    "Linux console (VGA)": (
        "000000 AA0000 00AA00 AA5500 0000AA AA00AA 00AAAA AAAAAA "
        "555555 FF5555 55FF55 FFFF55 5555FF FF55FF 55FFFF FFFFFF"
    ),
    "Tango": (
        "2E3436 CC0000 4E9A06 C4A000 3465A4 75507B 06989A D3D7CF "
        "555753 EF2929 8AE234 FCE94F 729FCF AD7FA8 34E2E2 EEEEEC"
    ),
    "GNOME Terminal": (
        "171421 C01C28 26A269 A2734C 12488B A347BA 2AA1B3 D0CFCC "
        "5E5C64 F66151 33D17A E9AD0C 2A7BDE C061CB 33C7DE FFFFFF"
    ),
    "Konsole (Breeze)": (
        "232627 ED1515 11D116 F67400 1D99F3 9B59B6 1ABC9C FCFCFC "
        "7F8C8D C0392B 1CDC9A FDBC4B 3DAEE9 8E44AD 16A085 FFFFFF"
    ),
    "Windows console, 8": (
        "000000 800000 008000 808000 000080 800080 008080 C0C0C0 "
        "808080 FF0000 00FF00 FFFF00 0000FF FF00FF 00FFFF FFFFFF"
    ),
    "Windows Terminal (Campbell)": (
        "0C0C0C C50F1F 13A10E C19C00 0037DA 881798 3A96DD CCCCCC "
        "767676 E74856 16C60C F9F1A5 3B78FF B4009E 61D6D6 F2F2F2"
    ),
    "macOS Terminal": (
        "000000 C23621 25BC24 ADAD27 492EE1 D338D3 33BBC8 CBCCCD "
        "818383 FC391F 31E722 EAEC23 5833FF F935F8 14F0F0 E9EBEB"
    ),
    "Solarized": (
        "073642 DC322F 859900 B58900 268BD2 D33682 2AA198 EEE8D5 "
        "002B36 CB4B16 586E75 657B83 839496 6C71C4 93A1A1 FDF6E3"
    ),
}


def pairs() -> set[tuple[str, str]]:
    """Of each rule that sets colours, and of the bars for scrolling.

    Letters that may be bold are two pairs: many terminals show those bright.
    """
    found = set()
    for rule in re.findall("{(.*?)}", STYLE):
        settings = dict(re.findall("([a-z-]+): ([^;]+);", rule))
        letters, ground = settings.get("color", OWN[0]), settings.get("background", OWN[1])
        found.add((letters, ground))
        if "scrollbar-color" in settings:
            found.add((settings["scrollbar-color"], settings["scrollbar-background"]))
        if "bold" in settings.get("text-style", "bold") and not letters.startswith(("$", "ansi_bright")):
            found.add((letters.replace("ansi", "ansi_bright"), ground))
    return found - {OWN}


def colour(name: str, palette: str) -> str:
    words = name.removeprefix("ansi_").split("_")
    return PALETTES[palette].split()[NAMES.index(words[-1]) + 8 * (len(words) > 1)]


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    lower, higher = sorted((luminance(one), luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


def test_the_contrast_formula_is_that_of_wcag() -> None:
    assert contrast("FFFFFF", "000000") == pytest.approx(21)
    assert contrast("777777", "FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", PALETTES)
def test_every_colour_pair_has_enough_contrast(palette: str) -> None:
    assert pairs()
    for letters, ground in pairs():
        assert contrast(colour(letters, palette), colour(ground, palette)) >= ENOUGH, (letters, ground)
