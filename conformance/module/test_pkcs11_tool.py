"""Debian's pkcs11-tool, a C program that knows nothing of us, driven on both cards.

The list of signatures to try is the module's own: a mechanism advertised without a recipe here fails the test.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding

from conformance.testbed.cards import PIN, Card, KeyNames
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKM
from conformance.testbed.mechanism_recipes import HASHES, RECIPES, SHA256, Recipe
from conformance.testbed.rig import Rig

MESSAGE = b"Un patient, une ordonnance, une signature."
SECRET = b"cle de session"

OPENSSL_HASHES = {words.mechanism: words.algorithm.name for words in HASHES}


@dataclass(frozen=True, slots=True)
class Tool:
    """The program with the module under test and the private pcscd."""

    env: dict[str, str]

    def run(self, *arguments: str, logged_in: bool = False) -> str:
        """Everything that it printed; it must have ended well."""
        done = self.attempt(*arguments, logged_in=logged_in)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def attempt(self, *arguments: str, logged_in: bool = False) -> "subprocess.CompletedProcess[str]":
        login = ["--login", "--pin", "env:CPS_TEST_PIN"] if logged_in else []
        return subprocess.run(
            ["pkcs11-tool", "--module", module_path(), *login, *arguments],
            env={**self.env, "CPS_TEST_PIN": PIN.decode()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )


@pytest.fixture
def tool(rig: Rig, card: Card) -> Tool:
    return Tool(dict(rig.env))


def mechanisms(tool: Tool) -> dict[str, set[str]]:
    """Name of each advertised mechanism and its words, as -M prints them."""
    listed = [line.strip().split(", ") for line in tool.run("-M").splitlines() if line.startswith("  ")]
    return {name: set(words) for name, *words in listed}


def tool_name(kind: CKM) -> str:
    """CKM_SHA256_RSA_PKCS_PSS is SHA256-RSA-PKCS-PSS to the tool."""
    return {CKM.SHA_1: "SHA-1"}.get(kind, kind.name.replace("_", "-"))


# --- what is shown


def test_information_slots_and_tokens(tool: Tool, card: Card, rig: Rig) -> None:
    assert "Cryptoki version" in tool.run("-I")
    slots = tool.run("-L")
    assert rig.reader in slots
    assert card.generation in slots
    assert "login required, rng, token initialized, PIN initialized" in slots
    assert card.generation in tool.run("-T")


def test_objects_before_and_after_login(tool: Tool, card: Card) -> None:
    public = tool.run("-O")
    for names in card.keys:
        assert names.certificate in public
        assert names.private not in public
    assert all(label in public for label in card.public_data)
    everything = tool.run("-O", logged_in=True)
    assert all(names.private in everything for names in card.keys)
    assert all(label in everything for label in card.public_data | card.private_data)
    assert "error" not in everything.lower()
    assert "warning" not in everything.lower()


@pytest.mark.parametrize("role", ["signature", "authentication"])
def test_a_certificate_is_read_and_chains_to_its_authority(tool: Tool, card: Card, tmp_path: Path, role: str) -> None:
    names = card.keys_of(role)
    der, pem, authority = tmp_path / "certificate.der", tmp_path / "certificate.pem", tmp_path / "authority.pem"
    tool.run("--read-object", "--type", "cert", "--id", names.id.hex(), "-o", str(der))
    assert der.read_bytes() == card.issued(names)
    pem.write_bytes(x509.load_der_x509_certificate(der.read_bytes()).public_bytes(serialization.Encoding.PEM))
    root = x509.load_der_x509_certificate(card.authority())
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    checked = openssl("verify", "-CAfile", str(authority), str(pem))
    assert checked.strip() == f"{pem}: OK"


# --- the tool's own tests


def test_the_test_of_the_tool_finds_nothing(tool: Tool) -> None:
    printed = tool.run("--test", logged_in=True)
    assert printed.splitlines()[-1] == "No errors", printed


@pytest.mark.parametrize(
    ("orders", "answers"),
    [("IN", {"CKR_OK", "CKR_CRYPTOKI_ALREADY_INITIALIZED"}), ("ILGISL", {"CKR_OK"})],
    ids=["initialise", "initialise with locking, then information and slots"],
)
def test_four_threads_that_all_initialise(tool: Tool, orders: str, answers: set[str]) -> None:
    """The orders are the tool's own. A thread that its main program overtakes costs it half a minute of sleep."""
    printed = tool.run(*["--test-threads", orders] * 4, "-L")
    # At the end of all with 0.23, where a wait for slow threads names some of them before it; of each with 0.26.
    ended = dict(
        re.findall(
            r"^(?:test_threads thread:|Test thread )(\d+) (?:state:-1,|returning) rv:(\w+)$", printed, re.MULTILINE
        )
    )
    assert sorted(ended) == ["0", "1", "2", "3"], printed
    assert set(ended.values()) <= answers, printed


def test_a_forked_child_initialises_again(tool: Tool) -> None:
    printed = tool.run("--test-fork", "-L")
    assert "error" not in printed.lower(), printed


# --- signatures that OpenSSL verifies


