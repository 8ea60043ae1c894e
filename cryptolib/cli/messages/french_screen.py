"""Everything the screen says beside what the commands say, in French."""

SENTENCES = {
    "help.gestion": "la fenêtre de CPS Gestion, dans le terminal",
    "help.plain": "un menu ligne par ligne, pour les lecteurs d'écran",
    "gestion.title": "Cryptolib CPS : gestion de la carte",
    "gestion.keys": "↑ ↓ Entrée : choisir   Tab : lire le texte   F1 : aide   q : quitter",
    "gestion.help": (
        "Le menu : flèches haut et bas, puis Entrée.\n"
        "Le texte : Page précédente et Page suivante ; ou Tab, puis les flèches. Échap ramène au menu.\n"
        "q ferme la fenêtre, une fois que la carte a fini.\n"
        "\n"
        "Changer code : le code actuel, puis deux fois le nouveau.\n"
        "Débloquer code : le code de déblocage, puis deux fois un nouveau code porteur ; aussi pour un code oublié.\n"
        "Saisir code : vérifie le code porteur, sans rien faire d'autre.\n"
        "Un code impossible n'arrive jamais à la carte. Le dernier essai n'est utilisé qu'après votre accord.\n"
        "\n"
        "Une carte insérée ou retirée se voit aussitôt ; un code bloqué par un autre programme, en deux secondes."
    ),
    "gestion.leaving": "La carte travaille encore ; la fenêtre se ferme ensuite…",
    "gestion.yes": "Oui",
    "gestion.no": "Non",
    "gestion.dialog.keys": "Entrée : valider   Échap : renoncer",
    "gestion.dialog.escape": "Échap : renoncer",
    "gestion.group.card": "Gestion carte",
    "gestion.menu.change_card": "Changer carte",
    "gestion.menu.change_code": "Changer code",
    "gestion.menu.unblock_code": "Débloquer code",
    "gestion.menu.enter_code": "Saisir code",
    "gestion.group.services": "Services CPS",
    "gestion.menu.read_data": "Lecture données",
    "gestion.menu.read_situations": "Lecture situations",
    "gestion.menu.read_certificates": "Lecture X509",
    "gestion.menu.save_certificates": "Enregistrement X509",
    "gestion.menu.check_services": "Test des services",
    "gestion.group.reader": "Gestion lecteur",
    "gestion.menu.check_readers": "Test lecteur",
    "gestion.menu.change_reader": "Changer lecteur",
    "gestion.group.show": "Afficher",
    "gestion.menu.show_journal": "Journal",
    "gestion.menu.show_diagnosis": "Diagnostics",
    "gestion.menu.show_traces": "Traces",
    "gestion.menu.show_objects": "Données CPS",
    "gestion.group.documents": "Documents",
    "gestion.menu.sign_file": "Signer un fichier",
    "gestion.menu.verify_file": "Vérifier une signature",
    "gestion.menu.write_vihf": "Assertion VIHF",
    "gestion.menu.make_report": "Rapport d'assistance",
    "gestion.menu.quit": "Quitter",
    "gestion.change_card": "Retirez la carte, puis insérez l'autre.",
    "gestion.code_right": "Le code porteur est le bon.",
    "gestion.tries.enough": "Code porteur : aucun essai consommé",
    "gestion.tries.low": "Code porteur : un essai de moins",
    "gestion.tries.last": "Code porteur : dernier essai",
    "gestion.tries.locked": "Code porteur bloqué",
    "gestion.tries.unusable": "Carte inutilisable : ses deux codes sont bloqués",
    "gestion.attention": "À noter",
    "gestion.holder": "Identification du porteur",
    "gestion.card": "Identification de la carte",
    "gestion.codes": "Codes",
    "gestion.certificates": "Certificats",
    "gestion.folder": "Dossier où enregistrer les certificats : ",
    "gestion.which_reader": "Lecteur à utiliser",
    "gestion.sign.file": "Fichier à signer : ",
    "gestion.sign.beside": "Il manque pyHanko pour signer le PDF lui-même. La signature peut être un fichier à côté.",
    "gestion.verify.file": "Fichier signé : ",
    "gestion.verify.authority": "Certificat de l'autorité de confiance, en PEM (rien : ne pas la vérifier) : ",
    "gestion.vihf.shape": "Service qui recevra l'assertion : ",
    "gestion.vihf.dmp": "DMP",
    "gestion.vihf.tlsi": "INSi, autre service de l'Assurance Maladie",
    "gestion.vihf.target": "Fichier où enregistrer l'assertion (rien : la montrer) : ",
    "gestion.report.target": "Archive à préparer (rien : {path}) : ",
    "gestion.no_traces": (
        "Ce programme n'écrit pas de trace dans {folder}. Pour en avoir une : CPS3_PKCS11_TRACES=1 cps gestion"
    ),
    "gestion.plain.entry": "Numéro (rien : quitter) : ",
    "gestion.plain.enter": "Puis Entrée. ",
    "choice.wrong": "Il faut un numéro de 1 à {count}.",
    "in_menu.advice.failure.no_signature": (
        "Elle est attendue à côté du fichier, sous le même nom suivi de .p7s. Ailleurs : « cps verify --signature »."
    ),
    "in_menu.advice.authority.not_checked": (
        "Le certificat de cette autorité s'obtient sur igc-sante.esante.gouv.fr ; « cps verify » le demande."
    ),
    "in_menu.advice.vihf.missing": "Le DMP le demande. « cps vihf --attribute » le reçoit du logiciel.",
    "in_menu.advice.failure.vihf_family": (
        "Il connaît les CPS, les CPF et les CPE. Vous pouvez choisir INSi, autre service de l'Assurance Maladie."
    ),
    "in_menu.advice.failure.incomplete": (
        "« cps vihf --role » reçoit une profession, « cps vihf --attribute » un autre attribut. "
        "« cps show --situations » montre ce que dit la carte."
    ),
    "failure.gestion_json": "La fenêtre ne répond pas en JSON.",
    "advice.failure.gestion_json": "« cps show --json », « cps code status --json » et les autres commandes le font.",
    "failure.no_textual": "La fenêtre a besoin de Textual, qui n'est pas installé.",
    "advice.failure.no_textual": (
        "pip install 'cryptolib-cps[gestion]', ou bien « cps gestion --plain », qui s'en passe."
    ),
    "failure.no_terminal": "La fenêtre a besoin d'un terminal.",
    "advice.failure.no_terminal": "« cps gestion --plain » s'en passe.",
    "failure.screen": "Un défaut du programme l'arrête ({detail}).",
    "advice.failure.screen": "La carte n'a rien. « cps gestion --plain » et les autres commandes restent utilisables.",
}
