"""Everything the screen says beside what the commands say, in English."""

SENTENCES = {
    "help.gestion": "the screen of CPS Gestion, in the terminal",
    "help.plain": "a menu line by line, for screen readers",
    "gestion.title": "Cryptolib CPS: the card",
    "gestion.keys": "↑ ↓ Enter: choose   Tab: read the text   F1: help   q: quit",
    "gestion.help": (
        "The menu: the arrow keys, then Enter.\n"
        "The text: Page Up and Page Down; or Tab, then the arrow keys. Escape goes back to the menu.\n"
        "q closes the screen, once the card has finished.\n"
        "\n"
        "Change code: the current code, then the new one twice.\n"
        "Unblock code: the code de déblocage, then a new code porteur twice, even if the old one is only forgotten.\n"
        "Enter code: checks the code porteur, and does nothing else.\n"
        "What cannot be a code never reaches the card. The last try is used with your consent only.\n"
        "\n"
        "A card that comes or goes is seen at once; a code that another program blocks, within two seconds."
    ),
    "gestion.leaving": "The card is still working; the screen closes after that…",
    "gestion.yes": "Yes",
    "gestion.no": "No",
    "gestion.dialog.keys": "Enter: confirm   Escape: cancel",
    "gestion.dialog.escape": "Escape: cancel",
    "gestion.group.card": "Card",
    "gestion.menu.change_card": "Change card",
    "gestion.menu.change_code": "Change code",
    "gestion.menu.unblock_code": "Unblock code",
    "gestion.menu.enter_code": "Enter code",
    "gestion.group.services": "CPS services",
    "gestion.menu.read_data": "Read data",
    "gestion.menu.read_situations": "Read situations",
    "gestion.menu.read_certificates": "Read X509",
    "gestion.menu.save_certificates": "Save X509",
    "gestion.menu.check_services": "Test the services",
    "gestion.group.reader": "Reader",
    "gestion.menu.check_readers": "Test the readers",
    "gestion.menu.change_reader": "Change reader",
    "gestion.group.show": "Show",
    "gestion.menu.show_journal": "Journal",
    "gestion.menu.show_diagnosis": "Diagnosis",
    "gestion.menu.show_traces": "Traces",
    "gestion.menu.show_objects": "CPS data",
    "gestion.group.documents": "Documents",
    "gestion.menu.sign_file": "Sign a file",
    "gestion.menu.verify_file": "Verify a signature",
    "gestion.menu.write_vihf": "VIHF assertion",
    "gestion.menu.make_report": "Report for support",
    "gestion.menu.quit": "Quit",
    "gestion.change_card": "Take the card out, then put the other one in.",
    "gestion.code_right": "The code porteur is right.",
    "gestion.tries.enough": "Code porteur: all tries are left",
    "gestion.tries.low": "Code porteur: one try less",
    "gestion.tries.last": "Code porteur: last try",
    "gestion.tries.locked": "Code porteur blocked",
    "gestion.tries.unusable": "Card of no use: both of its codes are blocked",
    "gestion.attention": "Please note",
    "gestion.holder": "The holder",
    "gestion.card": "The card",
    "gestion.codes": "Codes",
    "gestion.certificates": "Certificates",
    "gestion.folder": "Folder to save the certificates in: ",
    "gestion.which_reader": "The reader to use",
    "gestion.sign.file": "File to sign: ",
    "gestion.sign.beside": "pyHanko is missing to sign in the PDF itself. The signature can be a file beside it.",
    "gestion.verify.file": "Signed file: ",
    "gestion.verify.authority": "Certificate of the trusted authority, in PEM (nothing: do not check it): ",
    "gestion.vihf.shape": "Service that the assertion is for: ",
    "gestion.vihf.dmp": "DMP",
    "gestion.vihf.tlsi": "INSi, another service of the Assurance Maladie",
    "gestion.vihf.target": "File to save the assertion in (nothing: show it): ",
    "gestion.report.target": "Archive to prepare (nothing: {path}): ",
    "gestion.no_traces": "This program writes no trace in {folder}. To have one: CPS3_PKCS11_TRACES=1 cps gestion",
    "gestion.plain.entry": "Number (nothing: quit): ",
    "gestion.plain.enter": "Then Enter. ",
    "choice.wrong": "It has to be a number from 1 to {count}.",
    "in_menu.advice.failure.no_signature": (
        "It is looked for beside the file, under its name followed by .p7s. Elsewhere: “cps verify --signature”."
    ),
    "in_menu.advice.authority.not_checked": (
        "The certificate of this authority is on igc-sante.esante.gouv.fr; “cps verify” asks for it."
    ),
    "in_menu.advice.vihf.missing": "The DMP asks for it. “cps vihf --attribute” takes it from the software.",
    "in_menu.advice.failure.vihf_family": (
        "It knows CPS, CPF and CPE cards. You can choose INSi, another service of the Assurance Maladie."
    ),
    "in_menu.advice.failure.incomplete": (
        "“cps vihf --role” takes a profession, “cps vihf --attribute” another attribute. "
        "“cps show --situations” shows what the card says."
    ),
    "failure.gestion_json": "The screen does not answer in JSON.",
    "advice.failure.gestion_json": "“cps show --json”, “cps code status --json” and the other commands do.",
    "failure.no_textual": "The screen needs Textual, which is not installed.",
    "advice.failure.no_textual": "pip install 'cryptolib-cps[gestion]', or “cps gestion --plain”, which does without.",
    "failure.no_terminal": "The screen needs a terminal.",
    "advice.failure.no_terminal": "“cps gestion --plain” does without.",
    "failure.screen": "A defect of the program stops it ({detail}).",
    "advice.failure.screen": "The card is unharmed. “cps gestion --plain” and the other commands can still be used.",
}
