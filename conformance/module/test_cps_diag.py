"""`cps diag`, as a user types it: what it says when something is wrong, and the proofs that nothing is."""

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir

import pytest

from conformance.testbed.cards import PIN, WRONG_PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cps_command import (
    COMMAND,
    FAILURE,
    INTERRUPTED,
    OK,
    WARNING,
    Answer,
    Cps,
    at_a_terminal,
    give_wrong_code,
)
from conformance.testbed.rig import Rig

RARE_PIN = b"7319"
"""Digits that stand nowhere else: not in a serial number, a key, an address or a time."""

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cps(rig: Rig, tmp_path: Path) -> Cps:
    return Cps(
        {**rig.env, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / ".config"), "LC_ALL": "fr_FR.UTF-8"}
    )


@pytest.fixture
def other_card(rig: Rig) -> Iterator[None]:
    """For a test that puts something else into the reader: begins and ends with a CPS4 in it."""
    rig.insert("cps4")
    rig.new_pins()
    yield
    rig.insert("cps4")


def diagnosis(cps: Cps, *arguments: str, code: bytes = b"", **more: str) -> Answer:
    typed = f"{code.decode()}\n" if code else ""
    return cps("diag", "--json", *(("--pin-fd", "0") if code else ()), *arguments, typed=typed, **more)


def verdicts(answer: Answer) -> dict[str, str]:
    return {each["check"]: each["severity"] for each in answer.facts["checks"]}


def troubles(answer: Answer) -> list[str]:
    """The failed checks, each with advice for the user."""
    found = [each for each in answer.facts["checks"] if each["severity"] in {"warning", "failure"}]
    assert [each["check"] for each in found if not each["text"]] == []
    return [each["check"] for each in found]


def test_all_is_well_and_a_signature_proves_it(cps: Cps, card: Card) -> None:
    answer = diagnosis(cps, code=PIN)
    assert (answer.code, troubles(answer)) == (OK, []), answer
    verdict_of = verdicts(answer)
    assert verdict_of["signature.verified"] == "ok"
    assert ("tls.without_pss" in verdict_of) == (not card.has_pss)


def test_without_a_code_nothing_is_signed(cps: Cps, card: Card, rig: Rig) -> None:
    answer = diagnosis(cps)
    assert (answer.code, verdicts(answer)["signature.not_asked"]) == (OK, "info")
    assert rig.pin_tries == 3


@pytest.mark.usefixtures("other_card")
def test_the_card_at_the_antenna_proves_itself_without_code(cps: Cps, rig: Rig) -> None:
    rig.insert("cps3cl")
    answer = diagnosis(cps)
    assert (answer.code, verdicts(answer)["signature.verified"]) == (OK, "ok")


def test_wrong_codes_are_spent_with_care(cps: Cps, card: Card, rig: Rig) -> None:
    assert troubles(diagnosis(cps, code=WRONG_PIN)) == ["signature.refused"]
    assert troubles(diagnosis(cps, code=WRONG_PIN)) == ["tries.low", "signature.refused"]
    stopped = diagnosis(cps, code=WRONG_PIN)
    assert (stopped.code, troubles(stopped), rig.pin_tries) == (WARNING, ["tries.last", "signature.last_try"], 1)
    assert troubles(diagnosis(cps, "--force", code=WRONG_PIN)) == ["tries.last", "signature.locked"]
    blocked = diagnosis(cps, code=PIN)
    assert (blocked.code, troubles(blocked)) == (FAILURE, ["tries.locked"])


def test_the_last_try_can_be_used(cps: Cps, card: Card, rig: Rig) -> None:
    for _ in range(2):
        give_wrong_code(rig.env)
    assert verdicts(diagnosis(cps, "--force", code=PIN))["signature.verified"] == "ok"
    assert rig.pin_tries == 3


@pytest.mark.usefixtures("other_card")
@pytest.mark.parametrize(
    ("what", "trouble"), [("nothing", "card.none"), ("foreign", "card.unknown"), ("upside down", "card.mute")]
)
def test_the_card_is_missing_or_strange(cps: Cps, rig: Rig, what: str, trouble: str) -> None:
    rig.remove()
    if what == "upside down":
        rig.insert_upside_down()
    elif what == "foreign":
        rig.insert("foreign")
    answer = diagnosis(cps)
    assert (answer.code, troubles(answer)) == (FAILURE, [trouble])


@pytest.mark.usefixtures("other_card")
def test_another_card_beside_the_cps_is_no_fault(cps: Cps, rig: Rig) -> None:
    rig.second.insert("foreign")
    try:
        answer = diagnosis(cps)
        assert (answer.code, verdicts(answer)["card.other"]) == (OK, "info")
    finally:
        rig.second.remove()


@pytest.mark.usefixtures("other_card")
def test_another_program_has_the_card(cps: Cps, rig: Rig) -> None:
    with rig.exclusive_to_another():
        answer = diagnosis(cps)
    assert (answer.code, troubles(answer)) == (FAILURE, ["card.busy"])
    assert "scdaemon" in answer.text


def test_a_card_that_nothing_can_unblock(cps: Cps, card: Card, rig: Rig) -> None:
    while rig.pin_tries:
        give_wrong_code(rig.env)
    assert "cps code unblock" in diagnosis(cps).text
    while rig.puk_tries:
        cps("code", "unblock", "--pin-fd", "0", "--force", typed="99999999\n4321\n")
    answer = diagnosis(cps)
    assert (answer.code, troubles(answer)) == (FAILURE, ["card.unusable"])


