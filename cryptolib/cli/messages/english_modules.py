"""English messages about slots and other PKCS#11 modules."""

SENTENCES = {
    "check.slot": "Slot",
    "slot.listed": (
        "to Java, and to programs that do not look for the card, the CPS in reader {reader} is in slot {index} "
        "(Java: slotListIndex = {index}), if it is inserted before they start"
    ),
    "check.opensc": "OpenSC",
    "opensc.beside": (
        "OpenSC is declared beside this module ({programs}): the card is there twice under the same name, "
        "and OpenSC cannot sign with the signature key of a CPS3"
    ),
    "advice.opensc.beside": (
        "To hide the card from OpenSC, add the line given below to the block “app default” of {file}. "
        "OpenSC then sees no card at all in this reader."
    ),
    "opensc.alone": (
        "OpenSC is declared without this module ({programs}): the card is seen through OpenSC there, which cannot sign "
        "with the signature key of a CPS3"
    ),
    "advice.opensc.alone": (
        "If these programs shall use the card: “cps browsers install”, and, to hide the card from OpenSC, the line "
        "given below in the block “app default” of {file}. OpenSC then sees no card at all in this reader."
    ),
    "opensc.hidden": "OpenSC is declared ({programs}), but its configuration hides the reader of the card from it",
    "opensc.unconcerned": "OpenSC is declared ({programs}); it is not in the way: it only knows the CPS3 with contacts",
    "check.original": "Original module",
    "original.beside": (
        "the module of Cryptolib CPS 5 is declared beside this one ({programs}): every card is there twice under "
        "the same name"
    ),
    "advice.original.beside": "Remove its declaration: {places}",
    "original.alone": "the module of Cryptolib CPS 5 is declared, without this one ({programs})",
    "advice.original.alone": "To replace it: “cps browsers install”, then remove its declaration: {places}",
}
