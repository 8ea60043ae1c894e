"""pyHanko: a PDF signed with the signature key as PAdES wants it (ETSI EN 319 142-1), judged by three programs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from conformance.clients.story import ByNature, Story, expect
from conformance.clients.support.client_environment import World
from conformance.testbed.documented_commands import blocks

_CLIENT = "pyHanko"
_PROGRAM = Path(__file__).parent / "programs" / "sign_pdf.py"
_TEXT = b"Repos et grand air"
_PAGE = b"BT /F1 24 Tf 72 720 Td (%s) Tj ET" % _TEXT
_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(_PAGE), _PAGE),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


def recipe(world: World) -> None:
    """As docs/clients/pdf.md tells; the code porteur is typed."""
    _document(world)
    world.run("bash", "-euc", _script(0), feed=f"{world.pin}\n", env={"MODULE": world.module})
    _judge(world, "sha256_rsa")
    signed = _signed(world)
    signed.write_bytes(signed.read_bytes().replace(_TEXT, b"Repos et petit air"))
    said = _validate(world, fails=True)
    expect("The signature is cryptographically unsound." in said, said)


def pss(world: World) -> None:
    _document(world)
    told = f"{world.module}\n{world.pin}\n"
    if world.card.generation == "CPS3":
        said = world.run(sys.executable, "-P", _PROGRAM, feed=told, fails=True)
        expect("pkcs11.exceptions.MechanismInvalid" in said, said)
        raise ByNature("this chip does not have RSA-PSS")
    world.run(sys.executable, "-P", _PROGRAM, feed=told)
    _judge(world, "rsassa_pss")


def _document(world: World) -> Path:
    """One page, in as little PDF as there can be (ISO 32000-1)."""
    content, places = b"%PDF-1.7\n", []
    for number, described in enumerate(_OBJECTS, 1):
        places.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj%s\nendobj\n" % (number, described)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + b"".join(places)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, len(content))
    path = world.directory / "message.pdf"
    path.write_bytes(content + table + trailer)
    return path


def _judge(world: World, mechanism: str) -> None:
    """pyHanko, poppler, which finds the signature by itself, and OpenSSL, which knows nothing of PDF."""
    document, said = _signed(world), _validate(world)
    expect("The signer's certificate is trusted." in said and f"mechanism used was '{mechanism}'." in said, said)
    for verdict in ("is cryptographically sound.", "covers the entire file.", "is judged VALID."):
        expect(f"The signature {verdict}" in said, said)
    said = world.run("pdfsig", document)
    for verdict in ("Signature Type: ETSI.CAdES.detached", "Total document signed", "Signature is Valid."):
        expect(verdict in said, said)
    world.run("pdfsig", "-dump", document)
    taken, covered = world.directory / "signed.pdf.sig0", world.directory / "covered"
    covered.write_bytes(_covered(document.read_bytes()))
    signer, expected = world.directory / "signer.pem", world.card.issued(world.card.signature)
    world.run(
        "openssl", "cms", "-verify", "-inform", "DER", "-in", taken, "-content", covered, "-binary",
        "-CAfile", world.cards_authority, "-signer", signer, "-out", world.directory / "verified",
    )  # fmt: skip
    expect(signer.read_text() == world.authority.file("expected.pem", expected).read_text(), "another certificate")


def _covered(document: bytes) -> bytes:
    found = re.search(rb"/ByteRange ?\[(\d+) (\d+) (\d+) (\d+)", document)
    expect(found is not None, "no /ByteRange")
    assert found
    first, length, second, rest = (int(number) for number in found.groups())
    return document[first : first + length] + document[second : second + rest]


def _signed(world: World) -> Path:
    return world.directory / "signed.pdf"


def _validate(world: World, *, fails: bool = False) -> str:
    return world.run("bash", "-euc", _script(1).replace("authority.pem", str(world.cards_authority)), fails=fails)


def _script(number: int) -> str:
    return blocks("PDF", "sh", "docs/clients/pdf.md")[number].replace(
        "pyhanko", str(Path(sys.executable).with_name("pyhanko")), 1
    )


STORIES = (
    Story(_CLIENT, "a PDF signed as docs/clients/pdf.md tells, judged by three", recipe),
    Story(_CLIENT, "a PDF signed by its library with RSA-PSS, judged by three", pss),
)
