"""The last check of `cps diag`: the card signs random data, and its certificate verifies the signature."""

from __future__ import annotations

import os

from pkcs11.exceptions import FunctionCancelled, FunctionFailed, PinIncorrect, PinLocked, PKCS11Error

from cryptolib.cli.cards import Card, CertificateObject, Tries, fault_name
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.code import Code
from cryptolib.cli.codes.calls import session_of_holder
from cryptolib.cli.codes.entry import ask
from cryptolib.cli.codes.keypad import asked_on_reader, typed_on_reader
from cryptolib.cli.codes.kinds import Kind
from cryptolib.cli.context import Context
from cryptolib.cli.options import DiagnosisOptions
from cryptolib.cli.severity import Severity
from cryptolib.cli.signature import holds, sign


def run(context: Context, options: DiagnosisOptions, cards: list[Card]) -> list[CheckResult]:
    """Check each card with a signature key of the holder; asks for the code."""
    shown = [(card, card.authentication_certificate) for card in cards if card.code is not Tries.LOCKED]
    return [_check(context, options, card, certificate) for card, certificate in shown if certificate]


def _check(context: Context, options: DiagnosisOptions, card: Card, certificate: CertificateObject) -> CheckResult:
    if card.code is Tries.NONE:
        return check(card, certificate)
    if card.code is Tries.LAST and not options.force:
        return CheckResult("signature.last_try", Severity.WARNING)
    if typed_on_reader(context, card, options.pin_fd):
        with asked_on_reader(context, "keypad.code"):
            return check(card, certificate)
    code = ask(context, context.text("signature.prompt", label=card.label), options.pin_fd)
    return check(card, certificate, code) if code else CheckResult("signature.not_asked", Severity.INFO)


def check(card: Card, certificate: CertificateObject, code: Code | None = None) -> CheckResult:
    """Make and verify one signature; `code` is None for a key without a code, or a code typed on the reader."""
    message = os.urandom(64)
    try:
        with card.token.open() if card.code is Tries.NONE else session_of_holder(card.token, code) as session:
            signature = sign(session, certificate, message)
    except (PinIncorrect, PinLocked):
        locked = Kind.PORTEUR.tries_now(card) is Tries.LOCKED
        return CheckResult("signature.locked" if locked else "signature.refused", Severity.FAILURE)
    except (FunctionCancelled, FunctionFailed) as error:
        if code is not None or card.code is Tries.NONE:
            return CheckResult("signature.failed", Severity.FAILURE, {"detail": fault_name(error)})
        return CheckResult("signature.not_asked", Severity.INFO)
    except PKCS11Error as error:
        return CheckResult("signature.failed", Severity.FAILURE, {"detail": fault_name(error)})
    if not holds(certificate.entry.der, message, signature):
        return CheckResult("signature.wrong", Severity.FAILURE)
    return CheckResult("signature.verified", Severity.OK)
