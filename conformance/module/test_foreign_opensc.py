"""Foreign proof: Debian's OpenSC, which knows issued CPS3 cards, accepts the virtual one.

Nothing of this project but the card is involved: pkcs15-tool, iasecc-tool and pkcs11-tool speak to it through pcscd.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.cards import Card
from conformance.testbed.rig import Rig
from conformance.virtual_card.identity import export, identity

AID = "E828BD080F8025000001FF0010"
SIGNATURE_ID, AUTHENTICATION_ID = f"{AID}01", f"{AID}02"
PIN, PUK, OTHER_PIN = "1234", "12345678", "4321"
SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


class OpenSC:
    """OpenSC's command line tools, on the virtual CPS3; codes reach them through the environment."""

    def __init__(self, rig: Rig) -> None:
        self._env = rig.env | {
            "LC_ALL": "C", "CODE": PIN, "OTHER_CODE": OTHER_PIN, "WRONG_CODE": "9999", "UNBLOCKING_CODE": PUK
        }  # fmt: skip

    def run(self, *command: str) -> str:
        done = self.attempt(*command)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def attempt(self, *command: str, debug: int = 0) -> subprocess.CompletedProcess[str]:
        env = self._env | ({"OPENSC_DEBUG": str(debug)} if debug else {})
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    def pkcs11(self, *arguments: str) -> str:
        return self.run(*ON_CONTACT, *arguments)

    def pkcs15(self, *arguments: str) -> str:
        return self.run("pkcs15-tool", "--aid", AID, *arguments)


pytestmark = pytest.mark.cards("cps3")

# Before it comes the one of the antenna. OpenSC 0.26 gives both the same label.
CONTACT = "1"
ON_CONTACT = ("pkcs11-tool", "--module", "opensc-pkcs11.so", "--slot-index", CONTACT)
LOGIN = ("--login", "--pin", "env:CODE")
LIST_CODES = ("iasecc-tool", "--list-sdos", "01")

# OpenSC 0.24 to 0.27 reads a security data object to its end, then clears what it has read: `iasecc_sdo_parse` takes
# the length that `iasecc_sdo_parse_data` returns for an error. A code without access rules is never presented.
FORGOTTEN = "class 0, reference 0"
RULES_OF_PIN, RULES_OF_PUK = "SCBs 00:00:13:FF:FF:FF:00", "SCBs FF:00:FF:FF:FF:FF:00"
NO_RULES_LEFT = "docp.acls_contact.size 0,"


@pytest.fixture
def opensc(card: Card, rig: Rig) -> Iterator[OpenSC]:
    yield OpenSC(rig)
    rig.new_pins()


@pytest.fixture
def codes(opensc: OpenSC, request: pytest.FixtureRequest) -> None:
    """The test needs the codes: with an OpenSC that forgets them it runs as well, and has to fail."""
    if FORGOTTEN in opensc.run(*LIST_CODES):
        reason = "this OpenSC (0.24 to 0.27) forgets what it has read of a code"
        request.applymarker(pytest.mark.xfail(raises=AssertionError, strict=True, reason=reason))


def blocks(listing: str) -> dict[str, dict[str, str]]:
    """The objects of a pkcs15-tool listing by label: name and value of each indented line."""
    found: dict[str, dict[str, str]] = {}
    for line in listing.splitlines():
        if line.endswith("]") and not line.startswith("\t"):
            found[line.partition("[")[2].rstrip("]")] = current = {}
        elif line.startswith("\t"):
            name, _, value = line.partition(":")
            current[name.strip()] = value.strip()
    return found


def common(attributes: dict[str, str]) -> None:
    assert attributes["Object Flags"] == "[0x01], private"
    assert attributes["Access Flags"] == "[0x0D], sensitive, alwaysSensitive, neverExtract"
    assert attributes["ModLength"] == "2048"
    assert attributes["Native"] == "yes"
    assert attributes["Path"] == f"{AID.lower()}::"
    assert attributes["Auth ID"] == "01"


