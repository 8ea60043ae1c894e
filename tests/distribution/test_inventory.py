"""What a package says of its parts names the nomenclatures and their licence."""

import json

from distribution.inventory import bill_of_materials, copyrights


def test_the_nomenclatures_are_a_component() -> None:
    components = json.loads(bill_of_materials(0))["components"]
    (nomenclatures,) = (each for each in components if each["type"] == "data")
    assert nomenclatures["licenses"] == [{"expression": "MIT"}]
    assert "NOS" in nomenclatures["description"]


def test_their_licence_is_among_the_copyrights() -> None:
    text = copyrights().decode()
    assert "cryptolib-cps 0.1.0: Apache-2.0 AND MIT" in text
    assert "Copyright (c) 2022 Github de l'Agence du Numérique en Santé (ANS)" in text
