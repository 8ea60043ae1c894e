"""French messages about slots and other PKCS#11 modules."""

SENTENCES = {
    "check.slot": "Emplacement",
    "slot.listed": (
        "pour Java et les programmes qui ne cherchent pas la carte, la CPS du lecteur {reader} est à l'emplacement "
        "{index} (Java : slotListIndex = {index}), si elle est insérée avant leur démarrage"
    ),
    "check.opensc": "OpenSC",
    "opensc.beside": (
        "OpenSC est déclaré à côté de ce module ({programs}) : la carte y apparaît deux fois sous le même nom, "
        "et OpenSC ne sait pas signer avec la clé de signature d'une CPS3"
    ),
    "advice.opensc.beside": (
        "Pour cacher la carte à OpenSC, ajoutez la ligne donnée ci-dessous dans le bloc « app default » de {file}. "
        "OpenSC ne verra plus aucune carte dans ce lecteur."
    ),
    "opensc.alone": (
        "OpenSC est déclaré sans ce module ({programs}) : la carte y est vue par OpenSC, qui ne sait pas signer "
        "avec la clé de signature d'une CPS3"
    ),
    "advice.opensc.alone": (
        "Si ces programmes doivent utiliser la carte : « cps browsers install », et, pour cacher la carte à OpenSC, la "
        "ligne donnée ci-dessous dans le bloc « app default » de {file}. OpenSC ne verra plus aucune carte dans ce "
        "lecteur."
    ),
    "opensc.hidden": "OpenSC est déclaré ({programs}), mais son réglage lui cache le lecteur de la carte",
    "opensc.unconcerned": "OpenSC est déclaré ({programs}) ; il ne gêne pas ici, ne connaissant que la CPS3 à contact",
    "check.original": "Module d'origine",
    "original.beside": (
        "le module de Cryptolib CPS 5 est déclaré à côté de celui-ci ({programs}) : chaque carte y apparaît deux fois "
        "sous le même nom"
    ),
    "advice.original.beside": "Retirez sa déclaration : {places}",
    "original.alone": "le module de Cryptolib CPS 5 est déclaré, sans celui-ci ({programs})",
    "advice.original.alone": "Pour le remplacer : « cps browsers install », puis retirez sa déclaration : {places}",
}
