"""`python -m conformance.documentation.images`: the pictures of docs/cps.md, made with the real command."""

from __future__ import annotations

import re
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.testbed.client import module_path
from conformance.testbed.gestion_screen import GestionScreen
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import identity

FOLDER = Path(__file__).parents[2] / "docs" / "images"
COLUMNS = 92
PIN, WRONG_PIN = "1234", "9999"
_SOFTWARE = tuple(
    f"--attribute={name}={value}"
    for name, value in (
        ("LPS_ID", "1"), ("LPS_Nom", "Exemple"), ("LPS_Version", "2.0"), ("LPS_ID_HOMOLOGATION_DMP", "X-1"),
    )
)  # fmt: skip
COMMAND = str(Path(sys.executable).with_name("cps"))

# The module where `make install` puts it, for this command alone.
_INSTALLED = 'mount -t tmpfs none /usr/local/lib && ln -s "$0" /usr/local/lib/libcryptolib_cps.so && exec "$@"'
# Cursor movements and a spinner, which the command shows while the card works and removes again.
_PROGRESS = re.compile(r"\r|\x1b\[\?25[hl]|\x1b\[1A|\x1b\[2K|[^\n]*[\u2800-\u28ff][^\n]*\n?")
# The letters come from the reader's machine, not from somebody's server.
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, title, shown in pictures():
        console = Console(record=True, width=COLUMNS, force_terminal=True, file=StringIO())
        console.print(Text.from_ansi(shown))
        drawing = console.export_svg(title=title, unique_id=name)
        (FOLDER / f"cps-{name}.svg").write_text(_FONTS.sub("", drawing))


def pictures() -> Iterator[tuple[str, str, str]]:
    """The name of each, what was typed, what came."""
    with tempfile.TemporaryDirectory(prefix="cps-screens-") as folder:
        home = Path(folder)
        _browsers_of(home)
        with Rig("cps4") as rig:
            yield "gestion", "cps gestion", screen(rig, home)
            yield "gestion-code", "cps gestion", screen(rig, home, code=True)
            yield "gestion-situations", "cps gestion", screen(rig, home, situations=True)
            yield "gestion-en", "cps gestion --lang en", screen(rig, home, "--lang", "en")
            yield from in_both_languages(rig, home)
            yield "status", "cps status", run(rig, home, "status")
            yield "certificates", "cps certificates", run(rig, home, "certificates")
            yield "selftest", "cps selftest", run(rig, home, "selftest", "--pin-fd", "0", typed=PIN)
            yield "sign", "cps sign courrier.odt ; cps verify courrier.odt --authority autorite.pem", _sign(rig, home)
            yield "watch", "cps watch", _watch(rig)
            yield "browsers", "cps browsers install", run(rig, home, "browsers", "install")
            yield "diag", "cps diag", run(rig, home, "diag", "--pin-fd", "0", typed=PIN)
            yield "status-en", "cps status --lang en", run(rig, home, "status", "--lang", "en")
            for _ in range(2):
                run(rig, home, "diag", "--pin-fd", "0", typed=WRONG_PIN)
            yield "last-try", "cps diag", run(rig, home, "diag", "--pin-fd", "0", typed=PIN)
            rig.insert("cps3")
            yield "diag-cps3", "cps diag", run(rig, home, "diag", "--pin-fd", "0", typed=PIN)
            rig.stop_pcscd()
            yield "stopped", "cps diag", run(rig, home, "diag")


def in_both_languages(rig: Rig, home: Path) -> Iterator[tuple[str, str, str]]:
    """The pictures that exist in both languages."""
    situations = ("show", "--situations", "--pin-fd", "0")
    vihf = ("vihf", "--situation", "1", *_SOFTWARE, "--pin-fd", "0", "--save")
    for suffix, language in (("", ()), ("-en", ("--lang", "en"))):
        typed = " ".join(("", *language))
        yield f"show{suffix}", f"cps show{typed}", run(rig, home, "show", *language)
        shown = run(rig, home, *situations, *language, typed=PIN)
        yield f"situations{suffix}", f"cps show --situations{typed}", shown
        yield f"code{suffix}", f"cps code status{typed}", run(rig, home, "code", "status", *language)
        shown = run(rig, home, *vihf, f"assertion{suffix}.xml", *language, typed=PIN)
        yield f"vihf{suffix}", f"cps vihf --situation 1 … --save assertion{suffix}.xml{typed}", shown
        shown = run(rig, home, "report", f"report{suffix}.zip", "--yes", *language)
        yield f"report{suffix}", f"cps report{typed}", shown
    rig.insert("cps4:cpe")
    yield "show-cpe", "cps show", run(rig, home, "show")
    rig.insert("cps4")


def run(rig: Rig, home: Path, *arguments: str, typed: str = "") -> str:
    look = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color", "LC_ALL": "fr_FR.UTF-8"}
    where = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", _INSTALLED, module_path(), COMMAND, *arguments],
        env={**rig.env, **look, **where}, cwd=home, input=f"{typed}\n", capture_output=True, text=True,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return _PROGRESS.sub("", done.stdout)


def _sign(rig: Rig, home: Path) -> str:
    """A signature, and what is said of it."""
    (home / "courrier.odt").write_text("Un courrier.")
    (home / "autorite.pem").write_text(ssl.DER_cert_to_PEM_cert(identity("cps4").authority))
    signed = run(rig, home, "sign", "courrier.odt", "--pin-fd", "0", typed=PIN)
    return signed + run(rig, home, "verify", "courrier.odt", "--authority", "autorite.pem")


def screen(rig: Rig, home: Path, *arguments: str, code: bool = False, situations: bool = False) -> str:
    """The screen with the card read; or, with `code`, while a new code is typed; or with the situations d'exercice."""
    inside = ["/usr/bin/unshare", "-m", "sh", "-c", _INSTALLED, module_path(), COMMAND, "gestion", *arguments]
    env = {**rig.env, "LC_ALL": "fr_FR.UTF-8", "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    with GestionScreen(inside, env, COLUMNS, 30) as shown:
        shown.wait_for("2044")
        if code:
            shown.choose("Changer code")
            shown.give("Code porteur actuel", PIN.encode())
            shown.wait_for("Nouveau code porteur")
            shown.press("4", "3", "2")
            shown.wait_for("•••")
        if situations:
            shown.choose("Lecture situations")
            shown.give("Code porteur", PIN.encode())
            shown.wait_for("Situation d'exercice 1")
        return shown.picture()


def _watch(rig: Rig) -> str:
    """The card at the start; its removal, and the insertion of another one."""
    env = {**rig.env, "LC_ALL": "fr_FR.UTF-8"}
    with subprocess.Popen([COMMAND, "watch"], env=env, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        lines = [watching.stdout.readline(), watching.stdout.readline()]
        for change in (rig.remove, lambda: rig.insert("cps3"), lambda: rig.insert("cps4")):
            change()
            lines.append(watching.stdout.readline())
        watching.send_signal(signal.SIGINT)
    return "".join(lines)


def _browsers_of(home: Path) -> None:
    for profiles in (".mozilla/firefox", ".thunderbird"):
        (home / profiles / "default").mkdir(parents=True)
        (home / profiles / "profiles.ini").write_text("[Profile0]\nIsRelative=1\nPath=default\n")
    (home / ".config" / "chromium").mkdir(parents=True)
    # The OpenSC of this machine is not in the pictures.
    modules = home / ".config" / "pkcs11" / "modules"
    modules.mkdir(parents=True)
    (modules / "opensc-pkcs11.module").write_text("module:\n")


if __name__ == "__main__":
    main()
