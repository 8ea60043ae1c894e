"""Signs `message.pdf` into `signed.pdf` with pyHanko's library and RSA-PSS; a program.

pyHanko would take the longest salt that fits the key, the card has one as long as the digest: hence the mechanism.
Reads the path of the module and the code porteur as two lines on standard input.
"""

import sys
from pathlib import Path

import pkcs11
from asn1crypto.algos import DigestAlgorithm, MaskGenAlgorithm, RSASSAPSSParams, SignedDigestAlgorithm
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer

PSS = SignedDigestAlgorithm(
    {
        "algorithm": "rsassa_pss",
        "parameters": RSASSAPSSParams(
            {
                "hash_algorithm": DigestAlgorithm({"algorithm": "sha256"}),
                "mask_gen_algorithm": MaskGenAlgorithm(
                    {"algorithm": "mgf1", "parameters": DigestAlgorithm({"algorithm": "sha256"})}
                ),
                "salt_length": 32,
            }
        ),
    }
)


def main() -> None:
    module, pin = (sys.stdin.readline().rstrip("\n") for _ in range(2))
    about = PdfSignatureMetadata("Signature", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    (token,) = pkcs11.lib(module).get_tokens()
    with token.open(user_pin=pin) as session, Path("message.pdf").open("rb") as document:
        card = PKCS11Signer(
            session, cert_label="Certificat de Signature CPS", key_label="CPS_PRIV_SIG", signature_mechanism=PSS
        )
        with Path("signed.pdf").open("wb") as signed:
            PdfSigner(about, card).sign_pdf(IncrementalPdfFileWriter(document), output=signed)


main()
