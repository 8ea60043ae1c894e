"""The entries of `cps gestion` that write or read files: signatures, assertions, the archive for support."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.cps_command import OK, Cps, at_a_terminal, give_wrong_code
from conformance.testbed.gestion_screen import ENTER_IT, GestionScreen, codes_presented, opened
from conformance.testbed.rig import Rig
from conformance.testbed.screen_terminal import DOWN, ENTER, ESCAPE, PAGE_DOWN
from conformance.testbed.signatures import (
    authority_of,
    complaints_of_schema,
    openssl_verifies,
    pdf_document,
    xmlsec_verifies,
)

GIVEN_NAME = {"cps3": "Camille", "cps4": "Dominique"}
TO_SIGN, SIGNED, AUTHORITY = (
    "Fichier à signer", "Fichier signé", "Certificat de l'autorité de confiance, en PEM (rien : ne pas la vérifier)",
)  # fmt: skip
SAVE_VIHF = "Fichier où enregistrer l'assertion (rien : la montrer)"
SITUATION = "Situation d'exercice"
WITHOUT_PYHANKO = "raise ImportError\n"


@pytest.fixture
def screen(rig: Rig, card: Card) -> Iterator[GestionScreen]:
    """Open, with the card read."""
    with opened(rig) as shown:
        shown.wait_for("Identification du porteur", GIVEN_NAME[card.name], "aucun essai")
        yield shown


@pytest.fixture
def reader(rig: Rig) -> Iterator[Rig]:
    """The rig, for a test that puts something else into the reader; the card comes back."""
    rig.clear_faults()
    yield rig
    rig.insert("cps4")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "lettre.txt"
    path.write_text("Une lettre.")
    return path


def give(screen: GestionScreen, prompt: str, answer: object) -> None:
    screen.wait_for(f"┃ {prompt} ", ENTER_IT)
    screen.press(str(answer), ENTER)


def sign(screen: GestionScreen, document: Path, code: bytes = PIN) -> None:
    screen.choose("Signer un fichier")
    give(screen, TO_SIGN, document)
    screen.give("Code porteur", code)


# --- signatures


def test_a_file_is_signed_and_verified(screen: GestionScreen, card: Card, document: Path, tmp_path: Path) -> None:
    sign(screen, document)
    screen.wait_for("OK Signé par", f"{document.name}.p7s")
    authority = authority_of(card.name, tmp_path)
    assert openssl_verifies(tmp_path / "lettre.txt.p7s", document, authority)
    for answer, said in (("", "ATTENTION non vérifiée"), (authority, "OK de confiance")):
        screen.choose("Vérifier une signature")
        give(screen, SIGNED, document)
        give(screen, AUTHORITY, answer)
        screen.wait_for("OK le fichier est tel qu'il a été signé", GIVEN_NAME[card.name], said)
    document.write_text("Une autre lettre.")
    screen.choose("Vérifier une signature")
    give(screen, SIGNED, document)
    give(screen, AUTHORITY, "")
    screen.wait_for("ÉCHEC le fichier n'est pas celui qui a été signé")


def test_refusals_are_in_plain_words(
    screen: GestionScreen, card: Card, rig: Rig, document: Path, tmp_path: Path
) -> None:
    screen.choose("Signer un fichier")
    give(screen, TO_SIGN, tmp_path / "x")
    screen.wait_for("x n'existe pas.")
    screen.choose("Signer un fichier")
    give(screen, TO_SIGN, tmp_path)
    screen.wait_for("est un dossier.")
    screen.choose("Vérifier une signature")
    give(screen, SIGNED, document)
    give(screen, AUTHORITY, "")
    screen.wait_for("Aucune signature de", "sous le même nom suivi de .p7s")
    document.with_name("lettre.txt.p7s").write_text("mine")
    screen.choose("Signer un fichier")
    give(screen, TO_SIGN, document)
    screen.wait_for("existe déjà : rien n'a été fait.")
    assert codes_presented(rig) == 0


def test_a_wrong_code_costs_one_try_and_a_blocked_one_signs_nothing(
    screen: GestionScreen, card: Card, rig: Rig, document: Path
) -> None:
    sign(screen, document, WRONG_PIN)
    screen.wait_for("Mauvais code porteur")
    assert rig.pin_tries == 2
    while rig.pin_tries:
        give_wrong_code(rig.env)
    screen.choose("Signer un fichier")
    give(screen, TO_SIGN, document)
    screen.wait_for("Le code porteur est bloqué.", "« Débloquer code »")
    assert not document.with_name("lettre.txt.p7s").exists()
    screen.choose("Débloquer code")
    for prompt, code in (
        ("Code de déblocage", PUK),
        ("Nouveau code porteur", PIN),
        ("Nouveau code porteur, encore une fois", PIN),
    ):
        screen.give(prompt, code)
    screen.wait_for("Le code porteur est débloqué")
    sign(screen, document)
    screen.wait_for("OK Signé par")


def test_a_pdf_is_signed_in_itself(screen: GestionScreen, card: Card, tmp_path: Path) -> None:
    sign(screen, pdf_document(tmp_path / "ordonnance.pdf"))
    screen.wait_for("OK Signé par", "ordonnance-signed.pdf")


def test_without_pyhanko_a_pdf_is_signed_beside_it_if_wanted(reader: Rig, tmp_path: Path) -> None:
    reader.insert("cps4")
    reader.new_pins()
    (tmp_path / "pyhanko.py").write_text(WITHOUT_PYHANKO)
    document = pdf_document(tmp_path / "ordonnance.pdf")
    with opened(reader, PYTHONPATH=str(tmp_path)) as screen:
        screen.wait_for("Identification du porteur")
        screen.choose("Signer un fichier")
        give(screen, TO_SIGN, document)
        screen.wait_for("Il manque pyHanko", "Non", "Oui")
        screen.press(ENTER)
        screen.wait_for("rien n'a été fait.", "-m pip install 'cryptolib-cps[pdf]'")
        screen.choose("Signer un fichier")
        give(screen, TO_SIGN, document)
        screen.wait_for("Il manque pyHanko", "Oui")
        screen.press(DOWN, ENTER)
        screen.give("Code porteur", PIN)
        screen.wait_for("ordonnance.pdf.p7s")
    assert openssl_verifies(tmp_path / "ordonnance.pdf.p7s", document, authority_of("cps4", tmp_path))


def test_nobody_is_asked_for_a_file_in_vain(reader: Rig) -> None:
    reader.insert("cps3cl")
    with opened(reader) as screen:
        screen.wait_for("Identification")
        for entry in ("Signer un fichier", "Assertion VIHF"):
            screen.choose(entry)
            screen.wait_for("Cette carte n'a pas de clé de signature.")
            assert ENTER_IT not in screen.text
        reader.remove()
        screen.wait_for("Aucune carte CPS.")
        screen.choose("Signer un fichier")
        screen.wait_for("Aucune carte CPS.")
        assert ENTER_IT not in screen.text


# --- assertions


def test_the_assertion_of_the_chosen_situation_is_saved(screen: GestionScreen, card: Card, tmp_path: Path) -> None:
    saved = tmp_path / "vihf.xml"
    screen.choose("Assertion VIHF")
    screen.wait_for("► DMP")
    screen.press(ENTER)
    give(screen, SAVE_VIHF, saved)
    screen.give("Code porteur", PIN)
    screen.wait_for(f"┃ {SITUATION} ", "► 1 ")
    screen.press(ENTER)
    screen.wait_for("L'assertion est dans", "LPS_Nom", "« cps vihf --attribute »")
    assert xmlsec_verifies(saved, authority_of(card.name, tmp_path))
    assert complaints_of_schema(saved, tmp_path) == ""


def test_an_assertion_is_shown_when_it_has_no_file(reader: Rig) -> None:
    reader.insert("cps4")
    reader.new_pins()
    with opened(reader, columns=200, lines=60) as screen:
        screen.wait_for("Identification du porteur")
        screen.choose("Assertion VIHF")
        screen.wait_for("► DMP")
        screen.press(DOWN, ENTER)
        give(screen, SAVE_VIHF, "")
        screen.give("Code porteur", PIN)
        screen.wait_for(f"┃ {SITUATION} ")
        screen.press(ENTER)
        screen.wait_for("identifiantFacturation", "999999901")


def test_no_situation_is_chosen_for_its_holder(screen: GestionScreen, card: Card, rig: Rig) -> None:
    rig.clear_log()
    screen.choose("Assertion VIHF")
    screen.wait_for("► DMP")
    screen.press(ENTER)
    give(screen, SAVE_VIHF, "")
    screen.give("Code porteur", PIN)
    screen.wait_for(f"┃ {SITUATION} ")
    screen.press(ESCAPE)
    screen.wait_for("Quelle situation d'exercice ?")
    assert not [each for each in rig.log() if each.command[1] == 0x2A]


def test_a_question_about_a_card_goes_with_it(screen: GestionScreen, card: Card, rig: Rig) -> None:
    screen.choose("Assertion VIHF")
    screen.wait_for("► DMP")
    screen.press(ENTER)
    give(screen, SAVE_VIHF, "")
    screen.give("Code porteur", PIN)
    screen.wait_for(f"┃ {SITUATION} ")
    rig.remove()
    try:
        screen.wait_until_gone(ENTER_IT)
        screen.wait_for("Aucune carte CPS.")
    finally:
        rig.insert(card.name)


def test_what_the_card_does_not_say_is_named(reader: Rig) -> None:
    reader.insert("cps4:cpe")
    with opened(reader) as screen:
        screen.wait_for("Identification du porteur")
        screen.choose("Assertion VIHF")
        screen.wait_for("► DMP")
        screen.press(ENTER)
        give(screen, SAVE_VIHF, "")
        screen.give("Code porteur", PIN)
        screen.wait_for("subject:role", "« cps vihf --role »", "« Lecture situations »")


# --- the archive for support


def test_the_archive_is_listed_shown_and_written_only_then(screen: GestionScreen, card: Card, tmp_path: Path) -> None:
    archive = tmp_path / "rapport.zip"
    screen.choose("Rapport d'assistance")
    screen.wait_for("Archive à préparer (rien : ", ENTER_IT)
    screen.press(str(archive), ENTER)
    screen.wait_for("settings.txt", "Aucun code n'y figure.", "Écrire l'archive dans", "► Ne rien écrire")
    screen.press(DOWN, ENTER)
    screen.wait_for("--- diagnosis.json", "► Ne rien écrire")
    screen.press(PAGE_DOWN)
    screen.wait_until_gone("--- diagnosis.json")
    assert not archive.exists()
    screen.press(DOWN, DOWN, ENTER)
    screen.wait_for("OK L'archive est", "Relisez-la avant")
    with zipfile.ZipFile(archive) as packed:
        assert "cps-report/diagnosis.json" in packed.namelist()


def test_no_archive_is_written_that_nobody_wants(screen: GestionScreen, card: Card, tmp_path: Path) -> None:
    archive = tmp_path / "rapport.zip"
    for keys in ((ENTER,), (ESCAPE,)):
        screen.choose("Rapport d'assistance")
        screen.wait_for("Archive à préparer", ENTER_IT)
        screen.press(str(archive), ENTER)
        screen.wait_for("► Ne rien écrire")
        screen.press(*keys)
        screen.wait_for("Rien n'a été écrit.")
    assert not archive.exists()


# --- line by line


def test_the_same_line_by_line(reader: Rig, document: Path, tmp_path: Path) -> None:
    reader.insert("cps4")
    reader.new_pins()
    cps = Cps({**reader.env, "LC_ALL": "fr_FR.UTF-8"})
    entry, code = "Numéro (rien : quitter) : ", ("Code porteur : ", PIN.decode())
    saved, archive = tmp_path / "vihf.xml", tmp_path / "rapport.zip"
    authority = str(authority_of("cps4", tmp_path))
    answers = [
        (entry, "16"), (f"{TO_SIGN} : ", str(document)), code,
        (entry, "17"), (f"{SIGNED} : ", str(document)), ("l'autorité de confiance", authority),
        (entry, "18"), ("recevra l'assertion : ", "1"), ("la montrer) : ", str(saved)), code, (f"{SITUATION} : ", "2"),
        (entry, "19"), ("Archive à préparer (rien : ", str(archive)), ("(oui/non/voir) : ", "oui"),
        (entry, ""),
    ]  # fmt: skip
    status, shown = at_a_terminal(cps, "gestion", "--plain", answers=answers)
    assert status == OK
    for said in ("Signé par", "le fichier est tel qu'il a été signé", "de confiance", "L'archive est"):
        assert said in shown
    assert "1 MAISON DE SANTÉ" in shown and "\x1b[" not in shown
    assert ET.parse(saved).getroot().tag.endswith("Assertion") and archive.exists()
    assert PIN.decode() not in shown
