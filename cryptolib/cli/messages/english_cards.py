"""English messages about other cards, cards in use by other programs, and unusable cards."""

from cryptolib.cli.messages import english

SENTENCES = {
    "reader.mute": "the card does not answer: it is probably upside down, the chip goes up and first",
    "card.other": "that in reader {reader} is not a CPS card: it is not used",
    "card.busy": "another program is using the card in reader {reader}",
    "advice.card.busy": (
        "Close it, or wait until it is done. Often it is software for billing, or GnuPG: “gpgconf --kill scdaemon”."
    ),
    "card.unusable": "both of its codes are blocked: it cannot be used any more",
    "advice.card.unusable": "Ask the ANS for a new card (esante.gouv.fr).",
    "advice.certificate.expired": "Health sites refuse it. Ask the ANS for a new card (esante.gouv.fr).",
    "next_step.code.unusable": "The code de déblocage is blocked too: ask the ANS for a new card (esante.gouv.fr).",
    "watch.card.mute": "a card that does not answer",
    "reader.update_failed": "the last update of the card has failed: it cannot be used",
    "card.update_failed": "the last update of the card in reader {reader} has failed: it cannot be used",
    "advice.card.update_failed": "Have it updated again: the customer service of the ANS (esante.gouv.fr).",
    "failure.update_failed": "The last update of the card has failed: it cannot be used.",
    "advice.failure.update_failed": "Have it updated again: the customer service of the ANS (esante.gouv.fr).",
    "reader.silent": "the service of the readers (pcscd) does not answer",
    "card.silent": "pcscd does not answer for reader {reader}",
    "advice.card.silent": (
        "Unplug the reader and plug it in again, else “sudo systemctl restart pcscd.service”. “cps diag” says more."
    ),
    "failure.service_silent": "The service of the readers (pcscd) does not answer.",
    "advice.failure.service_silent": (
        "Unplug the reader and plug it in again, else “sudo systemctl restart pcscd.service”. “cps diag” says more."
    ),
    "failure.service_stopped": "The service of the readers (pcscd) is not running.",
    "advice.failure.service_stopped": english.SENTENCES["advice.service.stopped"],
    "failure.service_forbidden": "The service of the readers (pcscd) refuses to serve this user.",
    "advice.failure.service_forbidden": english.SENTENCES["advice.service.forbidden"],
}
