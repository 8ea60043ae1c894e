"""The fault matrix finds what it looks for: each kind of harm, made up here, is called wrong, and nothing else is."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from conformance.robustness.faults import report
from conformance.robustness.faults.application import Guarded
from conformance.robustness.faults.cases import Case
from conformance.robustness.faults.expectations import RIGHT, UNDETECTABLE, WRONG, Verdict, verdict
from conformance.robustness.faults.matrix import every_case, sample
from conformance.robustness.faults.process import Answer, Process, ProcessEnded
from conformance.robustness.faults.runner import Observation, Undisturbed
from conformance.robustness.faults.scenarios import LONG_DATA, MESSAGE, OLD_DATA
from conformance.testbed.cards import EVERY_CARD
from conformance.testbed.cryptoki import CKM, CKR
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig
from conformance.virtual_card.exchange_log import Exchange
from conformance.virtual_card.identity import identity

READ = Exchange(bytes.fromhex("00B0000010"), bytes(16) + b"\x90\x00", 0)
PRESENT = Exchange(bytes.fromhex("00200001042A2A2A2A"), b"\x90\x00", 0)
DECIPHER = Exchange(bytes.fromhex("002A80860279B5"), b"\x61\x2a", 0)
GET_RESPONSE = Exchange(bytes.fromhex("00C000002A"), bytes(42) + b"\x90\x00", 0)
DONE = Answer("shown", None, None, 0.1, [])
TRIES = ((3, 10),) * 3


def signature() -> str:
    block = RECIPES[CKM.RSA_X_509].data(MESSAGE)
    return identity("cps3").credentials["authentication"].key.apply(block).hex()


NEXT = {"signature": signature(), "login lost": False, "certificate": "c", "token": "t"}


def verdict_on(
    kind: str,
    run: Answer = DONE,
    *,
    scenario: str = "public objects",
    exchange: Exchange = READ,
    tries: tuple[tuple[int, int], ...] = TRIES,
    happened: bool = True,
    later: dict[str, object] | None = None,
) -> Verdict:
    after = replace(DONE, result=NEXT | (later or {}))
    seen = Observation(happened, False, run, after, after, "", tries)
    return verdict(Case("cps3", scenario, 0, kind), Undisturbed([exchange], "shown", NEXT), seen)


def refused(code: CKR) -> Answer:
    return replace(DONE, result=None, refused=("C_GetTokenInfo", code))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("removal", CKR.DEVICE_REMOVED),
        ("removal", CKR.SESSION_HANDLE_INVALID),
        ("mute", CKR.DEVICE_ERROR),
        ("6F00", CKR.DEVICE_ERROR),
        ("garbage", CKR.DEVICE_ERROR),
    ],
)
def test_the_code_of_its_cause_is_right(kind: str, code: CKR) -> None:
    assert verdict_on(kind, refused(code)).outcome == RIGHT


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("6F00", CKR.GENERAL_ERROR),
        ("63C1", CKR.PIN_INCORRECT),
        ("6982", CKR.USER_NOT_LOGGED_IN),
        ("removal", CKR.DEVICE_ERROR),
        ("hang", CKR.DEVICE_ERROR),
        ("reset by another", CKR.DEVICE_ERROR),
        ("mute", CKR.DEVICE_REMOVED),
    ],
)
def test_another_code_is_wrong(kind: str, code: CKR) -> None:
    assert verdict_on(kind, refused(code)).reasons == [f"C_GetTokenInfo answered {code.name}"]


def test_a_code_is_refused_where_one_is_presented_only() -> None:
    answer = refused(CKR.PIN_INCORRECT)
    assert verdict_on("63C1", answer, scenario="login", exchange=PRESENT).outcome == RIGHT
    assert verdict_on("63C1", answer, scenario="login").outcome == WRONG


def test_ok_is_wrong_when_the_card_has_gone() -> None:
    assert verdict_on("removal").reasons == ["it answered OK"]
    assert verdict_on("hang").outcome == RIGHT


def test_a_wrong_result_is_wrong_unless_nobody_can_detect_it() -> None:
    other = replace(DONE, result="another")
    assert verdict_on("half", other).reasons == ["OK with a wrong result"]
    assert verdict_on("one bit", other).outcome == UNDETECTABLE
    assert verdict_on("one bit", other, exchange=PRESENT).outcome == WRONG


def test_what_a_changed_directory_says_of_another_code_or_key_cannot_be_detected() -> None:
    blocked = replace(DONE, result=None, refused=("C_SetPIN", CKR.PIN_INCORRECT))
    assert verdict_on("one bit", blocked, scenario="unblock").outcome == UNDETECTABLE
    assert verdict_on("6F00", blocked, scenario="unblock").outcome == WRONG
    assert verdict_on("one bit", blocked).outcome == WRONG


def test_an_operation_stays_active_only_after_a_buffer_that_is_too_small() -> None:
    active = replace(DONE, result=None, refused=("C_SignInit", CKR.OPERATION_ACTIVE))
    for code, outcome in [(CKR.BUFFER_TOO_SMALL, UNDETECTABLE), (CKR.DEVICE_ERROR, WRONG)]:
        seen = Observation(True, False, refused(code), active, replace(DONE, result=NEXT), "", TRIES)
        case = Case("cps3", "public objects", 0, "one bit")
        assert verdict(case, Undisturbed([READ], "shown", NEXT), seen).outcome == outcome


@pytest.mark.parametrize("number", [0, 1], ids=["DECIPHER", "GET RESPONSE"])
def test_nobody_can_detect_another_plaintext_when_the_card_removed_the_padding(number: int) -> None:
    exchanges = [DECIPHER, GET_RESPONSE]
    after = replace(DONE, result=NEXT)
    seen = Observation(True, False, replace(DONE, result="other"), after, after, "", TRIES)
    case = Case("cps3", "decrypt RSA_PKCS", number, "garbage")
    assert verdict(case, Undisturbed(exchanges, "shown", NEXT), seen).outcome == UNDETECTABLE


def test_a_directory_may_say_something_else_but_no_status_word_may() -> None:
    answer = refused(CKR.PIN_LEN_RANGE)
    assert verdict_on("one bit", answer).outcome == UNDETECTABLE
    assert verdict_on("one bit", refused(CKR.BUFFER_TOO_SMALL)).outcome == UNDETECTABLE
    assert verdict_on("6F00", answer).outcome == WRONG
    assert verdict_on("one bit", refused(CKR.GENERAL_ERROR)).outcome == WRONG


def test_bytes_beyond_the_buffer_are_wrong_whatever_was_answered() -> None:
    assert verdict_on("garbage", replace(DONE, overruns=["C_Sign"])).reasons == ["written beyond the buffer: C_Sign"]
    buffer = Guarded(4)
    assert not buffer.overrun()
    buffer.memory[4] = b"\0"
    assert buffer.overrun()


@pytest.mark.parametrize("later", [(2, 10), (3, 9)], ids=["code porteur", "code de deblocage"])
def test_a_try_that_nobody_spent_is_wrong(later: tuple[int, int]) -> None:
    assert verdict_on("6F00", tries=((3, 10), later, (3, 10))).outcome == WRONG


def test_a_fault_that_did_not_come_is_wrong() -> None:
    assert verdict_on("6F00", happened=False).reasons == ["the exchange was not reached"]


@pytest.mark.parametrize(
    "later", [{"signature": "00" * 256}, {"certificate": "other"}, {"token": "other"}, {"login lost": True}]
)
def test_what_comes_next_must_be_right(later: dict[str, object]) -> None:
    assert verdict_on("6F00", later=later).outcome == WRONG


@pytest.mark.parametrize(
    ("run", "data", "outcome"),
    [
        (DONE, LONG_DATA, RIGHT),
        (DONE, OLD_DATA, WRONG),
        (refused(CKR.DEVICE_ERROR), LONG_DATA, RIGHT),
        (refused(CKR.DEVICE_ERROR), OLD_DATA, RIGHT),
        (refused(CKR.DEVICE_ERROR), None, RIGHT),
        (refused(CKR.DEVICE_ERROR), OLD_DATA[:100] + LONG_DATA[100:], WRONG),
    ],
)
def test_cps_data_is_old_or_new_or_said_to_be_damaged(run: Answer, data: bytes | None, outcome: str) -> None:
    follow_up: dict[str, object] = {"data": data and data.hex(), "data written again": LONG_DATA.hex()}
    run = run if run.refused else replace(run, result="shown")
    assert verdict_on("6F00", run, scenario="CPS_DATA, several commands", later=follow_up).outcome == outcome


def test_a_worker_that_hangs_or_crashes_is_reported_and_replaced(rig: Rig) -> None:
    rig.insert("cps4")
    rig.clear_faults()
    worker = Process(rig.env | {"CPS3_CACHE": "0"}, rig.directory / "worker.log")
    try:
        assert worker.order("prepare", "cps4", "token info", seconds=30).code == CKR.OK
        with pytest.raises(ProcessEnded, match="hung"):
            worker.order("follow-up", seconds=0)
        with pytest.raises(ProcessEnded, match="crashed"):
            worker.order("no such order", seconds=30)
        assert worker.order("prepare", "cps4", "token info", seconds=30).code == CKR.OK
    finally:
        worker.close()


def test_a_seed_chooses_the_same_cases_again_and_another_seed_others() -> None:
    known = {card: {"token info": Undisturbed([READ] * 20, "", {})} for card in EVERY_CARD}
    chosen = [every_case(known, Random(seed)) for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]
    assert {Case.parse(str(case)) for case in chosen[0]} == set(chosen[0])
    few = list(sample(chosen[0], {case.kind: 2 for case in chosen[0]}))
    assert len(few) == len(set(few)) == 2 * len(known) * len({case.kind for case in chosen[0]})


def test_the_report_counts_by_card_fault_and_answer_and_says_how_to_run_a_case_again() -> None:
    verdicts = [verdict_on("6F00"), verdict_on("6F00", refused(CKR.GENERAL_ERROR)), verdict_on("one bit")]
    lines = list(report.tables(verdicts, Counter(cps3=10)))
    assert "| cps3 | 10 | 3 | 2 | 0 | 1 |" in lines
    assert "| 6F00 | 1 | 0 | 1 | OK 1, GENERAL_ERROR 1 |" in lines
    assert [line.strip() for line in report.wrong(verdicts)] == [
        "1 C_GetTokenInfo answered GENERAL_ERROR",
        "python -m conformance.robustness.faults --case 'cps3/public objects/0/6F00'",
    ]
