"""French messages about signatures, assertions and the archive for support."""

SENTENCES = {
    "working.signing": "Signature par la carte…",
    "working.examining": "Vérification de la chaîne…",
    "working.gathering": "Rassemblement des informations…",
    "help.sign": "signer un fichier (demande le code porteur)",
    "help.to_sign": "le fichier à signer",
    "help.save_signature": "où enregistrer la signature ; sans cette option, à côté du fichier",
    "help.detached": "signature à côté du fichier, même pour un PDF",
    "help.verify": "vérifier la signature d'un fichier",
    "help.to_verify": "le fichier signé",
    "help.signature": "sa signature ; sans cette option, le fichier de même nom suivi de .p7s",
    "help.authority": "certificats des autorités de confiance (PEM) ; peut être répété",
    "help.vihf": "l'assertion signée qui accompagne une requête au DMP ou à INSi (demande le code porteur)",
    "help.situation": "numéro de la situation d'exercice ; obligatoire s'il y en a plusieurs",
    "help.shape": "forme de l'assertion : dmp, ou tlsi pour les services de l'Assurance Maladie",
    "help.patient": "identifiant du patient concerné (INS)",
    "help.role": "rôle, quand la carte n'a pas de profession ; peut être répété",
    "help.pair": "NOM=VALEUR",
    "help.attribute": "attribut que la carte ne donne pas, LPS_Nom par exemple ; peut être répété",
    "help.save_assertion": "où l'enregistrer ; sans cette option, la sortie standard",
    "help.report": "préparer une archive pour l'assistance, sans identifiant ni code",
    "help.archive": "l'archive à écrire ; sans nom, cps-report-DATE.zip",
    "help.show_report": "montrer ce qu'elle contiendrait, sans l'écrire",
    "help.yes": "l'écrire sans demander",
    "sign.done": "Signé par {name} : {path}",
    "failure.no_signature_key": "Cette carte n'a pas de clé de signature.",
    "advice.failure.no_signature_key": (
        "La clé d'authentification ne la remplace pas : elle n'engage pas le titulaire, et les services la refusent."
    ),
    "failure.target_exists": "{path} existe déjà : rien n'a été fait.",
    "failure.no_pyhanko": "Il manque pyHanko, le paquet Python qui signe et vérifie les PDF : rien n'a été fait.",
    "advice.failure.no_pyhanko": (
        "Pour l'installer : « {python} -m pip install 'cryptolib-cps[pdf]' ». "
        "Sans lui, « cps sign --detached » signe à côté du fichier."
    ),
    "failure.no_pyhanko_in_package": (
        "Le paquet installé n'a pas pyHanko, qui signe et vérifie les PDF : rien n'a été fait."
    ),
    "advice.failure.no_pyhanko_in_package": (
        "« cps sign --detached » signe à côté du fichier. Pour signer dans le PDF, installez pyHanko pour vous "
        "(« pip install 'pyhanko[pkcs11]' pyhanko-cli ») ; il se sert de la carte par ce module."
    ),
    "failure.file.missing": "{path} n'existe pas.",
    "failure.file.forbidden": "{path} : vous n'avez pas le droit d'y accéder.",
    "failure.file.folder": "{path} est un dossier.",
    "failure.file.full": "{path} : il n'y a plus de place sur le disque.",
    "failure.file.read_only": "{path} : ce disque ne peut pas être écrit.",
    "failure.pdf": "{path} n'est pas un PDF utilisable : {detail}",
    "failure.no_signature": "Aucune signature de {path}.",
    "advice.failure.no_signature": "Si elle a un autre nom, donnez-le avec --signature.",
    "failure.not_a_signature": "{path} n'est pas une signature (CMS).",
    "failure.no_certificate": "{path} ne contient aucun certificat.",
    "check.document": "Signature",
    "document.signer": "Signataire",
    "document.moment": "Date",
    "document.stated": "{moment}, selon le signataire",
    "document.holds": "le fichier est tel qu'il a été signé",
    "document.partial": "le PDF a été complété après sa dernière signature",
    "document.content": "le fichier n'est pas celui qui a été signé",
    "document.wrong": "la signature ne correspond pas au certificat",
    "document.algorithm": "signature d'un genre qui n'est pas accepté (SHA-2 avec RSA ou ECDSA, attributs signés)",
    "document.certificate": "le certificat du signataire manque, ou ce n'est pas le bon",
    "document.damaged": "la signature est abîmée",
    "check.authority": "Autorité",
    "authority.not_checked": "non vérifiée : {issuer}",
    "advice.authority.not_checked": (
        "Donnez avec --authority le certificat de cette autorité, obtenu sur igc-sante.esante.gouv.fr."
    ),
    "authority.trusted": "de confiance : {issuer}",
    "authority.unknown_authority": "le certificat ne vient d'aucune autorité de confiance : {issuer}",
    "authority.expired": "un certificat était expiré à la date de la signature",
    "authority.early": "un certificat n'était pas encore valable à la date de la signature",
    "check.purpose": "Usage",
    "purpose.other": "ce certificat n'est pas fait pour signer : il n'engage pas son titulaire",
    "check.revocation": "Révocation",
    "revocation.not_checked": "non vérifiée",
    "revocation.expired_since": (
        "le certificat est expiré depuis le {end} : seule une date certifiée prouverait qu'il était valable"
    ),
    "vihf.situation": "Situation d'exercice : ",
    "vihf.saved": "L'assertion est dans {path}. Elle vaut cinq minutes.",
    "vihf.missing": "L'assertion est signée ; il y manque ce qui décrit le logiciel : {names}",
    "advice.vihf.missing": "Le DMP le demande. Donnez-le avec --attribute NOM=VALEUR.",
    "failure.attribute": "Un attribut s'écrit NOM=VALEUR.",
    "failure.role": "Un rôle s'écrit CODE^OID, et non « {role} ».",
    "failure.attribute_of_card": "{name} est sur la carte : une autre valeur serait refusée.",
    "failure.situation": "Quelle situation d'exercice ? {situations}",
    "advice.failure.situation": "Choisissez avec --situation, suivi de son numéro.",
    "failure.no_situation": "Cette carte n'a aucune situation d'exercice.",
    "advice.failure.no_situation": "Sans --situation, donnez la structure et le secteur avec --attribute.",
    "failure.vihf_family": "Le DMP n'accepte pas les cartes {family} : rien n'a été signé.",
    "advice.failure.vihf_family": (
        "Il connaît les CPS, les CPF et les CPE. INSi et les autres services de l'Assurance Maladie : "
        "« cps vihf --shape tlsi »."
    ),
    "failure.incomplete": "Ni la carte ni la commande ne donnent tout ce qu'il faut : {missing}",
    "advice.failure.incomplete": (
        "S'il manque la profession : --role CODE^OID ; un autre attribut : --attribute NOM=VALEUR. "
        "« cps show --situations » montre ce que dit la carte."
    ),
    "report.mark": "masqué",
    "report.title": "Archive pour l'assistance",
    "report.entry": "{what} ({size} octets)",
    "report.hidden": (
        "Les noms, les identifiants, les numéros et les données lues sur la carte sont masqués. Aucun code n'y figure."
    ),
    "report.prompt": "L'écrire dans {path} ? (oui/non/voir) : ",
    "report.question": "Écrire l'archive dans {path} ?",
    "report.nothing": "Ne rien écrire",
    "report.look": "Voir d'abord ce qu'elle contient",
    "report.write": "L'écrire",
    "report.see": "voir",
    "report.written": "L'archive est {path}. Relisez-la avant de l'envoyer.",
    "report.diagnosis": "résultat de « cps diag »",
    "report.cards": "lecteurs et cartes vus par le module",
    "report.versions": "versions du module, du système et de pcscd",
    "report.readers": "lecteurs vus par PC/SC",
    "report.pcscd": "état et journal de pcscd, périphériques USB",
    "report.browsers": "programmes où le module est déclaré",
    "report.p11_kit": "modules déclarés dans p11-kit",
    "report.settings": "réglages du module et variables d'environnement",
    "report.trace": "trace, sans les données échangées avec la carte",
    "failure.not_confirmed": "Rien n'a été écrit.",
    "advice.failure.not_confirmed": "« cps report --yes » écrit l'archive sans demander, « --show » la montre.",
}
