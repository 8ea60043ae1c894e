"""The commands and programs of README.md and docs/clients work as they stand there, with a card in the reader."""

import sys
from pathlib import Path

import pytest

from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.documented_commands import TOKEN, blocks
from conformance.testbed.pty_driver import typed
from conformance.testbed.rig import Rig

PKCS11_TOOL = "docs/clients/pkcs11-tool.md"
NEW_PIN = "4321"


@pytest.fixture
def reader(rig: Rig, card: Card) -> dict[str, str]:
    """The shell that docs/clients/README.md opens."""
    return {**rig.env, "MODULE": module_path()}


def block(heading: str, language: str, document: str) -> str:
    """The first block of a section."""
    return blocks(heading, language, document)[0]


@pytest.mark.parametrize(
    ("heading", "document"), [("Example", "README.md"), ("Exemple", "README.fr.md"), ("Sign a file", PKCS11_TOOL)]
)
def test_pkcs11_tool_signs(reader: dict[str, str], card: Card, heading: str, document: str, tmp_path: Path) -> None:
    script = block(heading, "sh", document)
    output = typed(["bash", "-euc", script], [PIN.decode()] * script.count("--login"), reader, tmp_path)
    assert output.endswith("Verified OK\n")


def test_pkcs11_tool_lists_the_private_keys(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    output = typed(["bash", "-euc", block("Sign a file", "sh", PKCS11_TOOL)], [PIN.decode()] * 2, reader, tmp_path)
    assert card.signature.private in output


def test_pkcs11_tool_changes_the_code(reader: dict[str, str], rig: Rig, tmp_path: Path) -> None:
    answers = [PIN.decode(), PIN.decode(), NEW_PIN, NEW_PIN]
    typed(["bash", "-euc", block("Change the code porteur", "sh", PKCS11_TOOL)], answers, reader, tmp_path)
    list_keys(reader, NEW_PIN, tmp_path)


def test_pkcs11_tool_unblocks_the_code(reader: dict[str, str], rig: Rig, tmp_path: Path) -> None:
    while rig.pin_tries:
        with pytest.raises(AssertionError):
            list_keys(reader, WRONG_PIN.decode(), tmp_path)
    answers = [PUK.decode(), NEW_PIN, NEW_PIN]
    typed(["bash", "-euc", block("Unblock the code porteur", "sh", PKCS11_TOOL)], answers, reader, tmp_path)
    list_keys(reader, NEW_PIN, tmp_path)


def list_keys(reader: dict[str, str], code: str, directory: Path) -> None:
    typed(["bash", "-euc", 'pkcs11-tool --module "$MODULE" --login -O --type privkey'], [code], reader, directory)


def test_the_token_is_named_as_a_uri_writes_it(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    output = typed(["bash", "-euc", f'{TOKEN}echo "$TOKEN"'], [], reader, tmp_path)
    assert output == f"{card.label}\n"


@pytest.mark.parametrize("library", ["python-pkcs11", "PyKCS11"])
def test_the_python_programs_run(reader: dict[str, str], library: str, tmp_path: Path) -> None:
    program = block(library, "python", "docs/clients/python.md")
    output = typed([sys.executable, "-c", program], [PIN.decode()], reader, tmp_path)
    assert len(bytes.fromhex(output.splitlines()[-1])) == 256


def test_the_ssh_command_prints_the_key(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    script = block("Give the server your key", "sh", "docs/clients/ssh.md")
    (key,) = typed(["bash", "-euc", script], [], reader, tmp_path).splitlines()
    assert key.startswith("ssh-rsa ") and key.endswith(card.authentication.public)


def test_the_chromium_commands_register_the_module(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    """The module is in the NSS database that Chromium reads, and NSS finds the token."""
    script = block("By hand", "sh", "docs/clients/chromium.md")
    # modutil ends with an error where one of the slots is empty.
    listing = "modutil -dbdir sql:$HOME/.pki/nssdb -list 'Cryptolib CPS' || true"
    output = typed(["bash", "-euc", f"{script}{listing}"], [], {**reader, "HOME": str(tmp_path)}, tmp_path)
    assert f"Token Name: {card.label}" in output


def test_the_trace_command_writes_both_traces(reader: dict[str, str], card: Card, tmp_path: Path) -> None:
    """The command of the page on trouble writes both traces."""
    script = block("Write a trace", "sh", "docs/troubleshooting.md")
    typed(["bash", "-euc", script], [], {**reader, "HOME": str(tmp_path)}, tmp_path)
    traces = {path.name.partition("_")[0] for path in (tmp_path / "cps-traces").iterdir()}
    assert traces == {"cps3p11", "cps3opsc"}