def test_private_keys_look_like_those_of_an_issued_card(opensc: OpenSC) -> None:
    keys = blocks(opensc.pkcs15("--list-keys"))
    assert list(keys) == ["CPS_PRIV_SIG", "CPS_PRIV_AUT"]
    signature, authentication = keys.values()
    common(signature)
    assert signature["Usage"] == "[0x200], nonRepudiation"
    assert signature["Access Rules"] == "pso_cds:01;"
    assert signature["Key ref"] == "129 (0x81)"
    assert signature["ID"] == SIGNATURE_ID.lower()
    common(authentication)
    assert authentication["Usage"] == "[0x06], decrypt, sign"
    assert authentication["Access Rules"] == "pso_decrypt:01; int_auth:01;"
    assert authentication["Key ref"] == "130 (0x82)"
    assert authentication["ID"] == AUTHENTICATION_ID.lower()


@pytest.mark.usefixtures("codes")
def test_both_codes_are_listed_with_their_policy(opensc: OpenSC) -> None:
    listed = opensc.run(*LIST_CODES)
    assert [line.strip().replace("\t", " ") for line in listed.splitlines()] == [
        "Found SDO class 1, reference 1",
        "contact ACLs: F3:00:00:13:FF:00",
        "tries maximum: 03",
        "tries remaining: 03",
        "Found SDO class 1, reference 2",
        "contact ACLs: F3:FF:00:FF:FF:00",
        "tries maximum: 0A",
        "tries remaining: 0A",
        "usage remaining: 00:64",
    ]


def test_a_code_is_sent_unless_opensc_forgets_its_rules(opensc: OpenSC, rig: Rig) -> None:
    """The card says all that is wanted; an OpenSC that forgets it refuses a login by itself, and no try is lost."""
    looked = opensc.attempt(*LIST_CODES, debug=3)
    assert RULES_OF_PIN in looked.stderr
    assert RULES_OF_PUK in looked.stderr
    forgets = FORGOTTEN in looked.stdout
    assert (NO_RULES_LEFT in looked.stderr) is forgets
    refused = opensc.attempt(*ON_CONTACT, "--login", "--pin", "env:WRONG_CODE", "--list-objects")
    assert ("CKR_DATA_INVALID" if forgets else "CKR_PIN_INCORRECT") in refused.stderr
    assert rig.pin_tries == (3 if forgets else 2)


@pytest.mark.parametrize("role", ["signature", "authentication"])
def test_certificates_are_read_and_chain_to_the_test_authority(opensc: OpenSC, role: str, tmp_path: Path) -> None:
    key_id = {"signature": SIGNATURE_ID, "authentication": AUTHENTICATION_ID}[role]
    certificate = tmp_path / "certificate.der"
    opensc.pkcs11("--read-object", "--type", "cert", "--id", key_id, "--output-file", str(certificate))
    assert certificate.read_bytes() == identity("cps3").credentials[role].certificate
    authority = next(path for path in export("cps3", tmp_path) if path.stem == "ca")
    verdict = opensc.run("openssl", "verify", "-CAfile", str(authority), str(certificate))
    assert verdict.endswith(": OK\n")


def test_public_data_is_read_without_the_pin(opensc: OpenSC, tmp_path: Path) -> None:
    value = tmp_path / "value"
    opensc.pkcs11("--read-object", "--type", "data", "--label", "CPS_INFO_PS", "--output-file", str(value))
    assert value.read_bytes().endswith(b"SM26")


@pytest.mark.usefixtures("codes")
def test_protected_data_is_read_once_the_pin_is_presented(opensc: OpenSC, tmp_path: Path) -> None:
    value = tmp_path / "value"
    arguments = ("--read-object", "--type", "data", "--label", "CPS_ACTIVITY_01_PS", "--output-file", str(value))
    opensc.pkcs11(*LOGIN, *arguments)
    assert value.read_bytes().startswith(b"\xee")


