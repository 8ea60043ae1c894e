"""The long-running scenarios: lifetimes, forks, cycles, many applications; each with counts and faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from conformance.robustness.soak.disturber import CARD_MOVES, EVERYTHING, Actions, Disturber, disturbed
from conformance.robustness.soak.programs import Outcome, Programs, client, shown
from conformance.testbed.cryptoki import CKR
from conformance.testbed.rig import Rig

ENDED = {
    CKR.OK,
    CKR.CRYPTOKI_NOT_INITIALIZED,
    CKR.CRYPTOKI_ALREADY_INITIALIZED,
    CKR.SESSION_HANDLE_INVALID,
    CKR.OPERATION_NOT_INITIALIZED,
    CKR.OBJECT_HANDLE_INVALID,
    CKR.KEY_HANDLE_INVALID,
    CKR.SLOT_ID_INVALID,
}
"""What calls may say beside C_Finalize and C_CloseAllSessions."""
CARD_AWAY = {CKR.TOKEN_NOT_PRESENT, CKR.DEVICE_REMOVED, CKR.USER_NOT_LOGGED_IN, CKR.USER_ALREADY_LOGGED_IN}
BROKEN = {CKR.DEVICE_ERROR, CKR.FUNCTION_FAILED, CKR.BUFFER_TOO_SMALL}
"""Where pcscd is restarted, another program holds the card, or a card comes between two questions about the slots."""

BYTES_PER_CYCLE = 1024
FEWEST_CYCLES = 200
"""What grows once, not with each cycle, counts as if there had been so many: a busy machine comes to fewer."""
CYCLES = {"sign": 20_000, "login": 2_000, "initialize": 2_000}
JITTER_MICROSECONDS = 3000
PAUSE_SECONDS = 0.8
LONG_PAUSE_SECONDS = 2.0
RIGS_AT_ONCE = 4
"""For lifetimes, most of which are pauses."""
CLIENTS = ("application", "python-pkcs11", "pykcs11", "pkcs11-tool")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    section: str
    name: str
    figures: str
    faults: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Setting:
    """The parameters of every scenario."""

    programs: Programs
    seconds: float
    seed: int
    rigs: int = 1
    """How many cards, each with a pcscd of its own, go through it at the same time."""


def lifetimes(at: Setting, jitter: int, actions: Actions) -> Row:
    """C_Finalize at any moment of any call, then C_Initialize at once."""

    def with_one_card(seed: int) -> tuple[Outcome, Disturber]:
        with Rig("cps4") as rig, disturbed(rig, seed, actions, PAUSE_SECONDS) as disturber:
            return at.programs("lifetimes", rig, at.seconds, seed, jitter=jitter), disturber

    outcome, done, refused = Outcome(), Counter[str](), Counter[str]()
    with ThreadPoolExecutor(at.rigs) as pool:
        for part, disturber in pool.map(with_one_card, range(at.seed, at.seed + at.rigs)):
            outcome.add(part)
            done += disturber.done
            refused += disturber.refused
    allowed = ENDED | CARD_AWAY | (BROKEN if actions is EVERYTHING else set())
    faults = [*_common(outcome, allowed), *_left_open(outcome), *_refused(refused)]
    figures = (
        f"{outcome.values['rounds']} rounds, {_calls(outcome)} calls, {len(outcome.hangs)} hangs, "
        f"{_grown(outcome, 'descriptors')} descriptors and {_grown(outcome, 'pcscd_contexts')} contexts left, "
        f"slowest C_Finalize {outcome.slowest.get('C_Finalize', 0)} ms, slowest end of a thread "
        f"{outcome.slowest.get('the_end_of_a_thread', 0)} ms{_done(done)}"
    )
    others = {"": {}, ", the card comes and goes": CARD_MOVES, ", others use the card": EVERYTHING}
    (what,) = (words for words, meant in others.items() if meant == actions)
    return Row("Stress", f"lifetimes{what}{', libpcsclite delayed' if jitter else ''}", figures, tuple(faults), outcome)


def forks(at: Setting, when: str) -> Row:
    with Rig("cps4") as rig:
        outcome = at.programs("forks", rig, at.seconds, at.seed, when)
    values = outcome.values
    endings = {name: values[f"children_{name}"] for name in ("fine", "failed", "hung", "crashed")}
    faults = list(outcome.faults)
    faults += [f"{number} children {name}" for name, number in endings.items() if name != "fine" and number]
    if values["applications_not_fine"]:
        faults.append(f"{values['applications_not_fine']} applications did not end well")
    if not endings["fine"]:
        faults.append("no child did its work")
    figures = f"{values['applications']} applications, children: " + ", ".join(
        f"{number} {name}" for name, number in endings.items()
    )
    names = {
        "cold": "fork within 30 ms of C_Initialize, 3 threads in first calls",
        "rest": "fork at rest",
        "churn": "fork, threads that call once and end",
    }
    return Row("Fork", names[when], figures, tuple(faults), outcome)


def cycles(at: Setting, kind: str, number: int) -> Row:
    with Rig("cps4") as rig:
        outcome = at.programs("cycles", rig, at.seconds, at.seed, f"{kind}:{number}")
    slope = outcome.values["bytes_per_cycle"]
    faults = [*_common(outcome, {CKR.OK}), *_left_open(outcome)]
    done = outcome.values["cycles"]
    if slope * done >= BYTES_PER_CYCLE * max(done, FEWEST_CYCLES) or not done:
        faults.append(f"{slope} bytes per cycle in {done} cycles")
    figures = (
        f"{done} cycles, {slope} bytes per cycle, {_grown(outcome, 'descriptors')} descriptors and "
        f"{_grown(outcome, 'pcscd_contexts')} contexts left"
    )
    names = {"sign": "signatures", "login": "C_Login and C_Logout", "initialize": "C_Finalize and C_Initialize"}
    return Row("Soak", names[kind], figures, tuple(faults), outcome)


def applications(at: Setting, of_each: int) -> Row:
    """Four kinds of applications, with four threads each, at one card."""
    kinds = CLIENTS * of_each
    total = Outcome()
    with Rig("cps4") as rig:
        disturbing = disturbed(rig, at.seed, EVERYTHING, LONG_PAUSE_SECONDS)
        with disturbing as disturber, ThreadPoolExecutor(len(kinds)) as pool:
            running = [pool.submit(_use, at, rig, kind, at.seed + n) for n, kind in enumerate(kinds)]
            for each in running:
                total.add(each.result())
        tries = rig.pin_tries
    faults = [*_common(total, ENDED | CARD_AWAY | BROKEN), *_refused(disturber.refused)]
    if tries != 3:
        faults.append(f"{3 - tries} tries of the code spent")
    if not total.values["signatures"]:
        faults.append("no signature")
    figures = (
        f"{len(kinds)} processes x 4 threads, {total.values['signatures']} signatures, "
        f"{total.values['wrong_signatures']} wrong, {len(total.hangs)} hangs{_done(disturber.done)}"
    )
    return Row("Soak", "many applications at one card", figures, tuple(faults), total)


def _use(at: Setting, rig: Rig, kind: str, seed: int) -> Outcome:
    if kind == "application":
        return at.programs(kind, rig, at.seconds, seed)
    return client(kind, rig, at.seconds, at.programs.folder)


def everything(programs: Programs, seconds: float, seed: int) -> list[Callable[[], Row]]:
    """All scenarios; together they take so many seconds. Cycles may end earlier."""

    def part(share: float, rigs: int = 1) -> Setting:
        return Setting(programs, seconds * share, seed, rigs)

    return [
        lambda: lifetimes(part(0.05, RIGS_AT_ONCE), 0, {}),
        lambda: lifetimes(part(0.05, RIGS_AT_ONCE), 0, CARD_MOVES),
        lambda: lifetimes(part(0.08, RIGS_AT_ONCE), JITTER_MICROSECONDS, CARD_MOVES),
        lambda: lifetimes(part(0.06, RIGS_AT_ONCE), JITTER_MICROSECONDS, EVERYTHING),
        lambda: forks(part(0.05), "cold"),
        lambda: forks(part(0.02), "rest"),
        lambda: forks(part(0.04), "churn"),
        lambda: cycles(part(0.35), "sign", CYCLES["sign"]),
        lambda: cycles(part(0.08), "login", CYCLES["login"]),
        lambda: cycles(part(0.07), "initialize", CYCLES["initialize"]),
        lambda: applications(part(0.15), 2),
    ]


def _common(outcome: Outcome, allowed: set[CKR]) -> list[str]:
    faults = [*outcome.faults, *outcome.hangs]
    if outcome.values["wrong_signatures"]:
        faults.append(f"{outcome.values['wrong_signatures']} wrong signatures")
    for (name, answer), number in sorted(outcome.counts.items()):
        if answer not in allowed:
            faults.append(f"{name} answered {shown(answer)} {number} times")
    return faults


def _left_open(outcome: Outcome) -> list[str]:
    return [
        f"{_grown(outcome, name)} {words} left"
        for name, words in (("descriptors", "descriptors"), ("pcscd_contexts", "contexts of pcscd"))
        if _grown(outcome, name) > 0
    ]


def _refused(refused: Counter[str]) -> list[str]:
    return [f"another program was refused {number} times: {action}" for action, number in refused.items()]


def _done(done: Counter[str]) -> str:
    return "".join(f", {number} x {name}" for name, number in sorted(done.items()))


def _grown(outcome: Outcome, name: str) -> int:
    return outcome.values[f"{name}_after"] - outcome.values[f"{name}_before"]


def _calls(outcome: Outcome) -> int:
    return sum(outcome.counts.values())
