"""A declared length is looked at before the bytes: what a call does not take, it does not read.

Each buffer ends where memory ends, so that a byte too much ends the host. PKCS #11 Specification 3.1, 5.1.6.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import PIN, Card
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKA, CKF, CKM, CKO, CKR, CKU, Attribute, Mechanism
from conformance.testbed.rig import Rig

MIB = 1 << 20
# Longer than a modulus; than memory; than what an address can reach; negative to whoever takes it for signed.
WRONG_LENGTHS = [257, 4097, MIB, 1 << 31, (1 << 31) + 1, 1 << 40, 1 << 47, 1 << 63, (1 << 64) - 1]
# A message that is hashed may have any length that memory has.
BEYOND_MEMORY = [(1 << 31) + 1, 1 << 40, 1 << 47, 1 << 63, (1 << 64) - 1]
BEYOND_A_CODE = [65, *WRONG_LENGTHS]
BEYOND_AN_ATTRIBUTE = [(1 << 16) + 1, *WRONG_LENGTHS[2:]]

REFUSED = (CKR.PIN_LEN_RANGE, CKR.PIN_INCORRECT)

CLASSES = {"private": CKO.PRIVATE_KEY, "public": CKO.PUBLIC_KEY}


class Client:
    """A host in which the holder is logged in; `room` is 16 bytes before the end of memory."""

    def __init__(self, host: Host) -> None:
        self.host = host
        host.load(module_path())
        self.ok("C_Initialize", 0)
        self.word = host.alloc(WORD)
        slots = host.alloc(8 * WORD)
        self.ok("C_GetSlotList", 1, slots, host.holding((8).to_bytes(WORD, "little")))
        self.ok("C_OpenSession", host.word(slots), CKF.SERIAL_SESSION | CKF.RW_SESSION, 0, 0, self.word)
        self.session = host.word(self.word)
        self.ok("C_Login", self.session, CKU.USER, host.holding(PIN), len(PIN))
        self.room = host.edge(16)
        self.result = host.edge(256)

    def ok(self, name: str, *arguments: int) -> None:
        assert self.host.call(name, *arguments) == CKR.OK, name

    def of_256(self) -> int:
        """The address of a length of 256 bytes."""
        self.host.write(self.word, (256).to_bytes(WORD, "little"))
        return self.word

    def find(self, *wanted: tuple[CKA, bytes]) -> int:
        attributes = b"".join(bytes(Attribute(kind, self.host.holding(value), len(value))) for kind, value in wanted)
        self.ok("C_FindObjectsInit", self.session, self.host.holding(attributes), len(wanted))
        found = self.host.alloc(WORD)
        self.ok("C_FindObjects", self.session, found, 1, self.word)
        self.ok("C_FindObjectsFinal", self.session)
        assert self.host.word(self.word) == 1
        return self.host.word(found)

    def key(self, kind: str, card: Card) -> int:
        return self.find((CKA.CLASS, CLASSES[kind].to_bytes(WORD, "little")), (CKA.ID, card.authentication.id))

    def begin(self, name: str, kind: CKM, key: int) -> None:
        self.ok(name, self.session, self.host.holding(bytes(Mechanism(kind, None, 0))), key)


@pytest.fixture
def client(program: Path, rig: Rig, card: Card) -> Iterator[Client]:
    with Host(program, rig.env) as host:
        yield Client(host)
        assert host.call("C_Finalize", 0) == CKR.OK
        assert host.close() == 0


# The answer of each single-part function to data that are too long, and its function for parts.
WHOLE = {
    "C_Sign": ("private", CKR.DATA_LEN_RANGE, "C_SignUpdate"),
    "C_SignRecover": ("private", CKR.DATA_LEN_RANGE, ""),
    "C_Encrypt": ("public", CKR.DATA_LEN_RANGE, "C_EncryptUpdate"),
    "C_Decrypt": ("private", CKR.ENCRYPTED_DATA_LEN_RANGE, "C_DecryptUpdate"),
    "C_VerifyRecover": ("public", CKR.SIGNATURE_LEN_RANGE, ""),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_taken_whole_has_the_length_of_a_modulus_at_most(client: Client, card: Card, name: str) -> None:
    kind, code, in_parts = WHOLE[name]
    key, session, room, result = client.key(kind, card), client.session, client.room, client.result
    for declared in WRONG_LENGTHS:
        client.begin(f"{name}Init", CKM.RSA_PKCS, key)
        assert client.host.call(name, session, room, declared, result, client.of_256()) == code, declared
        assert client.host.call(name, session, room, 16, result, client.of_256()) == CKR.OPERATION_NOT_INITIALIZED
    for declared in WRONG_LENGTHS if in_parts else ():
        client.begin(f"{name}Init", CKM.RSA_PKCS, key)
        out = (result, client.of_256()) if in_parts in ("C_EncryptUpdate", "C_DecryptUpdate") else ()
        client.ok(in_parts, session, room, 16, *out)
        assert client.host.call(in_parts, session, room, declared, *out) == code, declared
        assert client.host.call(in_parts, session, room, 16, *out) == CKR.OPERATION_NOT_INITIALIZED


@pytest.mark.parametrize("declared", WRONG_LENGTHS)
def test_a_length_query_reads_nothing(client: Client, card: Card, declared: int) -> None:
    client.begin("C_SignInit", CKM.RSA_PKCS, client.key("private", card))
    client.ok("C_Sign", client.session, client.room, declared, 0, client.word)
    assert client.host.word(client.word) == 256
    client.ok("C_Sign", client.session, client.room, 16, client.result, client.of_256())


@pytest.mark.parametrize("kind", [CKM.RSA_PKCS, CKM.SHA256_RSA_PKCS])
@pytest.mark.parametrize("declared", [0, 15, 255, *WRONG_LENGTHS])
def test_a_signature_has_the_length_of_the_modulus(client: Client, card: Card, kind: CKM, declared: int) -> None:
    key, session, room = client.key("public", card), client.session, client.room
    client.begin("C_VerifyInit", kind, key)
    assert client.host.call("C_Verify", session, room, 16, room, declared) == CKR.SIGNATURE_LEN_RANGE
    client.begin("C_VerifyInit", kind, key)
    client.ok("C_VerifyUpdate", session, room, 16)
    assert client.host.call("C_VerifyFinal", session, room, declared) == CKR.SIGNATURE_LEN_RANGE
    assert client.host.call("C_VerifyFinal", session, client.result, 256) == CKR.OPERATION_NOT_INITIALIZED


@pytest.mark.parametrize("declared", WRONG_LENGTHS)
def test_verified_data_have_a_length_too(client: Client, card: Card, declared: int) -> None:
    key, session, room = client.key("public", card), client.session, client.room
    client.begin("C_VerifyInit", CKM.RSA_PKCS, key)
    assert client.host.call("C_Verify", session, room, declared, client.result, 256) == CKR.DATA_LEN_RANGE
    client.begin("C_VerifyInit", CKM.RSA_PKCS, key)
    assert client.host.call("C_VerifyUpdate", session, room, declared) == CKR.DATA_LEN_RANGE


@pytest.mark.parametrize("declared", BEYOND_MEMORY)
def test_a_hashed_message_is_no_longer_than_memory(client: Client, card: Card, declared: int) -> None:
    session, room, result = client.session, client.room, client.result
    for call in ("C_Digest", "C_DigestUpdate"):
        client.host.call("C_DigestInit", session, client.host.holding(bytes(Mechanism(CKM.SHA256, None, 0))))
        out = (result, client.of_256()) if call == "C_Digest" else ()
        assert client.host.call(call, session, room, declared, *out) == CKR.ARGUMENTS_BAD
    for kind, begin, calls in (
        ("private", "C_SignInit", ("C_Sign", "C_SignUpdate")),
        ("public", "C_VerifyInit", ("C_Verify", "C_VerifyUpdate")),
    ):
        key = client.key(kind, card)
        for name in calls:
            out = {"C_Sign": (result, client.of_256()), "C_Verify": (result, 256)}.get(name, ())
            client.host.call(begin, session, client.host.holding(bytes(Mechanism(CKM.SHA256_RSA_PKCS, None, 0))), key)
            assert client.host.call(name, session, room, declared, *out) == CKR.ARGUMENTS_BAD


@pytest.mark.parametrize("declared", BEYOND_A_CODE)
def test_no_code_is_so_long(client: Client, rig: Rig, declared: int) -> None:
    session, room = client.session, client.room
    assert client.host.call("C_SetPIN", session, room, declared, room, 4) in REFUSED
    assert client.host.call("C_SetPIN", session, room, 4, room, declared) == CKR.PIN_LEN_RANGE
    client.ok("C_Logout", session)
    for user in (CKU.USER, CKU.SO):
        assert client.host.call("C_Login", session, user, room, declared) in REFUSED
    assert (rig.pin_tries, rig.puk_tries) == (3, 10), "no try was spent"


@pytest.mark.usefixtures("cps_data")
@pytest.mark.parametrize("declared", BEYOND_AN_ATTRIBUTE)
def test_no_attribute_is_so_long(client: Client, card: Card, declared: int) -> None:
    session, host = client.session, client.host
    for kind in (CKA.LABEL, CKA.CLASS, CKA.VALUE, CKA.ID, 0x8000_0001):
        client.ok("C_FindObjectsInit", session, host.holding(bytes(Attribute(kind, client.room, declared))), 1)
        client.ok("C_FindObjects", session, client.result, 32, client.word)
        assert host.word(client.word) == 0
        client.ok("C_FindObjectsFinal", session)
    mine = client.find((CKA.LABEL, b"CPS_DATA"), (CKA.CLASS, CKO.DATA.to_bytes(WORD, "little")))
    value = host.holding(bytes(Attribute(CKA.VALUE, client.room, declared)))
    assert host.call("C_SetAttributeValue", session, mine, value, 1) == CKR.ATTRIBUTE_VALUE_INVALID


@pytest.mark.parametrize("declared", BEYOND_AN_ATTRIBUTE)
def test_no_parameter_is_so_long(client: Client, card: Card, declared: int) -> None:
    kinds = {"C_DigestInit": CKM.SHA512, "C_SignInit": CKM.RSA_PKCS_PSS, "C_DecryptInit": CKM.RSA_PKCS_OAEP}
    for name, kind in kinds.items():
        how = client.host.holding(bytes(Mechanism(kind, client.room, declared)))
        key = () if name == "C_DigestInit" else (client.key("private", card),)
        answer = client.host.call(name, client.session, how, *key)
        assert answer == (CKR.MECHANISM_INVALID if key and not card.has_pss else CKR.MECHANISM_PARAM_INVALID)


def most_memory(host: Host) -> int:
    """The most memory that the host has ever used, in bytes."""
    (line,) = [line for line in Path(f"/proc/{host.pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("kind", [CKM.SHA1_RSA_PKCS, CKM.SHA256_RSA_PKCS])
@pytest.mark.parametrize("names", ["signature", "authentication"])
def test_what_is_hashed_is_not_copied(client: Client, card: Card, kind: CKM, names: str) -> None:
    host, session, size = client.host, client.session, 64 * MIB
    message = host.alloc(size)  # never written to: in memory it is one page of zeros
    digest = host.holding(bytes(Mechanism(CKM.SHA256, None, 0)))
    client.ok("C_DigestInit", session, digest)
    client.ok("C_Digest", session, message, MIB, client.result, client.of_256())
    before = most_memory(host)
    client.ok("C_DigestInit", session, digest)
    client.ok("C_Digest", session, message, size, 0, client.of_256())
    client.ok("C_Digest", session, message, size, client.result, client.of_256())
    identifier = getattr(card, names).id
    key = client.find((CKA.CLASS, CKO.PRIVATE_KEY.to_bytes(WORD, "little")), (CKA.ID, identifier))
    client.begin("C_SignInit", kind, key)
    client.ok("C_SignUpdate", session, message, size)
    client.ok("C_SignFinal", session, client.result, client.of_256())
    client.begin("C_SignInit", kind, key)
    client.ok("C_Sign", session, message, size, client.result, client.of_256())
    assert most_memory(host) - before < size / 4
