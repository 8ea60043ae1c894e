"""The bill of materials and the copyrights name the nomenclatures and their licence."""

import json
from importlib.metadata import version

from cps_packages.inventory import bill_of_materials, copyrights


def test_the_nomenclatures_are_a_component() -> None:
    components = json.loads(bill_of_materials(0))["components"]
    (nomenclatures,) = (each for each in components if each["type"] == "data")
    assert nomenclatures["licenses"] == [{"expression": "MIT"}]
    assert "NOS" in nomenclatures["description"]


def test_their_licence_is_among_the_copyrights() -> None:
    text = copyrights().decode()
    assert f"cryptolib-cps {version('cryptolib-cps')}: Apache-2.0 AND MIT" in text
    assert "Copyright (c) 2022 Github de l'Agence du Numérique en Santé (ANS)" in text
