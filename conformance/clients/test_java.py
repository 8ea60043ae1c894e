"""Java with SunPKCS11: keytool, java.security.Signature, jarsigner, and both HTTPS clients of the JDK."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from conformance.clients.servers.web_server import WebServer
from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.cps_command import CPS
from conformance.clients.tls_clients import tls
from conformance.testbed.cards import CARDS, WRONG_PIN, Card, KeyNames
from conformance.testbed.cryptoki import CKM
from conformance.testbed.documented_commands import blocks
from conformance.testbed.mechanism_recipes import Recipe, recipes_of
from conformance.virtual_card.identity import pem

pytestmark = pytest.mark.client("Java")

_PROGRAMS = Path(__file__).parent / "programs"
_MESSAGE = b"Un patient, une ordonnance, une signature."
_STORE = ("-keystore", "NONE", "-storetype", "PKCS11", "-addprovider", "SunPKCS11", "-providerArg", "cps.cfg")
_WITHOUT_PSS = "No supported CertificateVerify signature algorithm"
_NO_TRACE_IN_TMP = "-XX:-UsePerfData"
_NO_SECRET = "changeit"  # Java wants one for certificates that anybody may see


@pytest.mark.does("keytool lists both keys with their certificates")
def test_keytool(client_environment: ClientEnvironment, card: Card) -> None:
    listed = _java(client_environment, "bash", "-euc", _scripts()[0], stdin=client_environment.pin)
    assert "Your keystore contains 2 entries" in listed, listed
    for keys in card.keys:
        shown = (
            f"{keys.certificate}, PrivateKeyEntry, \nCertificate fingerprint (SHA-256): {_fingerprint(card, keys)}\n"
        )
        assert shown in listed, listed


@pytest.mark.does("a wrong code is reported and costs one try")
def test_wrong_code(client_environment: ClientEnvironment) -> None:
    said = _java(client_environment, "keytool", "-list", "-v", *_STORE, stdin=WRONG_PIN.decode(), fails=True)
    assert "CKR_PIN_INCORRECT" in said, said
    assert client_environment.rig.pin_tries == 2


@pytest.mark.does("with another card in the first reader, the CPS is at the slotListIndex of cps status")
def test_beside_another_card(client_environment: ClientEnvironment, card: Card) -> None:
    """It is the first slot, which Java takes by itself; the other card's slot has no token."""
    first, second = client_environment.rig, client_environment.rig.second
    first.insert("foreign")
    second.insert(card.name)
    readers = json.loads(client_environment.run(CPS, "status", "--json"))["readers"]
    index = {each["name"]: each["slot_list_index"] for each in readers}
    assert (index[second.reader], index[first.reader]) == (0, 1)
    for setting in ("", f"slotListIndex = {index[second.reader]}\n"):
        assert _fingerprint(card) in _listed(client_environment, setting)
    refused = _listed(client_environment, f"slotListIndex = {index[first.reader]}\n", fails=True)
    assert "PKCS11 not found" in refused, refused


@pytest.mark.does("with two CPS cards, slotListIndex = 1 is the second one")
def test_two_cards(client_environment: ClientEnvironment, card: Card) -> None:
    (other,) = (each for each in CARDS.values() if each is not card and each.has_pin)
    client_environment.rig.second.insert(other.name)
    assert _fingerprint(card) in _listed(client_environment, "")
    assert _fingerprint(other) in _listed(client_environment, "slotListIndex = 1\n")


@pytest.mark.does("every signature, verified without Java")
def test_signatures(client_environment: ClientEnvironment, card: Card) -> None:
    """Every mechanism of the card under the name that Java has for it, with every key that has it."""
    work = [(recipe, keys) for recipe in recipes_of(card) for keys in recipe.keys(card)]
    asked = [f"{_java_name(recipe)} {keys.certificate}" for recipe, keys in work]
    lines = "\n".join([client_environment.pin, *asked])
    made = _java(client_environment, "java", _PROGRAMS / "Sign.java", stdin=lines).splitlines()
    assert len(made) == len(work), "\n".join(made)
    for question, (recipe, keys), answer in zip(asked, work, made, strict=True):
        assert not answer.startswith("refused"), f"{question}\n{answer}"
        assert recipe.holds(card.public_key(keys), _MESSAGE, bytes.fromhex(answer)), f"{question}\n{answer}"


@pytest.mark.does("jarsigner signs a JAR, and finds it forged afterwards")
def test_jar(client_environment: ClientEnvironment, card: Card) -> None:
    """With the command of docs/clients/java.md and the signature key; OpenSSL verifies the CMS in the archive."""
    archive = client_environment.directory / "application.jar"
    _write(archive, {"message": _MESSAGE})
    _java(client_environment, "bash", "-euc", _scripts()[1], stdin=client_environment.pin)
    trust = _trust(client_environment, client_environment.cards_authority)
    verify = ("jarsigner", "-verify", "-verbose", "-keystore", trust, "-storepass", _NO_SECRET, archive)
    said = _java(client_environment, *verify)
    assert "jar verified." in said and "certificate chain is invalid" not in said, said
    with zipfile.ZipFile(archive) as signed:
        files = {name: signed.read(name) for name in signed.namelist()}
        signed.extractall(client_environment.directory)
    _verify_cms(client_environment)
    _write(archive, {name: data.replace(b"une ordonnance", b"dix ordonnances") for name, data in files.items()})
    said = _java(client_environment, *verify, fails=True)
    assert "digest error for message" in said, said


