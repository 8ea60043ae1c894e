"""Programs that find a reader with a keypad and leave the code to it: pkcs11-tool, python-pkcs11 and those of NSS."""

import subprocess
import sys
from pathlib import Path

from conformance.pinpad_reader.keypad import OK, Keypad
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig


def test_pkcs11_tool_has_the_code_typed(rig: Rig, keypad: Keypad) -> None:
    keypad.press("1234", OK)
    done = subprocess.run(
        ["pkcs11-tool", "--module", module_path(), "--login", "--list-objects", "--type", "privkey"],
        env=rig.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Private Key Object") == 2
    assert [shown.wants for shown in keypad.shown()] == ["current"]


PYTHON_PKCS11 = """
import pkcs11, sys
(token,) = pkcs11.lib(sys.argv[1]).get_tokens()
assert pkcs11.TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags
with token.open(user_pin=pkcs11.PROTECTED_AUTH) as session:
    print(len(list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}))))
"""


def test_python_pkcs11_has_the_code_typed(rig: Rig, keypad: Keypad) -> None:
    keypad.press("1234", OK)
    done = subprocess.run(
        [sys.executable, "-P", "-c", PYTHON_PKCS11, module_path()],
        cwd="/",
        env=rig.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "2", "")
    assert [shown.wants for shown in keypad.shown()] == ["current"]


def test_nss_has_the_code_typed(rig: Rig, keypad: Keypad, tmp_path: Path) -> None:
    """As Firefox and Chromium log in."""
    database = f"sql:{tmp_path}"

    def run(*command: str) -> str:
        done = subprocess.run(
            command, env=rig.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("certutil", "-N", "-d", database, "--empty-password")
    run("modutil", "-dbdir", database, "-force", "-add", "CPS", "-libfile", module_path())
    keypad.press("1234", OK)
    assert "rsa" in run("certutil", "-K", "-d", database, "-h", "all")
    assert [shown.wants for shown in keypad.shown()] == ["current"]
