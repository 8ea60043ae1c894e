"""The allowed results after a fault: return values by cause, right data, no lost try, old or new values.

PKCS #11 Specification 3.1, clause 5.1, for the meaning of the codes. CKR_GENERAL_ERROR is never allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.robustness.faults.cases import Case
from conformance.robustness.faults.kinds import CHANGED_CONTENT, LONGER_BY_ONE, Cause
from conformance.robustness.faults.process import Answer
from conformance.robustness.faults.runner import Observation, Undisturbed
from conformance.robustness.faults.scenarios import MESSAGE
from conformance.testbed.cards import EVERY_CARD
from conformance.testbed.cryptoki import CKM, CKR
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.virtual_card.exchange_log import Exchange

RIGHT, UNDETECTABLE, WRONG = "right", "undetectable", "wrong"

_SELECT, _READ_BINARY, _GET_RESPONSE, _GET_DATA, _OPERATION = 0xA4, 0xB0, 0xC0, 0xCB, 0x2A
_VERIFY = 0x20
_PRESENTING = (_VERIFY, 0x24, 0x2C)
_HEADER_AND_LENGTH = 5
_COUNTERS = (0x63C1, 0x6983)
"""What a card answers that is asked for its counters."""
_GONE = {CKR.DEVICE_REMOVED, CKR.TOKEN_NOT_PRESENT, CKR.SESSION_HANDLE_INVALID}
_LOGGED_OUT = {CKR.USER_NOT_LOGGED_IN, CKR.OBJECT_HANDLE_INVALID}
"""A key that needs the login says so; any other private object is not there without it (clause 5.6.6)."""

_OF_SECURITY_STATUS = (0x6982, 0x6983)
_OF_PRESENTING = {
    0x6982: {CKR.PIN_INCORRECT},
    0x63C1: {CKR.PIN_INCORRECT},
    0x6983: {CKR.PIN_LOCKED},
}
_OF_OTHER_CONTENT = {
    CKR.BUFFER_TOO_SMALL,
    CKR.KEY_TYPE_INCONSISTENT,
    CKR.KEY_FUNCTION_NOT_PERMITTED,
    CKR.KEY_SIZE_RANGE,
    CKR.MECHANISM_INVALID,
    CKR.PIN_LEN_RANGE,
    CKR.TOKEN_NOT_RECOGNIZED,
}
"""What is true of the key, the code or the card that a changed directory describes."""
_OF_ANOTHER_CODE = _OF_OTHER_CONTENT | {CKR.PIN_INCORRECT}
"""A changed directory describes another code, which is not blocked: what was presented is no code of the holder."""

_LOGIN_MAY_BE_LOST = (Cause.RESTARTED, Cause.MUTE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is the answer of the scenario, or how the worker ended."""

    case: Case
    code: str
    outcome: str
    reasons: list[str]
    """Why it is wrong, or why nobody could have noticed."""


def permitted(case: Case, exchange: Exchange, *, left: bool) -> set[CKR]:
    """The codes with which the scenario may end. `left`: the reader saw a removal and an insertion."""
    private = _LOGGED_OUT if case.what.private else set()
    match case.fault.cause:
        case Cause.LATE:
            return {CKR.OK}
        case Cause.REMOVED:
            return _GONE
        case Cause.RETURNED:
            return _GONE | ({CKR.OK} if case.what.by_slot else set())
        case Cause.RESTARTED:
            return {CKR.OK} | (private | {CKR.DEVICE_ERROR} if private else set())
        case Cause.MUTE:
            return {CKR.OK, CKR.DEVICE_ERROR} | private | (_GONE if left else set())
    codes = {CKR.OK, CKR.DEVICE_ERROR}
    if case.fault.sw in _OF_SECURITY_STATUS:
        codes |= private
    if case.kind == "one bit" and exchange.command[1] in _PRESENTING:
        # One bit distinguishes two tries left (63C2) from none (63C0).
        codes |= {CKR.PIN_INCORRECT, CKR.PIN_LOCKED}
    if case.scenario == "unblock" and exchange.command[1] == _VERIFY and _asks_for_tries(exchange):
        # An answer that is no refusal says that the code porteur has been presented, so it is not blocked.
        codes.add(CKR.PIN_INCORRECT)
    if exchange.command[1] in _PRESENTING:
        codes |= _OF_PRESENTING.get(case.fault.sw, set())
    return codes


def verdict(case: Case, undisturbed: Undisturbed, seen: Observation) -> Verdict:
    if seen.ended or seen.run is None:
        return Verdict(case, seen.ended, WRONG, [seen.ended])
    code = seen.run.code.name
    wrong, doubtful = [*_harm(case, undisturbed, seen)], [*_otherwise(case, undisturbed, seen)]
    reason = _undetectable(case, undisturbed)
    if wrong or (doubtful and not reason):
        return Verdict(case, code, WRONG, [*wrong, *doubtful])
    return Verdict(case, code, UNDETECTABLE if doubtful else RIGHT, [reason] if doubtful else [])


