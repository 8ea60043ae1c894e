"""English messages about signatures, assertions and the archive for support."""

SENTENCES = {
    "working.signing": "The card signs…",
    "working.examining": "Checking the chain…",
    "working.gathering": "Gathering information…",
    "help.sign": "sign a file (asks for the code porteur)",
    "help.to_sign": "the file to sign",
    "help.save_signature": "where to save the signature; without it, beside the file",
    "help.detached": "a signature beside the file even for a PDF",
    "help.verify": "verify the signature of a file",
    "help.to_verify": "the file that was signed",
    "help.signature": "its signature; without it, the file of the same name followed by .p7s",
    "help.authority": "certificates of the authorities that are trusted (PEM); may be repeated",
    "help.vihf": "the signed assertion that goes with a request to DMP or INSi (asks for the code porteur)",
    "help.situation": "number of the situation d'exercice; needed if there are several",
    "help.shape": "shape of the assertion: dmp, or tlsi for the services of the Assurance Maladie",
    "help.patient": "identifier of the patient concerned (INS)",
    "help.role": "role, when the card has no profession; may be repeated",
    "help.pair": "NAME=VALUE",
    "help.attribute": "an attribute that the card does not give, such as LPS_Nom; may be repeated",
    "help.save_assertion": "where to save it; without it, standard output",
    "help.report": "prepare an archive for support, without identifiers or codes",
    "help.archive": "the archive to write; without a name, cps-report-DATE.zip",
    "help.show_report": "show what it would hold, and write nothing",
    "help.yes": "write it without asking",
    "sign.done": "Signed by {name}: {path}",
    "failure.no_signature_key": "This card has no key for signatures.",
    "advice.failure.no_signature_key": (
        "The key for authentication does not replace it: it does not commit the holder, and services refuse it."
    ),
    "failure.target_exists": "{path} exists already: nothing was done.",
    "failure.no_pyhanko": "pyHanko, a Python package that signs and verifies PDF files, is missing: nothing was done.",
    "advice.failure.no_pyhanko": (
        "To install it: “{python} -m pip install 'cryptolib-cps[pdf]'”. "
        "Without it, “cps sign --detached” signs beside the file."
    ),
    "failure.no_pyhanko_in_package": (
        "The package has no pyHanko, which signs and verifies PDF files: nothing was done."
    ),
    "advice.failure.no_pyhanko_in_package": (
        "“cps sign --detached” signs beside the file. To sign in the PDF, install pyHanko for yourself "
        "(“pip install 'pyhanko[pkcs11]' pyhanko-cli”); it uses the card through this module."
    ),
    "failure.file.missing": "{path} does not exist.",
    "failure.file.forbidden": "{path}: you may not use it.",
    "failure.file.folder": "{path} is a folder.",
    "failure.file.full": "{path}: there is no room left on the disk.",
    "failure.file.read_only": "{path}: this disk cannot be written.",
    "failure.pdf": "{path} is not a PDF that can be used: {detail}",
    "failure.no_signature": "No signature of {path}.",
    "advice.failure.no_signature": "If it has another name, give it with --signature.",
    "failure.not_a_signature": "{path} is not a signature (CMS).",
    "failure.no_certificate": "{path} holds no certificate.",
    "check.document": "Signature",
    "document.signer": "Signer",
    "document.moment": "Date",
    "document.stated": "{moment}, as the signer says",
    "document.holds": "the file is as it was signed",
    "document.partial": "something was added to the PDF after its last signature",
    "document.content": "the file is not the one that was signed",
    "document.wrong": "the signature does not match the certificate",
    "document.algorithm": "a kind of signature that is not accepted (SHA-2 with RSA or ECDSA, signed attributes)",
    "document.certificate": "the certificate of the signer is missing, or another one",
    "document.damaged": "the signature is damaged",
    "check.authority": "Authority",
    "authority.not_checked": "not verified: {issuer}",
    "advice.authority.not_checked": (
        "Give the certificate of this authority with --authority; it is on igc-sante.esante.gouv.fr."
    ),
    "authority.trusted": "trusted: {issuer}",
    "authority.unknown_authority": "the certificate comes from no authority that is trusted: {issuer}",
    "authority.expired": "a certificate had expired when the signature was made",
    "authority.early": "a certificate was not yet valid when the signature was made",
    "check.purpose": "Purpose",
    "purpose.other": "this certificate is not made for signatures: it does not commit its holder",
    "check.revocation": "Revocation",
    "revocation.not_checked": "not verified",
    "revocation.expired_since": (
        "the certificate expired on {end}: only a certified date would prove that it was still valid"
    ),
    "vihf.situation": "Situation d'exercice: ",
    "vihf.saved": "The assertion is in {path}. It is valid for five minutes.",
    "vihf.missing": "The assertion is signed; it lacks what describes the software: {names}",
    "advice.vihf.missing": "The DMP asks for it. Give it with --attribute NAME=VALUE.",
    "failure.attribute": "An attribute is written NAME=VALUE.",
    "failure.role": "A role is written CODE^OID, not “{role}”.",
    "failure.attribute_of_card": "{name} is on the card: another value would be refused.",
    "failure.situation": "Which situation d'exercice? {situations}",
    "advice.failure.situation": "Choose with --situation, followed by its number.",
    "failure.no_situation": "This card has no situation d'exercice.",
    "advice.failure.no_situation": "Without --situation, give structure and sector with --attribute.",
    "failure.vihf_family": "The DMP does not take {family} cards: nothing was signed.",
    "advice.failure.vihf_family": (
        "It knows CPS, CPF and CPE cards. INSi and the other services of the Assurance Maladie: "
        "“cps vihf --shape tlsi”."
    ),
    "failure.incomplete": "Neither the card nor the command gives all that is needed: {missing}",
    "advice.failure.incomplete": (
        "If the profession is missing: --role CODE^OID; another attribute: --attribute NAME=VALUE. "
        "“cps show --situations” shows what the card says."
    ),
    "report.mark": "hidden",
    "report.title": "Archive for support",
    "report.entry": "{what} ({size} bytes)",
    "report.hidden": (
        "Names, identifiers, numbers and the data that was read from the card are hidden. There is no code in it."
    ),
    "report.prompt": "Write it to {path}? (yes/no/show): ",
    "report.question": "Write the archive to {path}?",
    "report.nothing": "Write nothing",
    "report.look": "First see what it holds",
    "report.write": "Write it",
    "report.see": "show",
    "report.written": "The archive is {path}. Read it before you send it.",
    "report.diagnosis": "result of “cps diag”",
    "report.cards": "readers and cards as the module sees them",
    "report.versions": "versions of the module, of the system and of pcscd",
    "report.readers": "readers as PC/SC sees them",
    "report.pcscd": "state and journal of pcscd, USB devices",
    "report.browsers": "programs with which the module is registered",
    "report.p11_kit": "modules registered with p11-kit",
    "report.settings": "settings of the module and environment variables",
    "report.trace": "trace, without the data exchanged with the card",
    "failure.not_confirmed": "Nothing was written.",
    "advice.failure.not_confirmed": "“cps report --yes” writes the archive without asking, “--show” shows it.",
}
