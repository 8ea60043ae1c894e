"""`cps certificates`, `cps data`, `cps selftest`: what a user does with a card beside reading and signing in."""

from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate

from conformance.testbed.cards import PIN, WRONG_PIN, Card
from conformance.testbed.cps_command import BUSY, FAILURE, NO_CARD, OK, REFUSED, WRONG_CODE, Answer, Cps, in_one_line
from conformance.testbed.rig import Rig

# --- certificates


def test_each_certificate_is_shown_and_saved(cps: Cps, card: Card, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    answer = cps("certificates", "--save", str(folder))
    shown = in_one_line(answer.text)
    assert answer.code == OK, answer
    assert "Certificat d'authentification ✔ OK valable jusqu'au 01/01/2044" in shown
    assert "CN 8999000000" in shown and "Usages de la clé" in shown
    saved = {load_pem_x509_certificate(path.read_bytes()) for path in folder.iterdir()}
    assert len(saved) == 2
    assert {each.fingerprint(each.signature_hash_algorithm) for each in saved if each.signature_hash_algorithm}
    assert cps("certificates", "--save", str(folder)).code == OK


def test_a_file_of_the_user_is_left_alone(cps: Cps, card: Card, tmp_path: Path) -> None:
    cps("certificates", "--save", str(tmp_path))
    (mine, *_) = tmp_path.iterdir()
    mine.write_text("mine")
    assert (cps("certificates", "--save", str(tmp_path)).code, mine.read_text()) == (REFUSED, "mine")
    assert cps("certificates", "--save", str(mine)).code == FAILURE


def test_certificates_for_programs(cps: Cps, card: Card) -> None:
    shown = cps("certificates", "--json").facts["certificates"]
    assert [each["certificate"]["use"] for each in shown] == ["signature", "authentication"]


# --- CPS_DATA


def put(cps: Cps, file: Path, code: bytes = PIN) -> Answer:
    return cps("data", "put", str(file), "--pin-fd", "0", typed=f"{code.decode()}\n")


def test_what_is_written_is_read_again(cps: Cps, card: Card, cps_data: int, tmp_path: Path) -> None:
    written, read = tmp_path / "written", tmp_path / "read"
    for content in (b"rendez-vous", b"\x55" * cps_data, b""):
        written.write_bytes(content)
        assert put(cps, written).code == OK
        assert cps("data", "get", "--json").facts["value"] == content.ljust(cps_data, b"\0").hex()
    assert cps("data", "get", str(read)).code == OK
    assert read.read_bytes() == bytes(cps_data)


def test_what_does_not_fit_is_refused_before_a_code_is_used(
    cps: Cps, card: Card, cps_data: int, rig: Rig, tmp_path: Path
) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"\x55" * (cps_data + 1))
    assert put(cps, big, WRONG_PIN).code == REFUSED
    assert put(cps, tmp_path / "missing", WRONG_PIN).code == FAILURE
    assert rig.pin_tries == 3
    big.write_bytes(b"")
    assert (put(cps, big, WRONG_PIN).code, rig.pin_tries) == (WRONG_CODE, 2)


# --- the test of the card


def test_every_service_is_tried_and_timed(cps: Cps, card: Card) -> None:
    answer = cps("selftest", "--json", "--pin-fd", "0", typed=f"{PIN.decode()}\n")
    assert (answer.code, answer.complaint) == (OK, "")
    steps = answer.facts["steps"]
    assert [each["severity"] for each in steps] == ["ok"] * 7
    assert all(each["milliseconds"] >= 0 for each in steps)


def test_the_card_at_the_antenna_is_tried_without_code(cps: Cps, rig: Rig) -> None:
    rig.insert("cps3cl")
    try:
        answer = cps("selftest")
        assert (answer.code, "Signature, Certificat Technique CPS ✔ OK" in in_one_line(answer.text)) == (OK, True)
    finally:
        rig.insert("cps4")


def test_a_service_that_fails_is_reported_and_the_others_go_on(cps: Cps, card: Card, rig: Rig) -> None:
    rig.fault("ins=84 do=sw sw=6F00")
    try:
        answer = cps("selftest", "--json", "--pin-fd", "0", typed=f"{PIN.decode()}\n")
    finally:
        rig.clear_faults()
    assert answer.code == FAILURE
    verdicts = [each["severity"] for each in answer.facts["steps"]]
    assert (verdicts[0], set(verdicts[1:])) == ("failure", {"ok"})


# --- another program, no card


@pytest.mark.parametrize("command", [("certificates",), ("data", "get"), ("selftest",), ("show",), ("code", "status")])
def test_nobody_waits_for_a_card_that_is_not_there_or_not_free(cps: Cps, rig: Rig, command: tuple[str, ...]) -> None:
    rig.insert("cps4")
    with rig.exclusive_to_another():
        assert cps(*command).code == BUSY
    rig.remove()
    try:
        assert cps(*command).code == NO_CARD
    finally:
        rig.insert("cps4")