def test_a_stopped_service_comes_with_advice(cps: Cps, card: Card, rig: Rig) -> None:
    rig.stop_pcscd()
    try:
        answer = diagnosis(cps)
    finally:
        rig.start_pcscd()
    assert (answer.code, troubles(answer)) == (FAILURE, ["service.stopped"])
    assert "systemctl enable --now pcscd.socket" in answer.text


@contextmanager
def a_service_that_sends_everybody_away(path: Path) -> Iterator[None]:
    """A pcscd whose polkit rule does not serve this user closes the connection at once."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def refuse() -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    thread = threading.Thread(target=refuse)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_the_service_does_not_serve_this_user(cps: Cps, tmp_path: Path) -> None:
    path = tmp_path / "pcscd.comm"
    with a_service_that_sends_everybody_away(path):
        answer = diagnosis(cps, PCSCLITE_CSOCK_NAME=str(path))
    assert (answer.code, troubles(answer)) == (FAILURE, ["service.forbidden"])
    assert "polkit" in answer.text


def test_a_browser_does_not_know_the_module(cps: Cps, card: Card, tmp_path: Path) -> None:
    (tmp_path / ".config" / "chromium").mkdir(parents=True)
    answer = diagnosis(cps)
    assert (answer.code, troubles(answer)) == (WARNING, ["registered.no"])
    cps("browsers", "install")
    assert verdicts(diagnosis(cps))["registered.yes"] == "ok"


def test_a_missing_module_comes_with_advice(cps: Cps) -> None:
    """As in a clone where nothing was built."""
    command = [sys.executable, "-m", "cryptolib.cli", "diag", "--json"]
    done = subprocess.run(command, env=cps.env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    answer = Answer(done.returncode, done.stdout, done.stderr, ("diag",))
    assert (answer.code, troubles(answer)) == (FAILURE, ["module.failed"]), answer


# --- the code porteur


def test_the_code_is_typed_unseen_at_the_terminal(cps: Cps, card: Card) -> None:
    answered, shown = at_a_terminal(cps, "diag", answers=[("ne pas signer) : ", PIN.decode())])
    assert answered == OK
    assert "la carte a signé" in shown
    assert PIN.decode() not in shown.partition("rien : ne pas signer")[2]


def test_the_code_is_in_no_argument_no_environment_and_no_trace(cps: Cps, card: Card, tmp_path: Path) -> None:
    traces = tmp_path / "traces"
    traces.mkdir()
    env = {**cps.env, "CPS3_PKCS11_TRACES": str(traces), "CPS3_DEBUG": "10"}
    seen = b""
    with subprocess.Popen(
        [COMMAND, "diag", "--pin-fd", "0"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(RARE_PIN + b"\n")
        process.stdin.flush()
        while process.poll() is None:
            with suppress(ProcessLookupError):
                seen += b"".join(Path("/proc", str(process.pid), name).read_bytes() for name in ("cmdline", "environ"))
        shown = process.stdout.read()
    traced = b"".join(path.read_bytes() for path in traces.iterdir())
    assert process.returncode == FAILURE and b"C_Login" in traced
    assert RARE_PIN not in seen + shown + traced


# --- with a browser


def test_a_browser_with_the_card_gets_in(cps: Cps, card: Card, tmp_path: Path) -> None:
    command = [COMMAND, "diag", "--web", "--no-open", "--json", "--wait", "60"]
    with subprocess.Popen(command, env=cps.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        address = re.search(r"https://(localhost:\d+)/", process.stderr.readline())
        assert address
        page = tls_client(cps, card, address[1], tmp_path)
        answer = Answer(process.wait(60), process.stdout.read(), "", ("diag",))
    assert "Tout fonctionne" in page and f"{card.label}" in page
    assert (answer.code, verdicts(answer)["web.proved"]) == (OK, "ok")
    assert not list(Path(gettempdir()).glob("cps-diag-*"))


def tls_client(cps: Cps, card: Card, address: str, folder: Path) -> str:
    """The page as OpenSSL gets it, which signs with the card through its engine."""
    certificate = folder / "certificate.der"
    certificate.write_bytes(card.issued(card.authentication))
    key = f"pkcs11:object={card.authentication.private};type=private;pin-value={PIN.decode()}"
    done = subprocess.run(
        [
            "openssl", "s_client", "-quiet", "-connect", address, "-certform", "DER", "-cert", str(certificate),
            "-engine", "pkcs11", "-keyform", "engine", "-key", key,
            # OpenSSL does not ask the card whether it can do PSS.
            *(["-client_sigalgs", "RSA+SHA256"] if not card.has_pss else []),
        ],
        env={**cps.env, "PKCS11_MODULE_PATH": module_path()},
        input=b"GET / HTTP/1.0\r\n\r\n", capture_output=True, timeout=60,
    )  # fmt: skip
    return done.stdout.decode()


def test_the_page_does_not_wait_for_ever(cps: Cps, card: Card) -> None:
    answer = diagnosis(cps, "--web", "--no-open", "--wait", "0.1")
    assert (answer.code, troubles(answer)) == (FAILURE, ["web.nobody"])


def test_the_wait_for_a_browser_can_be_given_up(cps: Cps, card: Card) -> None:
    command = [COMMAND, "diag", "--web", "--no-open", "--json"]
    with subprocess.Popen(command, env=cps.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr and process.stderr.readline()
        process.send_signal(signal.SIGINT)
        shown = process.stdout.read()
    assert (process.returncode, shown) == (INTERRUPTED, "Interrompu.\n")
