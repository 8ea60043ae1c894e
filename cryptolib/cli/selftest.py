"""`cps selftest`: tests the services of the card one by one with their times, as « Test des services » of CPS
Gestion.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from pkcs11 import Attribute, Mechanism, ObjectClass, VerifyMixin
from pkcs11.exceptions import PKCS11Error

from cryptolib.cli.card_choice import one_card
from cryptolib.cli.cards import Card, CertificateObject, fault_name
from cryptolib.cli.check_result import CheckResult
from cryptolib.cli.codes.login import holder_session
from cryptolib.cli.contents import data_objects
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.options import CodeOptions
from cryptolib.cli.severity import Severity, worst
from cryptolib.cli.signature import digest_info, holds, sign

if TYPE_CHECKING:
    from pkcs11 import Session

RANDOM_BITS = 256


class _Wrong(Exception):
    """A service answered wrongly; the text is a message key."""


def run(context: Context, options: CodeOptions) -> Exit:
    reader, card = one_card(context, options.reader)
    with (
        holder_session(context, card, options) as session,
        context.output.working(context.text("working.testing")),
    ):
        results = list(_results(context, session, card))
    if context.json:
        steps = [{**each.values, **each.facts(context.messages)} for each in results]
        context.output.json({"reader": reader.name, "steps": steps})
    else:
        title = context.text("reader.title", name=reader.name)
        context.output.panel(title, [each.line(context.messages) for each in results])
    return worst([each.severity for each in results])


def _results(context: Context, session: Session, card: Card) -> Iterator[CheckResult]:
    messages = context.messages
    yield _timed(messages.text("selftest.random"), lambda: _random(session))
    yield _timed(messages.text("selftest.find"), lambda: _find(session), "selftest.found")
    yield _timed(messages.text("selftest.read"), lambda: _read(session))
    for certificate in card.certificates:
        key, label = _Key(session, certificate), certificate.entry.label
        yield _timed(messages.text("selftest.sign", label=label), key.sign)
        if key.signature:
            yield _timed(messages.text("selftest.verify", label=label), key.verify)


def _timed(title: str, step: Callable[[], int], done: str = "selftest.done") -> CheckResult:
    """Run `step`, which returns a number for the message, and measure its time."""
    start = perf_counter()
    try:
        count = step()
    except _Wrong as error:
        return CheckResult(str(error), Severity.FAILURE, title=title)
    except PKCS11Error as error:
        return CheckResult("selftest.failed", Severity.FAILURE, {"detail": fault_name(error)}, title)
    milliseconds = round((perf_counter() - start) * 1000)
    return CheckResult(done, Severity.OK, {"count": count, "milliseconds": milliseconds}, title)


def _random(session: Session) -> int:
    """Fails if two answers are equal."""
    first, second = (session.generate_random(RANDOM_BITS) for _ in range(2))
    if first == second or len(first) != RANDOM_BITS // 8:
        raise _Wrong("selftest.not_random")
    return len(first) + len(second)


def _find(session: Session) -> int:
    return sum(1 for _ in session.get_objects())


def _read(session: Session) -> int:
    return sum(map(len, data_objects(session).values()))


class _Key:
    """A private key, tested with one message."""

    def __init__(self, session: Session, certificate: CertificateObject) -> None:
        self._session, self._certificate = session, certificate
        self._message = os.urandom(64)
        self.signature = b""

    def sign(self) -> int:
        self.signature = sign(self._session, self._certificate, self._message)
        return len(self.signature)

    def verify(self) -> int:
        """Verify with the module and with the certificate."""
        wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: self._certificate.id}
        for key in list(self._session.get_objects(wanted)):
            assert isinstance(key, VerifyMixin)
            if not key.verify(digest_info(self._message), self.signature, mechanism=Mechanism.RSA_PKCS):
                raise _Wrong("signature.wrong")
        if not holds(self._certificate.entry.der, self._message, self.signature):
            raise _Wrong("signature.wrong")
        return len(self.signature)
