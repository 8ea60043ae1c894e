"""French messages about a code that is typed on the reader."""

SENTENCES = {
    "keypad.code": "Tapez le code porteur sur le lecteur.",
    "keypad.change": "Tapez sur le lecteur le code porteur actuel, puis deux fois le nouveau.",
    "keypad.unblocking": "Tapez le code de déblocage sur le lecteur.",
    "keypad.new": "Tapez deux fois le nouveau code porteur sur le lecteur.",
    "keypad.no_new_code": "Ce lecteur ne sait pas demander un nouveau code : tapez-le ici.",
    "failure.entry_cancelled": "La saisie a été annulée sur le lecteur : rien n'a été fait.",
    "failure.entry_late": "Le code n'a pas été tapé à temps sur le lecteur, ou un autre programme utilise la carte.",
    "advice.failure.entry_late": "Recommencez, et tapez le code dès que le lecteur le demande.",
    "failure.entry_different": "Les deux saisies du nouveau code diffèrent : rien n'a été changé.",
    "failure.entry_length": "Le code tapé est trop court ou trop long. La carte n'en a rien su.",
    "failure.keypad_only": "Ce lecteur n'accepte un code que de son propre clavier.",
    "advice.failure.keypad_only": "Recommencez sans --pin-fd, et tapez le code sur le lecteur.",
}
