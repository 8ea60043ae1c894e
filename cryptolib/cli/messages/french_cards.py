"""French messages about other cards, cards in use by other programs, and unusable cards."""

from cryptolib.cli.messages import french

SENTENCES = {
    "reader.mute": "la carte ne répond pas : elle est sans doute à l'envers (la puce vers le haut et en avant)",
    "card.other": "celle du lecteur {reader} n'est pas une CPS : elle n'est pas utilisée",
    "card.busy": "un autre programme utilise la carte du lecteur {reader}",
    "advice.card.busy": (
        "Fermez-le, ou attendez qu'il ait fini. C'est souvent un logiciel de facturation, ou GnuPG "
        "(« gpgconf --kill scdaemon »)."
    ),
    "card.unusable": "ses deux codes sont bloqués : elle est définitivement inutilisable",
    "advice.card.unusable": "Demandez une nouvelle carte à l'ANS (esante.gouv.fr).",
    "advice.certificate.expired": "Les sites de santé le refusent. Demandez une nouvelle carte (esante.gouv.fr).",
    "next_step.code.unusable": "Le code de déblocage est bloqué aussi : demandez une nouvelle carte (esante.gouv.fr).",
    "watch.card.mute": "carte qui ne répond pas",
    "reader.update_failed": "la dernière mise à jour de la carte a échoué : elle ne peut pas servir",
    "card.update_failed": "la dernière mise à jour de la carte du lecteur {reader} a échoué : elle ne peut pas servir",
    "advice.card.update_failed": "Faites refaire sa mise à jour : service client de l'ANS (esante.gouv.fr).",
    "failure.update_failed": "La dernière mise à jour de la carte a échoué : elle ne peut pas servir.",
    "advice.failure.update_failed": "Faites refaire sa mise à jour : service client de l'ANS (esante.gouv.fr).",
    "reader.silent": "le service des lecteurs (pcscd) ne répond pas",
    "card.silent": "pcscd ne répond pas pour le lecteur {reader}",
    "advice.card.silent": (
        "Débranchez puis rebranchez le lecteur, sinon « sudo systemctl restart pcscd.service ». "
        "« cps diag » dit le reste."
    ),
    "failure.service_silent": "Le service des lecteurs (pcscd) ne répond pas.",
    "advice.failure.service_silent": (
        "Débranchez puis rebranchez le lecteur, sinon « sudo systemctl restart pcscd.service ». "
        "« cps diag » dit le reste."
    ),
    "failure.service_stopped": "Le service des lecteurs (pcscd) n'est pas lancé.",
    "advice.failure.service_stopped": french.SENTENCES["advice.service.stopped"],
    "failure.service_forbidden": "Le service des lecteurs (pcscd) refuse de servir cet utilisateur.",
    "advice.failure.service_forbidden": french.SENTENCES["advice.service.forbidden"],
}