def openssl(*arguments: str) -> str:
    done = subprocess.run(
        ["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def sign_options(recipe: Recipe) -> list[str]:
    """How this version of the tool takes the parameter."""
    if not recipe.pss:
        return []
    mgf = f"MGF1-{recipe.words.mgf.name.removeprefix('MGF1_')}"
    if recipe.feed == "digest":
        return ["--hash-algorithm", tool_name(recipe.words.mechanism), "--mgf", mgf]
    return ["--mgf", mgf]


def verify_options(recipe: Recipe) -> list[str]:
    name = OPENSSL_HASHES[recipe.words.mechanism]
    if not recipe.pss:
        return [f"-{name}"]
    padding_mode = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", f"rsa_mgf1_md:{name}"]
    return [f"-{name}", *padding_mode, "-sigopt", f"rsa_pss_saltlen:{recipe.words.algorithm.digest_size}"]


def sign_and_verify(tool: Tool, card: Card, recipe: Recipe, names: KeyNames, directory: Path) -> None:
    data, message, signature, key = (directory / name for name in ("data", "message", "signature", "key.pem"))
    data.write_bytes(recipe.data(MESSAGE))
    message.write_bytes(MESSAGE)
    public = card.public_key(names)
    key.write_bytes(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    files = ["-i", str(data), "-o", str(signature)]
    how = ["-m", tool_name(recipe.kind), *sign_options(recipe)]
    tool.run("--sign", "--id", names.id.hex(), *how, *files, logged_in=True)
    against = ["-verify", str(key), "-signature", str(signature), str(message)]
    assert "Verified OK" in openssl("dgst", *verify_options(recipe), *against)


def test_every_advertised_signature_is_verified_by_openssl(tool: Tool, card: Card, tmp_path: Path) -> None:
    recipes = {tool_name(recipe.kind): recipe for recipe in RECIPES.values()}
    signing = [name for name, words in mechanisms(tool).items() if "sign" in words]
    assert signing
    for name in signing:
        assert name in recipes, f"{name} is advertised and nobody tries it"
        for names in recipes[name].keys(card):
            sign_and_verify(tool, card, recipes[name], names, tmp_path)


def test_every_advertised_digest_is_the_one_of_openssl(tool: Tool, tmp_path: Path) -> None:
    message, digest = tmp_path / "message", tmp_path / "digest"
    message.write_bytes(MESSAGE)
    hashes = {tool_name(words.mechanism): words for words in HASHES}
    listed = [name for name, words in mechanisms(tool).items() if "digest" in words]
    assert sorted(listed) == sorted(hashes)
    for name in listed:
        tool.run("--hash", "-m", name, "-i", str(message), "-o", str(digest))
        assert digest.read_bytes() == hashes[name].of(MESSAGE)


# --- what others encrypted for the holder


def decrypt_options(name: str) -> list[str]:
    return ["--hash-algorithm", "SHA256", "--mgf", "MGF1-SHA256"] if name == "RSA-PKCS-OAEP" else []


def encrypted(card: Card, name: str) -> tuple[bytes, bytes]:
    """A cipher text for the authentication key, and what the tool must make of it."""
    key = card.public_key(card.authentication)
    if name == "RSA-PKCS":
        return key.encrypt(SECRET, padding.PKCS1v15()), SECRET
    if name == "RSA-PKCS-OAEP":
        return key.encrypt(SECRET, padding.OAEP(padding.MGF1(SHA256.algorithm), SHA256.algorithm, None)), SECRET
    assert name == "RSA-X-509", f"{name} is advertised and nobody tries it"
    numbers, block = key.public_numbers(), bytes(range(256))
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(256, "big"), block


def test_every_advertised_decryption_gives_the_text(tool: Tool, card: Card, tmp_path: Path) -> None:
    cipher, text = tmp_path / "cipher", tmp_path / "text"
    listed = [name for name, words in mechanisms(tool).items() if "decrypt" in words]
    assert "RSA-PKCS" in listed
    for name in listed:
        content, expected = encrypted(card, name)
        cipher.write_bytes(content)
        files = ["-i", str(cipher), "-o", str(text)]
        how = ["-m", name, *decrypt_options(name)]
        tool.run("--decrypt", "--id", card.authentication.id.hex(), *how, *files, logged_in=True)
        assert text.read_bytes() == expected


# --- the PIN


def test_a_wrong_pin_is_refused_by_name(tool: Tool, rig: Rig) -> None:
    refused = tool.attempt("--login", "--pin", "9999", "-O")
    assert refused.returncode != 0
    assert "CKR_PIN_INCORRECT" in refused.stdout
    assert rig.pin_tries == 2


def test_the_holder_changes_the_pin(tool: Tool, rig: Rig) -> None:
    tool.run("--login", "--pin", "1234", "--change-pin", "--new-pin", "4321")
    assert tool.attempt("--login", "--pin", "1234", "-O").returncode != 0
    tool.run("--login", "--pin", "4321", "-O")


def test_the_security_officer_unblocks(tool: Tool, rig: Rig) -> None:
    for _ in range(3):
        tool.attempt("--login", "--pin", "9999", "-O")
    assert "CKR_PIN_LOCKED" in tool.attempt("--login", "--pin", "1234", "-O").stdout
    tool.run("--login", "--login-type", "so", "--so-pin", "12345678", "--init-pin", "--new-pin", "4321")
    tool.run("--login", "--pin", "4321", "-O")
