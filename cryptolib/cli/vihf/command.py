"""`cps vihf`: the signed assertion that DMP and TLSi require with each request."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptolib.cli.card_choice import one_card
from cryptolib.cli.codes.login import holder_session
from cryptolib.cli.contents import contents
from cryptolib.cli.context import Context
from cryptolib.cli.exit_codes import Exit
from cryptolib.cli.failure import Failure
from cryptolib.cli.files import PRIVATE, require_absent, write_new
from cryptolib.cli.options import VihfOptions
from cryptolib.cli.severity import Severity
from cryptolib.cli.signature import sign, signature_certificate
from cryptolib.cli.user_choice import choose
from cryptolib.cli.vihf.assertion import Additions, Content, Role, Shape, assertion, content, takes
from cryptolib.cli.vihf.xml import canonical
from cryptolib.cli.vihf.xml_signature import signed
from cryptolib.metier import card as metier
from cryptolib.metier.codes import Code
from cryptolib.metier.family import Family
from cryptolib.metier.tables import TABLES


def run(context: Context, options: VihfOptions) -> Exit:
    additions, shape = _additions(options), Shape(options.shape)
    if options.save is not None:
        require_absent(options.save)
    _, card = one_card(context, options.reader)
    signer = signature_certificate(card)
    assert signer.entry.certificate
    # Before anybody is asked for the code.
    _require_taken(shape, signer.entry.certificate.family)
    with holder_session(context, card, options) as session, context.output.working(context.text("working.signing")):
        held = contents(card, session)
        _require_taken(shape, held.family)
        practice = _practice(context, held, options.situation)
        said = _content(shape, held, practice, additions)
        unsigned = assertion(said, signer.entry.certificate, datetime.now(UTC))
        whole = signed(unsigned, signer.entry.der, lambda message: sign(session, signer, message))
    return _show(context, options, said, practice, canonical(whole))


def _require_taken(shape: Shape, family: Family | None) -> None:
    if not takes(shape, family):
        raise Failure("failure.vihf_family", family=family)


def _additions(options: VihfOptions) -> Additions:
    """Raises Failure for a value of a wrong form."""
    pairs = [each.partition("=") for each in options.attribute or ()]
    if any(not name or not value for name, _, value in pairs):
        raise Failure("failure.attribute", Exit.USAGE)
    roles = tuple(_role(each) for each in options.role or ())
    return Additions(options.patient or "", roles, {name: value for name, _, value in pairs})


def _role(given: str) -> Role:
    """`code^OID`, with the label if the nomenclature is ours."""
    code, _, system = given.partition("^")
    if not code or not system:
        raise Failure("failure.role", Exit.USAGE, role=given)
    table = next((name for name, each in TABLES.items() if each.oid == system), "")
    return Role(code, system, Code(code, table).label or code)


def _practice(context: Context, held: metier.Card, number: int | None) -> metier.Practice | None:
    """The practice with this number, or the only one. A holder of several must choose (DMP, EX_GEN-1370)."""
    found = {each.number: each for each in held.practices}
    if number is None and len(found) <= 1:
        return next(iter(found.values()), None)
    names = [f"{each.number} {each.situation.structure_name or ''}".strip() for each in found.values()]
    if number is None:
        chosen = choose(context, context.text("vihf.situation"), names, of_card=True)
        number = None if chosen is None else [*found][chosen]
    if number in found:
        return found[number]
    raise Failure("failure.situation" if found else "failure.no_situation", Exit.USAGE, situations=" ; ".join(names))


def _content(shape: Shape, held: metier.Card, practice: metier.Practice | None, additions: Additions) -> Content:
    try:
        said = content(shape, held, practice, additions)
    except ValueError as error:
        raise Failure("failure.attribute_of_card", Exit.USAGE, name=error) from error
    if said.missing:
        raise Failure("failure.incomplete", missing=", ".join(said.missing))
    return said


def _show(context: Context, options: VihfOptions, said: Content, practice: metier.Practice | None, text: str) -> Exit:
    if options.save is not None:
        write_new(options.save, text.encode(), PRIVATE)
    if context.json:
        context.output.json(
            {
                "shape": said.shape,
                "situation": practice.number if practice else None,
                "missing": list(said.missing_software),
                "saved": str(options.save) if options.save else None,
                "assertion": text,
            }
        )
    elif options.save is None:
        context.output.exact(text)
    else:
        context.output.line(context.text("vihf.saved", path=options.save), Severity.OK)
    if not said.missing_software:
        return Exit.OK
    if not context.json:
        missing = context.text("vihf.missing", names=", ".join(said.missing_software))
        context.output.notice(f"{missing}\n{context.text('advice.vihf.missing')}")
    return Exit.WARNING
