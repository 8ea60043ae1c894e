"""`cps sign` and `cps verify`: what one signs OpenSSL and pdfsig verify, and the other verifies what OpenSSL signs."""

import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.testbed.cards import CARDS, PIN, WRONG_PIN, Card
from conformance.testbed.cps_command import (
    BLOCKED,
    FAILURE,
    NO_CARD,
    OK,
    REFUSED,
    WARNING,
    WRONG_CODE,
    Answer,
    Cps,
    at_a_terminal,
    give_wrong_code,
    in_one_line,
)
from conformance.testbed.rig import Rig
from conformance.testbed.signatures import authority_of, openssl, openssl_verifies, pdf_document


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Larger than a block of any hash function, and with bytes of every value."""
    path = tmp_path / "document.bin"
    path.write_bytes(bytes(range(256)) * 1000)
    return path


def sign(cps: Cps, *arguments: str | Path, code: bytes = PIN) -> Answer:
    return cps("sign", *map(str, arguments), "--pin-fd", "0", typed=f"{code.decode()}\n")


def verify(cps: Cps, *arguments: str | Path) -> Answer:
    return cps("verify", *map(str, arguments))


def checks(cps: Cps, *arguments: str | Path) -> dict[str, str]:
    """The checks of the only signature, and their results."""
    (signature,) = verify(cps, *arguments, "--json").facts["signatures"]
    return {each["check"]: each["severity"] for each in signature["checks"]}


# --- beside the file


def test_openssl_verifies_what_the_card_signs(cps: Cps, card: Card, document: Path, tmp_path: Path) -> None:
    answer = sign(cps, document)
    signature = document.with_name("document.bin.p7s")
    assert (answer.code, answer.complaint, "✔ OK Signé par" in answer.text) == (OK, "", True)
    authority = authority_of(card.name, tmp_path)
    assert openssl_verifies(signature, document, authority)
    printed = openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", signature).stdout
    for attribute in ("id-smime-aa-signingCertificateV2", "signingTime", "messageDigest", "contentType"):
        assert attribute in printed
    answer = verify(cps, document, "--authority", authority)
    assert (answer.code, "✔ OK le fichier est tel qu'il a été signé" in in_one_line(answer.text)) == (OK, True)
    document.write_bytes(b"another document")
    assert not openssl_verifies(signature, document, authority)
    assert checks(cps, document, "--authority", authority)["document.content"] == "failure"


def test_it_is_signed_with_the_signature_key_and_for_programs(cps: Cps, card: Card, document: Path) -> None:
    target = document.with_name("elsewhere.p7s")
    answer = sign(cps, document, "--save", target, "--json").facts
    assert (answer["signature"], answer["form"]) == (str(target), "cades")
    certificates = openssl("pkcs7", "-inform", "DER", "-in", target, "-print_certs").stdout
    begin = certificates.index("-----BEGIN")
    end = certificates.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")
    assert ssl.PEM_cert_to_DER_cert(certificates[begin:end]) == card.issued(card.signature)


def test_without_the_authority_the_signer_is_shown_and_that_nobody_vouches(
    cps: Cps, card: Card, document: Path, tmp_path: Path
) -> None:
    sign(cps, document)
    answer = verify(cps, document)
    assert (answer.code, "Autorité ▲ ATTENTION non vérifiée" in in_one_line(answer.text)) == (WARNING, True)
    assert "Révocation • INFO non vérifiée" in in_one_line(answer.text)
    other = self_signed(tmp_path, "other", "-newkey", "rsa:2048")
    assert checks(cps, document, "--authority", other)["authority.unknown_authority"] == "failure"


def test_nothing_is_written_over_and_no_code_asked_for_then(cps: Cps, card: Card, rig: Rig, document: Path) -> None:
    assert sign(cps, document).code == OK
    signature = document.with_name("document.bin.p7s")
    before = signature.read_bytes()
    assert (sign(cps, document, code=WRONG_PIN).code, rig.pin_tries) == (REFUSED, 3)
    assert signature.read_bytes() == before
    assert sign(cps, document.with_name("missing"), code=WRONG_PIN).code == FAILURE
    assert rig.pin_tries == 3


def test_a_wrong_code_costs_a_try_and_a_blocked_one_signs_nothing(
    cps: Cps, card: Card, rig: Rig, document: Path
) -> None:
    assert (sign(cps, document, code=WRONG_PIN).code, rig.pin_tries) == (WRONG_CODE, 2)
    while rig.pin_tries:
        give_wrong_code(rig.env)
    assert sign(cps, document).code == BLOCKED
    assert not document.with_name("document.bin.p7s").exists()


def test_the_code_is_typed_at_the_terminal(cps: Cps, card: Card, document: Path) -> None:
    code, shown = at_a_terminal(cps, "sign", str(document), answers=[("Code porteur : ", PIN.decode())])
    assert (code, "Signé par" in shown) == (OK, True)


def test_cards_without_a_signature_key_are_refused(cps: Cps, reader: Rig, document: Path) -> None:
    reader.insert("cps3cl")
    assert cps("sign", str(document)).code == FAILURE
    reader.remove()
    assert cps("sign", str(document)).code == NO_CARD


# --- signatures of other programs


def self_signed(folder: Path, name: str, *key: str, usage: str = "") -> Path:
    """A certificate in PEM, its key beside it."""
    settings = folder / f"{name}.cnf"
    extensions = f"keyUsage = {usage}\n" if usage else ""
    settings.write_text(
        "[req]\ndistinguished_name = none\nx509_extensions = own\n[none]\n"
        f"[own]\nbasicConstraints = CA:FALSE\n{extensions}"
    )
    made = openssl(
        "req", "-x509", "-nodes", "-config", settings, *key, "-keyout", folder / f"{name}.key",
        "-out", folder / f"{name}.pem", "-subj", "/C=FR/CN=Essai", "-days", "30",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return folder / f"{name}.pem"


@pytest.mark.parametrize(
    ("key", "options"),
    [
        (("-newkey", "rsa:2048"), ()),
        (("-newkey", "rsa:2048"), ("-keyopt", "rsa_padding_mode:pss")),
        (("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), ()),
        (("-newkey", "rsa:2048"), ("-md", "sha512", "-outform", "PEM")),
    ],
    ids=["RSA", "PSS", "ECDSA", "SHA-512 in PEM"],
)
def test_what_openssl_signs_holds(
    cps: Cps, document: Path, tmp_path: Path, key: tuple[str, ...], options: tuple[str, ...]
) -> None:
    signer = self_signed(tmp_path, "signer", *key, usage="nonRepudiation")
    signature = document.with_name("document.bin.p7s")
    form = () if "-outform" in options else ("-outform", "DER")
    made = openssl(
        "cms", "-sign", "-cades", "-binary", "-in", document, "-signer", signer, "-inkey", signer.with_suffix(".key"),
        "-out", signature, *form, *options,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert checks(cps, document, "--authority", signer) == {
        "document.holds": "ok", "authority.trusted": "ok", "revocation.not_checked": "info",
    }  # fmt: skip
    assert verify(cps, document, "--authority", signer).code == OK


def test_a_certificate_that_is_not_for_signatures_is_reported(cps: Cps, document: Path, tmp_path: Path) -> None:
    signer = self_signed(tmp_path, "signer", "-newkey", "rsa:2048", usage="digitalSignature")
    signature = document.with_name("other.p7s")
    openssl(
        "cms", "-sign", "-binary", "-in", document, "-signer", signer, "-inkey", signer.with_suffix(".key"),
        "-outform", "DER", "-out", signature,
    )  # fmt: skip
    answer = checks(cps, document, "--signature", signature, "--authority", signer)
    assert (answer["document.holds"], answer["purpose.other"]) == ("ok", "warning")


@pytest.mark.parametrize("options", [("-md", "sha1"), ("-noattr",)], ids=["SHA-1", "no attributes"])
def test_a_kind_of_signature_that_proves_little_is_refused(
    cps: Cps, document: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    signer = self_signed(tmp_path, "signer", "-newkey", "rsa:2048")
    signature = document.with_name("document.bin.p7s")
    openssl(
        "cms", "-sign", "-binary", "-in", document, "-signer", signer, "-inkey", signer.with_suffix(".key"),
        "-outform", "DER", "-out", signature, *options,
    )  # fmt: skip
    assert checks(cps, document, "--authority", signer)["document.algorithm"] == "failure"


def test_damage_is_reported(cps: Cps, card: Card, document: Path, tmp_path: Path) -> None:
    assert (verify(cps, document).code, verify(cps, tmp_path / "missing").code) == (FAILURE, FAILURE)
    sign(cps, document)
    signature = document.with_name("document.bin.p7s")
    content = signature.read_bytes()
    signature.write_bytes(content[:-1] + bytes((content[-1] ^ 1,)))
    assert checks(cps, document)["document.wrong"] == "failure"
    for broken in (b"", b"not a signature", content[:100], bytes(1000)):
        signature.write_bytes(broken)
        answer = verify(cps, document)
        assert (answer.code, answer.complaint, "n'est pas une signature" in in_one_line(answer.text)) == (
            FAILURE,
            "",
            True,
        )
    assert verify(cps, document, "--authority", document).code == FAILURE


# --- in a PDF


def test_pdfsig_verifies_a_signature_in_a_pdf(cps: Cps, card: Card, tmp_path: Path) -> None:
    document = pdf_document(tmp_path / "ordonnance.pdf")
    assert sign(cps, document, "--json").facts["form"] == "pades"
    signed = tmp_path / "ordonnance-signed.pdf"
    said = subprocess.run(["pdfsig", "-nocert", str(signed)], capture_output=True, text=True, timeout=60).stdout
    for wanted in ("Signature Type: ETSI.CAdES.detached", "Total document signed", "Signature is Valid."):
        assert wanted in said, said
    authority = authority_of(card.name, tmp_path)
    assert checks(cps, signed, "--authority", authority)["document.holds"] == "ok"
    assert verify(cps, signed, "--authority", authority).code == OK
    assert verify(cps, document).code == FAILURE  # nobody signed that one
    content = signed.read_bytes()
    signed.write_bytes(content.replace(b"72 720", b"72 700", 1))
    assert checks(cps, signed, "--authority", authority)["document.content"] == "failure"


def test_a_second_signature_leaves_the_first_as_it_is(cps: Cps, card: Card, tmp_path: Path) -> None:
    document = pdf_document(tmp_path / "ordonnance.pdf")
    sign(cps, document)
    assert sign(cps, tmp_path / "ordonnance-signed.pdf").code == OK
    twice = tmp_path / "ordonnance-signed-signed.pdf"
    answer = verify(cps, twice, "--authority", authority_of(card.name, tmp_path), "--json").facts["signatures"]
    assert [each["checks"][0]["check"] for each in answer] == ["document.holds", "document.holds"]


def test_a_pdf_without_pyhanko(cps: Cps, card: Card, rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "pyhanko.py").write_text("raise ImportError\n")
    document = pdf_document(tmp_path / "ordonnance.pdf")
    typed = f"{WRONG_PIN.decode()}\n"
    answer = cps("sign", str(document), "--pin-fd", "0", typed=typed, PYTHONPATH=str(tmp_path))
    assert (answer.code, rig.pin_tries) == (REFUSED, 3)
    assert f"« {sys.executable} -m pip install 'cryptolib-cps[pdf]' »" in in_one_line(answer.text)
    assert cps("verify", str(document), PYTHONPATH=str(tmp_path)).code == REFUSED
    typed = f"{PIN.decode()}\n"
    beside = cps("sign", str(document), "--detached", "--pin-fd", "0", typed=typed, PYTHONPATH=str(tmp_path))
    assert beside.code == OK
    assert openssl_verifies(tmp_path / "ordonnance.pdf.p7s", document, authority_of(card.name, tmp_path))


def test_what_only_looks_like_a_pdf(cps: Cps, card: Card, tmp_path: Path) -> None:
    document = tmp_path / "ordonnance.pdf"
    document.write_bytes(b"%PDF-1.7\nnothing of the kind")
    assert (sign(cps, document).code, verify(cps, document).code) == (FAILURE, FAILURE)
    assert list(tmp_path.iterdir()) == [document]


def test_every_card_signs(cps: Cps, reader: Rig, document: Path, tmp_path: Path) -> None:
    for profile in CARDS:
        for holder in ("pharmacist", "cpf", "cpe", "cpe-service", "cpa"):
            card = f"{profile}:{holder}"
            reader.insert(card)
            signature = tmp_path / f"{profile}-{holder}.p7s"
            assert sign(cps, document, "--save", signature).code == OK
            assert openssl_verifies(signature, document, authority_of(card, tmp_path))
