"""A digest needs the module and little memory: it loads no library. A host without memory gets CKR_HOST_MEMORY."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import Card
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKF, CKM, CKR, Mechanism
from conformance.testbed.mechanism_recipes import HASHES
from conformance.testbed.rig import Rig

MESSAGE = 4096
LIBRARIES = ("libcrypto.so", "libssl.so", "cryptography", "_hashlib")


@pytest.fixture
def host(program: Path, rig: Rig, card: Card) -> Iterator[Host]:
    with Host(program, rig.env) as running:
        running.load(module_path())
        assert running.call("C_Initialize", 0) == CKR.OK
        yield running
        assert running.call("C_Finalize", 0) == CKR.OK
        assert running.close() == 0


def open_session(host: Host) -> int:
    slots, session = host.alloc(8 * WORD), host.alloc(WORD)
    assert host.call("C_GetSlotList", 1, slots, host.holding((8).to_bytes(WORD, "little"))) == CKR.OK
    assert host.call("C_OpenSession", host.word(slots), CKF.SERIAL_SESSION, 0, 0, session) == CKR.OK
    return host.word(session)


def digest(host: Host, session: int, kind: CKM, message: int, room: int, length: int) -> list[CKR]:
    host.write(length, (64).to_bytes(WORD, "little"))
    begun = host.call("C_DigestInit", session, host.holding(bytes(Mechanism(kind, None, 0))))
    return [begun, host.call("C_Digest", session, message, MESSAGE, room, length)] if begun == CKR.OK else [begun]


def test_a_digest_loads_no_library(host: Host) -> None:
    session = open_session(host)
    for words in HASHES:
        answers = digest(host, session, words.mechanism, host.alloc(MESSAGE), host.alloc(64), host.alloc(WORD))
        assert answers == [CKR.OK, CKR.OK]
    mapped = Path(f"/proc/{host.pid}/maps").read_text()
    assert not [library for library in LIBRARIES if library in mapped]


@pytest.mark.parametrize("more", [0, 1 << 16, 1 << 20])
def test_a_host_without_memory_gets_the_error_and_goes_on(host: Host, more: int) -> None:
    session = open_session(host)
    message, room, length = host.alloc(MESSAGE), host.alloc(64), host.alloc(WORD)
    (size,) = [line for line in Path(f"/proc/{host.pid}/status").read_text().splitlines() if line.startswith("VmSize")]
    limit = int(size.split()[1]) * 1024 + more
    resource.prlimit(host.pid, resource.RLIMIT_AS, (limit, limit))
    for words in HASHES:
        for answer in digest(host, session, words.mechanism, message, room, length):
            assert answer in (CKR.OK, CKR.HOST_MEMORY)