@pytest.mark.client("Java HttpClient")
@tls.each_version
def test_http_client(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, _visit_by_client, _WITHOUT_PSS)


@pytest.mark.client("Java HttpsURLConnection")
@tls.each_version
def test_https_url_connection(client_environment: ClientEnvironment, web_server: WebServer) -> None:
    tls.check_login(client_environment, web_server, _visit_by_connection, _WITHOUT_PSS)


def _visit_by_client(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    return _visit(environment, blocks("Log in to a portal", "java", "docs/clients/java.md")[0], server, fails=fails)


def _visit_by_connection(environment: ClientEnvironment, server: WebServer, *, fails: bool) -> str:
    return _visit(environment, (_PROGRAMS / "Visit.java").read_text(), server, fails=fails)


def _visit(environment: ClientEnvironment, program: str, server: WebServer, *, fails: bool) -> str:
    trust = _trust(environment, environment.authority.certificate)
    source = environment.directory / "Visit.java"
    source.write_text(program)
    trusting = (f"-Djavax.net.ssl.trustStore={trust}", f"-Djavax.net.ssl.trustStorePassword={_NO_SECRET}")
    return _java(environment, "java", *trusting, source, server.url, stdin=environment.pin, fails=fails)


def _verify_cms(environment: ClientEnvironment) -> None:
    """OpenSSL verifies the signature of the unpacked JAR."""
    folder, card = environment.directory, environment.card
    (signature,) = folder.glob("META-INF/*.RSA")
    signer = folder / "signer.pem"
    environment.run(
        "openssl", "cms", "-verify", "-inform", "DER", "-in", signature, "-content", signature.with_suffix(".SF"),
        "-binary", "-CAfile", environment.cards_authority, "-signer", signer, "-out", folder / "verified",
    )  # fmt: skip
    assert signer.read_text().strip() == pem(card.issued(card.signature)).strip(), "another certificate"


def _java_name(recipe: Recipe) -> str:
    """The input line of Sign.java for a mechanism: its name, hash and salt of PSS, and the data."""
    digest = recipe.words.algorithm
    name = {
        CKM.RSA_PKCS: "NONEwithRSA", CKM.RSA_X_509: "RSA/ECB/NoPadding", CKM.RSA_PKCS_PSS: "RSASSA-PSS"
    }.get(recipe.kind, f"{digest.name.upper()}with{'RSASSA-PSS' if recipe.pss else 'RSA'}")  # fmt: skip
    pss = f"SHA-{digest.name.removeprefix('sha')} {digest.digest_size}" if recipe.pss else "- 0"
    data = _MESSAGE if recipe.pss else recipe.data(_MESSAGE)  # Java digests itself where the card does not
    return f"{name} {pss} {data.hex()}"


def _fingerprint(card: Card, keys: KeyNames | None = None) -> str:
    """The fingerprint of a certificate as keytool shows it; the authentication certificate by default."""
    return bytes.fromhex(WebServer.fingerprint(card.issued(keys or card.authentication))).hex(":").upper()


def _listed(environment: ClientEnvironment, setting: str, *, fails: bool = False) -> str:
    """The output of keytool with one more line in cps.cfg."""
    return _java(environment, "keytool", "-list", *_STORE, stdin=environment.pin, setting=setting, fails=fails)


def _scripts() -> list[str]:
    return blocks("Java", "sh", "docs/clients/java.md")


def _write(archive: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)


def _java(
    environment: ClientEnvironment, *command: str | Path, stdin: str = "", setting: str = "", fails: bool = False
) -> str:
    """Runs a program of the JDK, or commands of docs/clients/java.md; drops what it says of its own option."""
    (environment.directory / "cps.cfg").write_text(f"name = CPS\nlibrary = {environment.module}\n{setting}")
    env = {"MODULE": environment.module, "JAVA_TOOL_OPTIONS": _NO_TRACE_IN_TMP}
    said = environment.run(*command, stdin=f"{stdin}\n", env=env, fails=fails)
    return said.replace(f"Picked up JAVA_TOOL_OPTIONS: {_NO_TRACE_IN_TMP}\n", "")


def _trust(environment: ClientEnvironment, authority: Path) -> Path:
    store = environment.directory / "trust.p12"
    _java(
        environment, "keytool", "-importcert", "-noprompt", "-alias", "authority", "-file", authority,
        "-keystore", store, "-storetype", "PKCS12", "-storepass", _NO_SECRET,
    )  # fmt: skip
    return store
