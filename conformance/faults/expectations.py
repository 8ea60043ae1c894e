"""What may come of a fault: the codes for each cause, right results, no try that nobody spent, values old or new.

PKCS #11 Specification 3.1, clause 5.1, for the meaning of the codes. CKR_GENERAL_ERROR stands nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.cryptoki import CKM, CKR
from conformance.faults.application import MATRIX_CARDS
from conformance.faults.cases import Case
from conformance.faults.kinds import CHANGED_CONTENT, Cause
from conformance.faults.runner import Observation, Undisturbed
from conformance.faults.scenarios import MESSAGE
from conformance.suites.recipes import RECIPES
from conformance.vcard.exchange_log import Exchange

RIGHT, UNDETECTABLE, WRONG = "right", "undetectable", "wrong"

_SELECT, _READ_BINARY, _GET_RESPONSE, _GET_CHALLENGE, _OPERATION = 0xA4, 0xB0, 0xC0, 0x84, 0x2A
_PRESENTING = (0x20, 0x24, 0x2C)
_DECIPHER = bytes.fromhex("8086")
_GONE = {CKR.DEVICE_REMOVED, CKR.TOKEN_NOT_PRESENT, CKR.SESSION_HANDLE_INVALID}
_OF_PRESENTING = {
    0x6982: {CKR.PIN_INCORRECT},
    0x63C1: {CKR.PIN_INCORRECT},
    0x6983: {CKR.PIN_LOCKED},
}
_LOGIN_MAY_BE_LOST = (Cause.RESTARTED, Cause.MUTE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is what the scenario answered, or how the worker ended."""

    case: Case
    code: str
    outcome: str
    reasons: list[str]
    """Why it is wrong, or why nobody could have told."""


def permitted(case: Case, exchange: Exchange, *, left: bool) -> set[CKR]:
    """The codes with which the scenario may end. `left`: the reader took the card for one that was put in anew."""
    private = {CKR.USER_NOT_LOGGED_IN} if case.what.private else set()
    match case.fault.cause:
        case Cause.LATE:
            return {CKR.OK}
        case Cause.REMOVED:
            return _GONE
        case Cause.RETURNED:
            return _GONE | ({CKR.OK} if case.what.by_slot else set())
        case Cause.RESTARTED:
            return {CKR.OK} | (private and private | {CKR.DEVICE_ERROR})
        case Cause.MUTE:
            return {CKR.OK, CKR.DEVICE_ERROR} | private | (_GONE if left else set())
    codes = {CKR.OK, CKR.DEVICE_ERROR}
    if case.fault.sw == 0x6982:
        codes |= private
    if exchange.command[1] in _PRESENTING:
        codes |= _OF_PRESENTING.get(case.fault.sw, set())
    return codes


def verdict(case: Case, undisturbed: Undisturbed, seen: Observation) -> Verdict:
    if seen.ended or seen.run is None:
        return Verdict(case, seen.ended, WRONG, [seen.ended])
    wrong = [*_wrong_run(case, undisturbed, seen), *_wrong_tries(case, seen)]
    wrong_data = [*_wrong_result(case, undisturbed, seen), *_wrong_next(case, undisturbed, seen)]
    code = seen.run.code.name
    if wrong:
        return Verdict(case, code, WRONG, [*wrong, *wrong_data])
    if not wrong_data:
        return Verdict(case, code, RIGHT, [])
    reason = _undetectable(case, undisturbed)
    return Verdict(case, code, UNDETECTABLE if reason else WRONG, [reason] if reason else wrong_data)


def _wrong_run(case: Case, undisturbed: Undisturbed, seen: Observation) -> Iterator[str]:
    assert seen.run is not None
    if not seen.happened:
        yield "the exchange was not reached"
    for answer, when in ((seen.run, ""), (seen.next, " afterwards")):
        if answer is not None and answer.overruns:
            yield f"written beyond the buffer{when}: {', '.join(sorted(set(answer.overruns)))}"
    exchange = undisturbed.exchanges[case.exchange]
    if seen.run.refused and seen.run.code not in permitted(case, exchange, left=seen.left):
        yield f"{seen.run.refused[0]} answered {seen.run.code.name}"
    if not seen.run.refused and CKR.OK not in permitted(case, exchange, left=seen.left):
        yield "it answered OK"


def _wrong_tries(case: Case, seen: Observation) -> Iterator[str]:
    (pin, puk), *later = seen.tries
    spent = [pin - after <= case.what.spends for after, _ in later]
    if not all(spent) or any(after != puk for _, after in later):
        yield f"tries spent: {seen.tries}"


def _wrong_result(case: Case, undisturbed: Undisturbed, seen: Observation) -> Iterator[str]:
    assert seen.run is not None
    if seen.run.wrong:
        yield f"malformed: {seen.run.wrong}"
    elif not seen.run.refused and not case.what.right(MATRIX_CARDS[case.card], seen.run.result, undisturbed.result):
        yield "OK with a wrong result"


def _wrong_next(case: Case, undisturbed: Undisturbed, seen: Observation) -> Iterator[str]:
    """What was wrong with the next operations."""
    assert seen.next is not None and seen.run is not None
    if seen.next.wrong:
        yield f"afterwards malformed: {seen.next.wrong}"
    if seen.next.refused:
        yield f"afterwards {seen.next.refused[0]} answered {seen.next.code.name}"
    told = seen.next.result
    if not isinstance(told, dict):
        return
    card = MATRIX_CARDS[case.card]
    signature = bytes.fromhex(told["signature"])
    if not RECIPES[CKM.RSA_PKCS].holds(card.public_key(card.authentication), MESSAGE, signature):
        yield "afterwards a wrong signature"
    for name in ("certificate", "token"):
        if told[name] != undisturbed.next[name]:
            yield f"afterwards another {name}"
    if told["login lost"] and case.fault.cause not in _LOGIN_MAY_BE_LOST:
        yield "afterwards the login was lost"
    if case.what.data is not None:
        yield from _wrong_data(case.what.data, told, succeeded=not seen.run.refused)


def _wrong_data(data: tuple[bytes, bytes], told: dict[str, object], *, succeeded: bool) -> Iterator[str]:
    """CPS_DATA is the old value, the new one, or said to be damaged; the new one once that was said."""
    old, new = (value.hex() for value in data)
    if told["data"] not in ({new} if succeeded else {old, new, None}):
        yield "CPS_DATA is neither the old value nor the new one" if told["data"] != old else "CPS_DATA was not written"
    if told["data written again"] != new:
        yield "CPS_DATA is not written the next time"


def _undetectable(case: Case, undisturbed: Undisturbed) -> str:
    """Why nobody who gets such an answer could have told that it is wrong; empty when one could."""
    if case.kind not in CHANGED_CONTENT:
        return ""
    exchange = undisturbed.exchanges[case.exchange]
    ins = exchange.command[1]
    if ins == _GET_RESPONSE:
        ins = undisturbed.exchanges[case.exchange - 1].command[1]
    if ins in (_READ_BINARY, _SELECT):
        return "a file has no check value"
    if ins in _PRESENTING and len(exchange.command) <= 5:
        return "a counter has no check value"
    if ins == _OPERATION and exchange.command[2:4] == _DECIPHER and case.card == "cps3":
        return "the card gives a text without its padding"
    return ""
