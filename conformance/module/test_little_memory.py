"""A digest needs the module and little memory: it loads no library. A host without memory gets CKR_HOST_MEMORY.

So does one without a descriptor. Neither ends by it, and what it calls next works.
"""

import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKF, CKM, CKR, CKU, Mechanism
from conformance.testbed.mechanism_recipes import HASHES
from conformance.testbed.rig import Rig

MESSAGE = 4096
FAILING_MALLOC = Path(__file__).parents[2] / "tests" / "native" / "failing_malloc.c"
ALWAYS, NEVER = 1 << 30, (1 << 64) - 1
MOST_ALLOCATIONS = 500
"""Far more than a call asks for."""
WITH_CODES = pytest.mark.cards("cps3", "cps4")
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


@contextmanager
def without_descriptors(host: Host) -> Iterator[None]:
    """It keeps those that it has, and gets no other."""
    all_of_them = resource.prlimit(host.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(host.pid, resource.RLIMIT_NOFILE, (3, all_of_them[1]))
    try:
        yield
    finally:
        resource.prlimit(host.pid, resource.RLIMIT_NOFILE, all_of_them)


@WITH_CODES
def test_a_host_without_descriptors_gets_the_error_and_goes_on(host: Host) -> None:
    slots, session, info = host.alloc(8 * WORD), host.alloc(WORD), host.alloc(1024)
    code = host.holding(PIN)
    assert host.call("C_GetSlotList", 1, slots, host.holding((8).to_bytes(WORD, "little"))) == CKR.OK
    slot = host.word(slots)
    calls: list[tuple[str, Callable[[], tuple[int, ...]]]] = [
        ("C_GetTokenInfo", lambda: (slot, info)),
        ("C_OpenSession", lambda: (slot, CKF.SERIAL_SESSION, 0, 0, session)),
        ("C_Login", lambda: (host.word(session), CKU.USER, code, len(PIN))),
        ("C_GenerateRandom", lambda: (host.word(session), info, 8)),
        ("C_Logout", lambda: (host.word(session),)),
    ]
    for name, arguments in calls:
        with without_descriptors(host):
            refused = host.call(name, *arguments())
        assert refused in (CKR.OK, CKR.HOST_MEMORY), name
        if refused != CKR.OK:
            assert host.call(name, *arguments()) == CKR.OK, name


@WITH_CODES
def test_a_standard_stream_that_is_closed_stays_so(host: Host) -> None:
    """What the host prints there all the same must not go to pcscd, in the place of a command."""
    assert host.call("C_Finalize", 0) == CKR.OK
    assert host.call("close", 2) == CKR.OK
    assert host.call("C_Initialize", 0) == CKR.OK
    session = open_session(host)
    assert host.call("C_Login", session, CKU.USER, host.holding(PIN), len(PIN)) == CKR.OK
    assert not Path(f"/proc/{host.pid}/fd/2").exists()
    assert host.call("C_GenerateRandom", session, host.alloc(64), 8) == CKR.OK
    assert len(list(Path(f"/proc/{host.pid}/fd").iterdir())) == 5


@pytest.fixture(scope="module")
def failing_malloc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("failing") / "failing_malloc.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(FAILING_MALLOC)], check=True)
    return library


@WITH_CODES
@pytest.mark.parametrize("name", ["C_Login", "C_GenerateRandom"])
def test_memory_that_ends_at_any_point_of_a_call(
    program: Path, rig: Rig, card: Card, failing_malloc: Path, name: str
) -> None:
    """The card is connected there, and answers: the host goes on, with or without what it asked for."""
    with Host(program, rig.env | {"LD_PRELOAD": str(failing_malloc)}) as host:
        host.load(module_path())
        left, failures = host.symbol("allocations_until_failure"), host.symbol("failures")
        code, room = host.holding(PIN), host.alloc(64)
        host.write(failures, ALWAYS.to_bytes(WORD, "little"))
        for point in range(MOST_ALLOCATIONS):
            assert host.call("C_Initialize", 0) == CKR.OK
            session = open_session(host)
            arguments = (session, CKU.USER, code, len(PIN)) if name == "C_Login" else (session, room, 64)
            host.write(left, point.to_bytes(WORD, "little"))
            answer = host.call(name, *arguments)
            ended = host.word(left) == 0
            host.write(left, NEVER.to_bytes(WORD, "little"))
            assert answer in (CKR.OK, CKR.HOST_MEMORY, CKR.DEVICE_ERROR, CKR.DEVICE_REMOVED)
            assert host.call(name, *arguments) in (CKR.OK, CKR.USER_ALREADY_LOGGED_IN)
            assert host.call("C_Finalize", 0) == CKR.OK
            if not ended:
                break
        assert point < MOST_ALLOCATIONS - 1
        assert host.close() == 0
    assert rig.pin_tries == 3
