"""Signatures in a PDF (PAdES, ETSI EN 319 142-1) with the optional package pyHanko."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.files import unusable
from cryptolib.cli.signing.cms import Signature

_FIELD = "Signature"


def is_pdf(path: Path) -> bool:
    """True for a PDF, by its first bytes. Raises Failure when the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(5) == b"%PDF-"
    except OSError as error:
        raise unusable(path, error) from error


def available() -> bool:
    """True if pyHanko is installed."""
    try:
        import pyhanko.sign  # noqa: F401 (the import is the test)
    except ImportError:
        return False
    return True


def require() -> None:
    """Raises Failure without pyHanko. The Python of the packages has no pip to install it with."""
    if not available():
        key = "failure.no_pyhanko" if find_spec("pip") else "failure.no_pyhanko_in_package"
        raise Failure(key, Exit.REFUSED, python=sys.executable)


def signed(path: Path, certificate: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The document with one more signature.

    :param sign: returns the RSA signature with SHA-256 of its argument.
    """
    from asn1crypto import algos, x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    class CardSigner(signers.Signer):  # type: ignore[misc]  # untyped package
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            assert digest_algorithm == "sha256"
            key = self.signing_cert.public_key
            return bytes(key.byte_size) if dry_run else sign(data)

    signer = CardSigner(
        signing_cert=x509.Certificate.load(certificate),
        signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
    )
    try:
        writer = IncrementalPdfFileWriter(BytesIO(path.read_bytes()), strict=False)
        name = _free_field(writer)
        about = signers.PdfSignatureMetadata(field_name=name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
        return bytes(signers.PdfSigner(about, signer).sign_pdf(writer).getvalue())
    except PdfError as error:
        raise Failure("failure.pdf", path=path, detail=error) from error


def signatures(path: Path) -> list[Signature]:
    """All signatures in the document. One that does not cover the whole file is valid but `partial`."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    def signature(embedded: Any, last: bool) -> Signature:
        try:
            # `trust.py` decides on trust, as for other files.
            status = validate_pdf_signature(embedded, ValidationContext(trust_roots=[], allow_fetching=False))
        except SignatureValidationError:
            return Signature("damaged", None, None, ())
        problem = "" if status.intact and status.valid else "wrong" if status.intact else "content"
        if not problem and last and status.coverage.name != "ENTIRE_FILE":
            problem = "partial"
        others = tuple(bytes(each.dump()) for each in embedded.other_embedded_certs)
        return Signature(problem, bytes(status.signing_cert.dump()), status.signer_reported_dt, others)

    try:
        found = PdfFileReader(BytesIO(path.read_bytes()), strict=False).embedded_signatures
        return [signature(each, last=each is found[-1]) for each in found]
    except (PdfError, ValueError) as error:
        raise Failure("failure.pdf", path=path, detail=error) from error


def _free_field(writer: Any) -> str:
    """A field name that is not used in the document."""
    taken = {each.field_name for each in writer.prev.embedded_signatures}
    names = (_FIELD, *(f"{_FIELD}{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
