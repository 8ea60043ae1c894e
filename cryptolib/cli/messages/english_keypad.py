"""English messages about a code that is typed on the reader."""

SENTENCES = {
    "keypad.code": "Type the code porteur (PIN) on the reader.",
    "keypad.change": "Type the current code porteur on the reader, then the new one twice.",
    "keypad.unblocking": "Type the code de déblocage (PUK) on the reader.",
    "keypad.new": "Type the new code porteur (PIN) twice on the reader.",
    "keypad.no_new_code": "This reader cannot ask for a new code: type it here.",
    "failure.entry_cancelled": "The entry was cancelled on the reader: nothing was done.",
    "failure.entry_late": "The code was not typed on the reader in time, or another program is using the card.",
    "advice.failure.entry_late": "Try again, and type the code as soon as the reader asks for it.",
    "failure.entry_different": "The new code was not typed the same twice: nothing was changed.",
    "failure.entry_length": "The code that was typed is too short or too long. The card has not seen it.",
    "failure.keypad_only": "This reader takes a code from its own keypad alone.",
    "advice.failure.keypad_only": "Try again without --pin-fd, and type the code on the reader.",
}