def _harm(case: Case, undisturbed: Undisturbed, seen: Observation) -> Iterator[str]:
    """Errors that are wrong whatever the card answered."""
    assert seen.run is not None
    if not seen.happened:
        yield "the exchange was not reached"
    (pin, puk), *later = seen.tries
    if any(pin - after > case.what.spends or puk != puk_after for after, puk_after in later):
        yield f"tries spent: {seen.tries}"
    if seen.run.code not in _permitted(case, undisturbed, seen) | _of_other_content(case):
        yield f"{seen.run.refused[0] if seen.run.refused else 'it'} answered {seen.run.code.name}"
    if seen.run.overruns:
        yield _overrun(seen.run)
    for when, answer in _later(seen):
        # A buffer that is too small leaves the operation active (clause 5.2).
        active = {CKR.OPERATION_ACTIVE} if seen.run.code == CKR.BUFFER_TOO_SMALL else set()
        allowed = _OF_OTHER_CONTENT | active
        yield from (f"{when}: {what}" for what in _harm_later(case, answer, allowed, succeeded=not seen.run.refused))


def _harm_later(case: Case, answer: Answer, allowed: set[CKR], *, succeeded: bool) -> Iterator[str]:
    if answer.overruns:
        yield _overrun(answer)
    if answer.refused and answer.code not in allowed:
        yield f"{answer.refused[0]} answered {answer.code.name}"
    facts = answer.result
    if not isinstance(facts, dict):
        return
    card = EVERY_CARD[case.card]
    signature = bytes.fromhex(facts["signature"])
    if not RECIPES[CKM.RSA_PKCS].holds(card.public_key(card.authentication), MESSAGE, signature):
        yield "a wrong signature"
    if facts["login lost"] and case.fault.cause not in _LOGIN_MAY_BE_LOST:
        yield "the login was lost"
    if case.what.data is not None:
        yield from _wrong_data(case.what.data, facts, succeeded=succeeded)


def _otherwise(case: Case, undisturbed: Undisturbed, seen: Observation) -> Iterator[str]:
    """Errors unless the card gave other valid content."""
    assert seen.run is not None
    if seen.run.wrong:
        yield f"malformed: {seen.run.wrong}"
    elif seen.run.refused and seen.run.code in _of_other_content(case) - _permitted(case, undisturbed, seen):
        yield f"{seen.run.refused[0]} answered {seen.run.code.name}"
    elif not seen.run.refused and not case.what.right(EVERY_CARD[case.card], seen.run.result, undisturbed.result):
        yield "OK with a wrong result"
    for when, answer in _later(seen):
        if answer.wrong:
            yield f"{when}: malformed: {answer.wrong}"
        if answer.refused and answer.code in _OF_OTHER_CONTENT:
            yield f"{when}: {answer.refused[0]} answered {answer.code.name}"
        if isinstance(answer.result, dict):
            names = ("certificate", "token")
            yield from (f"{when}: another {one}" for one in names if answer.result[one] != undisturbed.next[one])


def _permitted(case: Case, undisturbed: Undisturbed, seen: Observation) -> set[CKR]:
    return permitted(case, undisturbed.exchanges[case.exchange], left=seen.left)


def _of_other_content(case: Case) -> set[CKR]:
    return _OF_ANOTHER_CODE if case.scenario == "unblock" else _OF_OTHER_CONTENT


def _later(seen: Observation) -> Iterator[tuple[str, Answer]]:
    if seen.next is not None:
        yield "afterwards", seen.next
    if seen.again is not None:
        yield "at the next start", seen.again


def _overrun(answer: Answer) -> str:
    return f"written beyond the buffer: {', '.join(sorted(set(answer.overruns)))}"


def _wrong_data(data: tuple[bytes, bytes], facts: dict[str, object], *, succeeded: bool) -> Iterator[str]:
    """CPS_DATA must be the old value, the new one, or reported as damaged; the new one after a success."""
    old, new = (value.hex() for value in data)
    if facts["data"] not in ({new} if succeeded else {old, new, None}):
        yield (
            "CPS_DATA is neither the old value nor the new one" if facts["data"] != old else "CPS_DATA was not written"
        )
    if facts["data written again"] != new:
        yield "CPS_DATA is not written the next time"


def _asks_for_tries(exchange: Exchange) -> bool:
    return exchange.command[1] in _PRESENTING and len(exchange.command) <= _HEADER_AND_LENGTH


def _undetectable(case: Case, undisturbed: Undisturbed) -> str:
    """Why a wrong answer cannot be detected; empty if it can."""
    exchange = undisturbed.exchanges[case.exchange]
    ins = exchange.command[1]
    if ins == _GET_RESPONSE:
        ins = undisturbed.exchanges[case.exchange - 1].command[1]
    if _asks_for_tries(exchange) and case.fault.sw in _COUNTERS:
        return "a counter has no check value"
    plaintext = EVERY_CARD[case.card].pads_blocks and "decrypt" in case.scenario and ins == _OPERATION
    if plaintext and case.kind in (*CHANGED_CONTENT, LONGER_BY_ONE):
        return "the card gives a text without its padding"
    if case.kind not in CHANGED_CONTENT:
        return ""
    if ins in (_READ_BINARY, _SELECT):
        return "a file has no check value"
    if ins == _GET_DATA or _asks_for_tries(exchange):
        return "a counter has no check value"
    return ""
