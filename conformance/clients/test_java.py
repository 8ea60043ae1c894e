"""Java with SunPKCS11: keytool, java.security.Signature, jarsigner, and both HTTPS clients of the JDK."""

from __future__ import annotations

import zipfile
from pathlib import Path

from conformance.clients.servers.web_server import WebServer
from conformance.clients.story import Story, expect
from conformance.clients.support import tls
from conformance.clients.support.client_environment import World
from conformance.testbed.cards import WRONG_PIN
from conformance.testbed.cryptoki import CKM
from conformance.testbed.documented_commands import blocks
from conformance.testbed.mechanism_recipes import Recipe, recipes_of
from conformance.virtual_card.identity import pem

_CLIENT = "Java"
_PROGRAMS = Path(__file__).parent / "programs"
_MESSAGE = b"Un patient, une ordonnance, une signature."
_STORE = ("-keystore", "NONE", "-storetype", "PKCS11", "-addprovider", "SunPKCS11", "-providerArg", "cps.cfg")
_WITHOUT_PSS = "No supported CertificateVerify signature algorithm"
_NO_TRACE_IN_TMP = "-XX:-UsePerfData"
_NO_SECRET = "changeit"  # Java wants one for certificates that anybody may see


def keytool(world: World) -> None:
    listed = _java(world, "bash", "-euc", _scripts()[0], feed=world.pin)
    expect("Your keystore contains 2 entries" in listed, listed)
    for keys in world.card.keys:
        fingerprint = bytes.fromhex(WebServer.fingerprint(world.card.issued(keys))).hex(":").upper()
        shown = f"{keys.certificate}, PrivateKeyEntry, \nCertificate fingerprint (SHA-256): {fingerprint}\n"
        expect(shown in listed, listed)


def wrong_code(world: World) -> None:
    said = _java(world, "keytool", "-list", "-v", *_STORE, feed=WRONG_PIN.decode(), fails=True)
    expect("CKR_PIN_INCORRECT" in said, said)
    expect(world.rig.pin_tries == 2, f"{world.rig.pin_tries} tries are left after one wrong code")


def signatures(world: World) -> None:
    """Every mechanism of the card under the name that Java has for it, with every key that has it."""
    work = [(recipe, keys) for recipe in recipes_of(world.card) for keys in recipe.keys(world.card)]
    asked = [f"{_java_name(recipe)} {keys.certificate}" for recipe, keys in work]
    made = _java(world, "java", _PROGRAMS / "Sign.java", feed="\n".join([world.pin, *asked])).splitlines()
    expect(len(made) == len(work), "\n".join(made))
    for question, (recipe, keys), answer in zip(asked, work, made, strict=True):
        expect(not answer.startswith("refused"), f"{question}\n{answer}")
        expect(recipe.holds(world.card.public_key(keys), _MESSAGE, bytes.fromhex(answer)), f"{question}\n{answer}")


def jar(world: World) -> None:
    """Signed as docs/clients/java.md tells, with the signature key; OpenSSL verifies the CMS in the archive."""
    archive = world.directory / "application.jar"
    _write(archive, {"message": _MESSAGE})
    _java(world, "bash", "-euc", _scripts()[1], feed=world.pin)
    trust = _trust(world, world.cards_authority)
    verify = ("jarsigner", "-verify", "-verbose", "-keystore", trust, "-storepass", _NO_SECRET, archive)
    said = _java(world, *verify)
    expect("jar verified." in said and "certificate chain is invalid" not in said, said)
    with zipfile.ZipFile(archive) as signed:
        files = {name: signed.read(name) for name in signed.namelist()}
        signed.extractall(world.directory)
    (signature,), (signer,) = world.directory.glob("META-INF/*.RSA"), [world.directory / "signer.pem"]
    world.run(
        "openssl", "cms", "-verify", "-inform", "DER", "-in", signature, "-content", signature.with_suffix(".SF"),
        "-binary", "-CAfile", world.cards_authority, "-signer", signer, "-out", world.directory / "verified",
    )  # fmt: skip
    expect(signer.read_text().strip() == pem(world.card.issued(world.card.signature)).strip(), "another certificate")
    _write(archive, {name: data.replace(b"une ordonnance", b"dix ordonnances") for name, data in files.items()})
    said = _java(world, *verify, fails=True)
    expect("digest error for message" in said, said)


def _visit_by_client(world: World, server: WebServer, *, fails: bool) -> str:
    return _visit(world, blocks("Log in to a portal", "java", "docs/clients/java.md")[0], server, fails=fails)


def _visit_by_connection(world: World, server: WebServer, *, fails: bool) -> str:
    return _visit(world, (_PROGRAMS / "Visit.java").read_text(), server, fails=fails)


def _visit(world: World, program: str, server: WebServer, *, fails: bool) -> str:
    trust = _trust(world, world.authority.certificate)
    source = world.directory / "Visit.java"
    source.write_text(program)
    trusting = (f"-Djavax.net.ssl.trustStore={trust}", f"-Djavax.net.ssl.trustStorePassword={_NO_SECRET}")
    return _java(world, "java", *trusting, source, server.url, feed=world.pin, fails=fails)


def _java_name(recipe: Recipe) -> str:
    """What Sign.java reads of a mechanism: its name, the hash and salt of PSS, and the data."""
    digest = recipe.words.algorithm
    name = {
        CKM.RSA_PKCS: "NONEwithRSA", CKM.RSA_X_509: "RSA/ECB/NoPadding", CKM.RSA_PKCS_PSS: "RSASSA-PSS"
    }.get(recipe.kind, f"{digest.name.upper()}with{'RSASSA-PSS' if recipe.pss else 'RSA'}")  # fmt: skip
    pss = f"SHA-{digest.name.removeprefix('sha')} {digest.digest_size}" if recipe.pss else "- 0"
    data = _MESSAGE if recipe.pss else recipe.data(_MESSAGE)  # Java digests itself where the card does not
    return f"{name} {pss} {data.hex()}"


def _scripts() -> list[str]:
    return blocks("Java", "sh", "docs/clients/java.md")


def _write(archive: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(archive, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)


def _java(world: World, *command: str | Path, feed: str = "", fails: bool = False) -> str:
    """Runs a program of the JDK, or commands of docs/clients/java.md; drops what it says of its own option."""
    (world.directory / "cps.cfg").write_text(f"name = CPS\nlibrary = {world.module}\n")
    env = {"MODULE": world.module, "JAVA_TOOL_OPTIONS": _NO_TRACE_IN_TMP}
    said = world.run(*command, feed=f"{feed}\n", env=env, fails=fails)
    return said.replace(f"Picked up JAVA_TOOL_OPTIONS: {_NO_TRACE_IN_TMP}\n", "")


def _trust(world: World, authority: Path) -> Path:
    store = world.directory / "trust.p12"
    _java(
        world, "keytool", "-importcert", "-noprompt", "-alias", "authority", "-file", authority, "-keystore", store,
        "-storetype", "PKCS12", "-storepass", _NO_SECRET,
    )  # fmt: skip
    return store


STORIES = (
    Story(_CLIENT, "keytool lists both keys with their certificates", keytool),
    Story(_CLIENT, "a wrong code is told and costs one try", wrong_code),
    Story(_CLIENT, "every signature, verified without Java", signatures),
    Story(_CLIENT, "jarsigner signs a JAR, and finds it forged afterwards", jar),
    *tls.stories("Java HttpClient", _visit_by_client, _WITHOUT_PSS),
    *tls.stories("Java HttpsURLConnection", _visit_by_connection, _WITHOUT_PSS),
)