@pytest.fixture
def public_key(opensc: OpenSC, tmp_path: Path) -> str:
    """The file of the authentication public key, from the certificate that the card holds."""
    certificate, key = tmp_path / "authentication.der", tmp_path / "authentication.pem"
    opensc.pkcs11("--read-object", "--type", "cert", "--id", AUTHENTICATION_ID, "--output-file", str(certificate))
    opensc.run("openssl", "x509", "-inform", "DER", "-in", str(certificate), "-noout", "-pubkey", "-out", str(key))
    return str(key)


@pytest.mark.usefixtures("codes")
def test_a_signature_verifies_against_the_certificate_of_the_card(
    opensc: OpenSC, public_key: str, tmp_path: Path
) -> None:
    message, digest, info, signature = (tmp_path / name for name in ("message", "digest", "info", "signature"))
    message.write_text("Ordonnance fictive")
    opensc.run("openssl", "dgst", "-sha256", "-binary", "-out", str(digest), str(message))
    info.write_bytes(SHA256_DIGEST_INFO + digest.read_bytes())
    opensc.pkcs11(
        *LOGIN, "--sign", "--mechanism", "RSA-PKCS", "--id", AUTHENTICATION_ID,
        "--input-file", str(info), "--output-file", str(signature),
    )  # fmt: skip
    verdict = opensc.run(
        "openssl", "dgst", "-sha256", "-verify", public_key, "-signature", str(signature), str(message)
    )
    assert verdict == "Verified OK\n"


@pytest.mark.usefixtures("codes")
def test_what_openssl_encrypts_the_card_deciphers(opensc: OpenSC, public_key: str, tmp_path: Path) -> None:
    secret, encrypted, decrypted = (tmp_path / name for name in ("secret", "encrypted", "decrypted"))
    secret.write_text("cle de session")
    opensc.run(
        "openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", public_key, "-in", str(secret), "-out", str(encrypted)
    )
    opensc.pkcs11(
        *LOGIN, "--decrypt", "--mechanism", "RSA-PKCS", "--id", AUTHENTICATION_ID,
        "--input-file", str(encrypted), "--output-file", str(decrypted),
    )  # fmt: skip
    assert decrypted.read_bytes() == secret.read_bytes()


@pytest.mark.usefixtures("codes")
def test_a_wrong_pin_costs_one_try_and_the_right_one_gives_it_back(opensc: OpenSC, rig: Rig) -> None:
    refused = opensc.attempt("pkcs15-tool", "--aid", AID, "--verify-pin", "--auth-id", "01", "--pin", "env:WRONG_CODE")
    assert refused.returncode != 0
    assert rig.pin_tries == 2
    opensc.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "env:CODE")
    assert rig.pin_tries == 3


@pytest.mark.usefixtures("codes")
def test_the_pin_is_changed(opensc: OpenSC) -> None:
    opensc.pkcs11(*LOGIN, "--change-pin", "--new-pin", "env:OTHER_CODE")
    opensc.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "env:OTHER_CODE")


@pytest.mark.usefixtures("codes")
def test_a_blocked_pin_is_unblocked_with_the_puk(opensc: OpenSC, rig: Rig) -> None:
    wrong = ("pkcs15-tool", "--aid", AID, "--verify-pin", "--auth-id", "01", "--pin", "env:WRONG_CODE")
    for _ in range(3):
        opensc.attempt(*wrong)
    assert rig.pin_tries == 0
    opensc.pkcs15("--unblock-pin", "--auth-id", "01", "--puk", "env:UNBLOCKING_CODE", "--new-pin", "env:OTHER_CODE")
    assert rig.pin_tries == 3
    opensc.pkcs15("--verify-pin", "--auth-id", "01", "--pin", "env:OTHER_CODE")
