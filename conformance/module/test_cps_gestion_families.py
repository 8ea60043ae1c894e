"""`cps gestion` with the card of each family, as a new user goes through it: each screen names the family, its holder,
its situations d'exercice and its certificates, in the words of the card and of nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from conformance.testbed.cards import PIN
from conformance.testbed.gestion_screen import GestionScreen, opened
from conformance.testbed.rig import Rig

COLUMNS, LINES = 160, 60
"""All that is said is in sight, and every fact on one line."""


SECONDS = 30
_OF_EVERY_CARD = (
    "Identification du porteur", "Identification de la carte", "Usage • INFO carte de test", "Émise le 01/01/2024",
    "Code porteur ✔ OK aucun essai consommé", "Certificat de signature ✔ OK valable",
    "Certificat d'authentification ✔ OK valable jusqu'au 01/01/2044",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What must be read, and what must not."""

    holder: tuple[str, ...]
    situations: tuple[str, ...]
    certificates: tuple[str, ...]
    nowhere: tuple[str, ...]


_CARD_OF_CPE = "Carte de Personnel d'Etablissement de santé (CDE/CPE)"
_CARD_OF_CPS = "Carte de Professionnel de Santé (CPS)"
_HOSPITAL = "CENTRE HOSPITALIER FICTIF"
_OF_HOSPITAL = (
    "Situation d'exercice 1", "Mode d'exercice Salarié (01)", f"Structure {_HOSPITAL}",
    "Identifiant de la structure 1990000039 (FINESS 990000039)",
    "Secteur d'activité Etablissement public de santé (SA01)", "SA01^1.2.250.1.71.4.2.4",
    "Facturation aucune situation de facturation",
)  # fmt: skip
_NO_SITUATION = ("Situations d'exercice Sur cette carte aucune",)
FAMILIES = {
    "pharmacist": Shown(
        (
            "Monsieur André EXEMPLE-CINQ", "899900000052 (N° RPPS 99900000052)", "Profession Pharmacien (21)",
            _CARD_OF_CPS, "n° 2899990005",
        ),
        (
            "Situation d'exercice 1", "Structure PHARMACIE D'ESSAI",
            "Tableau des pharmaciens Pharmacien titulaire d'officine (A)",
            "Identifiant de facturation 999999901", "Signature des FSE autorisée",
        ),
        ("Nom André EXEMPLE-CINQ", "Titre Pharmacien", "CN 899900000052"),
        ("Savoir-faire", "Métier", "Future profession"),
    ),
    "cpf": Shown(
        (
            "Madame Alix EXEMPLE-SIX", "899900000060", "Future profession Médecin en formation (10)",
            "Carte de Professionnel de Santé en Formation (CPF)", "n° 2899990006",
        ),
        _NO_SITUATION,
        ("Nom Alix EXEMPLE-SIX", "Titre Médecin en formation"),
        ("Savoir-faire", "Métier", "Tableau"),
    ),
    "cpe": Shown(
        (
            "Madame Danièle EXEMPLE-SEPT", "3990000039/EMP0042 (FINESS / N° de registre 990000039/EMP0042)",
            f"Structure {_HOSPITAL}", _CARD_OF_CPE, "n° 2899990007",
        ),
        _OF_HOSPITAL,
        ("Nom Danièle EXEMPLE-SEPT", f"Structure {_HOSPITAL}", "Identifiant de la structure 1990000039"),
        ("Profession", "Savoir-faire", "Métier", "Titre"),
    ),
    "cpe-service": Shown(
        ("carte sans nom (carte de service)", "3990000039/SERV.001", f"Structure {_HOSPITAL}", _CARD_OF_CPE),
        _OF_HOSPITAL,
        ("CN 3990000039/SERV.001", "Titre Carte de service"),
        ("Profession", "Savoir-faire", "Métier", "Nom ", "Monsieur", "Madame"),
    ),
    "cpa": Shown(
        (
            "Monsieur Claude EXEMPLE-NEUF", "3990000039/AUT0007", "Métier 41", f"Structure {_HOSPITAL}",
            "Carte de Personnel Autorisé (CDA/CPA)", "n° 2899990009",
        ),
        _NO_SITUATION,
        ("Nom Claude EXEMPLE-NEUF", "CN 3990000039/AUT0007"),
        ("Profession", "Savoir-faire", "Tableau"),
    ),
}  # fmt: skip
DOCTORS = {
    "cps3": Shown(
        ("Camille EXEMPLE-TROIS", "Profession Médecin (10)", _CARD_OF_CPS),
        ("Situation d'exercice 1", "Situation d'exercice 2"),
        ("Nom Camille EXEMPLE-TROIS", "Titre Médecin"),
        ("Numéros libres", "Métier", "Tableau"),
    ),
    "cps4": Shown(
        (
            "Monsieur Dominique EXEMPLE-QUATRE", "899900000045 (N° RPPS 99900000045)", "Profession Médecin (10)",
            "Savoir-faire Médecine générale (SM) (SM54)", _CARD_OF_CPS, "n° 2899990004",
        ),
        (
            "Situation d'exercice 1", "Structure MAISON DE SANTÉ IMAGINAIRE",
            "499900000045001 (Id Cabinet RPPS 99900000045001)", "Cabinet individuel (SA07)",
            "Situation d'exercice 3", "Structure HOPITAL FICTIF DU NORD", "Numéros libres 2",
        ),
        ("Nom Dominique EXEMPLE-QUATRE", "Titre Médecin"),
        ("Situation d'exercice 2", "Métier", "Tableau"),
    ),
}  # fmt: skip
CARDS = {f"{profile}:{holder}": shown for profile in ("cps3", "cps4") for holder, shown in FAMILIES.items()} | DOCTORS


@pytest.fixture
def reader(rig: Rig) -> Iterator[Rig]:
    """The rig, for a test that puts something else into the reader; the card comes back."""
    rig.clear_faults()
    yield rig
    rig.insert("cps4")


@pytest.mark.parametrize("card", CARDS)
def test_every_screen_says_what_the_card_says(reader: Rig, card: str) -> None:
    shown = CARDS[card]
    reader.insert(card)
    reader.new_pins()
    with opened(reader, columns=COLUMNS, lines=LINES) as screen:
        _says(screen, shown, (*shown.holder, *_OF_EVERY_CARD))
        screen.choose("Lecture situations")
        screen.give("Code porteur", PIN)
        _says(screen, shown, shown.situations)
        screen.choose("Lecture X509")
        _says(screen, shown, (*shown.certificates, "nonRepudiation, emailProtection", "clientAuth"))


def _says(screen: GestionScreen, shown: Shown, wanted: tuple[str, ...]) -> None:
    """1.3.6.1: a use of a key that has no name."""
    screen.wait_until(lambda: all(each in _said(screen) for each in wanted), SECONDS, f"{wanted}")
    assert [each for each in (*shown.nowhere, "1.3.6.1", "None") if each in _said(screen)] == []


def _said(screen: GestionScreen) -> str:
    return " ".join(screen.facts())
