"""A card that lies: about its lengths, its keys, its name, or by never coming to an end.

Nothing is believed of it that is not checked: no call takes long, none answers CKR_OK with what is wrong, none says
CKR_GENERAL_ERROR, and once the card answers right everything works. What one card left is not shown of another.
"""

import ctypes
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.testbed.application_start import Start, Using
from conformance.testbed.cards import CARDS, PIN, Card, KeyNames
from conformance.testbed.client import Module, Refused, template
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR, CKU
from conformance.testbed.mechanism_recipes import RECIPES
from conformance.testbed.rig import Rig
from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import bit_string, context, integer, octets, parse, sequence, tlv, utf8

pytestmark = pytest.mark.timing

ODF, KEYS, CODES = "3F00/0001/5031", "3F00/0001/7002", "3F00/0001/7001"
ADDED = "3F00/0001/7BBB"
CERTIFICATES = {"signature": "3F00/0001/A001", "authentication": "3F00/0001/A002"}
MESSAGE = b"ordonnance"
# No call of a card that answers at once may take longer, however much it answers.
LIMIT_SECONDS = 10
GIVEN_UP = (CKR.DEVICE_ERROR, CKR.TOKEN_NOT_RECOGNIZED)


@pytest.fixture
def write(rig: Rig, card: Card) -> Iterator[Callable[[str, bytes], None]]:
    """Changes files of the card; they are as issued again when the test is over."""
    changed = set()

    def put(path: str, content: bytes) -> None:
        changed.add(path)
        rig.put_file(path, content)

    yield put
    for path in changed - {ADDED}:
        rig.put_file(path, issued(card, path))
    if ADDED in changed:
        rig.remove_file(ADDED)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = tmp_path / "copies"
    monkeypatch.setenv("CPS3_CACHE", str(chosen))
    return chosen


def issued(card: Card, path: str) -> bytes:
    return new_card(card.name).file(path).content


def other(card: Card) -> Card:
    return next(CARDS[name] for name in sorted(CARDS) if name != card.name)


def signature(p11: Module, session: int, names: KeyNames) -> bytes:
    key = p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, names.private))
    recipe = RECIPES[CKM.RSA_PKCS]
    return p11.sign(session, key, recipe.mechanism(), recipe.data(MESSAGE))


def check_signatures(p11: Module, session: int, card: Card) -> None:
    for names in card.keys:
        assert RECIPES[CKM.RSA_PKCS].holds(card.public_key(names), MESSAGE, signature(p11, session, names))


def shown(module: Module, session: int) -> dict[str, bytes]:
    return {
        module.label(session, handle): module.attribute(session, handle, CKA.VALUE)
        for handle in module.find(session, (CKA.CLASS, CKO.CERTIFICATE))
    }


def attempted(work: Callable[[], object]) -> CKR:
    """The result of `work`, within the time limit of a call."""
    started = time.monotonic()
    try:
        work()
        return CKR.OK
    except Refused as refused:
        return CKR(refused.rv)
    finally:
        assert time.monotonic() - started < LIMIT_SECONDS


class TestDirectories:
    """What the directory says of keys, codes and files is bounded before it is used."""

    @pytest.mark.parametrize("bits", [512, 1024, 4096])
    def test_the_length_of_a_key_is_that_of_its_certificate(
        self, loaded: Module, card: Card, write: Callable[[str, bytes], None], bits: int
    ) -> None:
        """A buffer as long as the directory says holds no longer signature, and never gets one."""
        write(KEYS, issued(card, KEYS).replace(integer(2048), integer(bits)))
        with Using(loaded) as session:
            loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            for names in card.keys:
                key = loaded.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, names.private))
                data, recipe = RECIPES[CKM.RSA_PKCS].data(MESSAGE), RECIPES[CKM.RSA_PKCS]
                loaded.ok("C_SignInit", session, ctypes.byref(recipe.mechanism()), key)
                buffer, length = ctypes.create_string_buffer(b"~" * 600, 600), ctypes.c_ulong(bits // 8)
                rv = loaded.C_Sign(session, data, len(data), buffer, ctypes.byref(length))
                assert rv == (CKR.OK if bits > 2048 else CKR.DEVICE_ERROR)
                assert set(buffer.raw[bits // 8 :]) == {ord("~")}
            check_signatures(loaded, session, card)
            assert all(loaded.number(session, handle, CKA.MODULUS_BITS) == 2048 for handle in keys(loaded, session))

    @pytest.mark.parametrize("bits", [0, 1, 87, 511, 4097, 16384, pytest.param(1 << 20000, id="huge")])
    def test_a_key_of_an_absurd_length_is_a_damaged_directory(
        self, loaded: Module, card: Card, write: Callable[[str, bytes], None], bits: int
    ) -> None:
        write(KEYS, with_key_bits(card, bits))
        with Using(loaded) as session:
            assert attempted(lambda: loaded.find(session)) == CKR.DEVICE_ERROR

    @pytest.mark.parametrize("lengths", [(1 << 64, 1 << 64), (-1, 8), (4, -1), (200, 250)])
    def test_codes_of_absurd_lengths_are_no_codes(
        self, loaded: Module, write: Callable[[str, bytes], None], lengths: tuple[int, int]
    ) -> None:
        attributes = sequence(bit_string(4), tlv(0x0A, b"\1"), *(signed(length) for length in lengths))
        file = sequence(sequence(utf8("PIN")), sequence(octets(b"\1")), context(1, attributes))
        write(CODES, file)
        assert attempted(lambda: Using(loaded).__enter__()) in GIVEN_UP

    def test_a_file_that_is_named_thousands_of_times_is_read_once(
        self, loaded: Module, card: Card, write: Callable[[str, bytes], None], rig: Rig
    ) -> None:
        (codes,) = [tlv(tag, content) for tag, content in parse(issued(card, ODF)) if tag == 0xA8]
        write(ADDED, sequence(octets(bytes(250))) * 60)
        bomb = context(4, sequence(octets(bytes.fromhex("3F0000017BBB"))))
        write(ODF, codes + bomb * 1000)
        rig.clear_log()
        with Using(loaded) as session:
            assert attempted(lambda: loaded.find(session)) == CKR.DEVICE_ERROR
        assert rig.byte_count() < 200_000

    def test_more_files_than_a_card_has_are_not_read(
        self, loaded: Module, card: Card, write: Callable[[str, bytes], None], rig: Rig
    ) -> None:
        (codes,) = [tlv(tag, content) for tag, content in parse(issued(card, ODF)) if tag == 0xA8]
        write(ODF, codes + b"".join(context(4, sequence(octets(bytes((0x7B, n))))) for n in range(200)))
        rig.clear_log()
        with Using(loaded) as session:
            assert attempted(lambda: loaded.find(session)) == CKR.DEVICE_ERROR
        assert rig.apdu_count() < 150


class TestCertificates:
    @pytest.mark.parametrize(
        ("modulus", "exponent"), [(120_000, 120_000), (16384, 17), (2048, 2048), (2048, 65), (256, 17), (3, 2)]
    )
    def test_no_arithmetic_with_absurd_numbers(
        self, loaded: Module, card: Card, write: Callable[[str, bytes], None], modulus: int, exponent: int
    ) -> None:
        write(CERTIFICATES["authentication"], with_key(modulus, exponent))
        with Using(loaded) as session:
            loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            handle = loaded.one(session, (CKA.CLASS, CKO.CERTIFICATE), (CKA.ID, card.authentication.id))
            assert attempted(lambda: loaded.attribute(session, handle, CKA.VALUE)) == CKR.DEVICE_ERROR
            assert attempted(lambda: signature(loaded, session, card.authentication)) == CKR.DEVICE_ERROR

    @pytest.mark.parametrize("role", CERTIFICATES)
    def test_a_certificate_that_is_not_the_key_s_lets_nothing_be_signed(
        self, loaded: Module, card: Card, write: Callable[[str, bytes], None], role: str
    ) -> None:
        """Whoever relies on it could not check the signature. When the card answers right again all is well."""
        names = getattr(card, role)
        right = issued(card, CERTIFICATES[role])
        write(CERTIFICATES[role], issued(other(card), CERTIFICATES[role]))
        with Using(loaded) as session:
            loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            assert attempted(lambda: signature(loaded, session, names)) == CKR.DEVICE_ERROR
            write(CERTIFICATES[role], right)
            check_signatures(loaded, session, card)
            assert right in shown(loaded, session).values()


class TestWords:
    """A refusal while files are read says nothing about codes and keys, and nothing that lasts."""

    WORDS = (
        "6300",
        "63C0",
        "63C1",
        "6700",
        "6900",
        "6982",
        "6983",
        "6985",
        "6986",
        "6A80",
        "6A82",
        "6D00",
        "6F00",
        "9400",
    )

    @pytest.mark.parametrize("sw", WORDS)
    @pytest.mark.parametrize("ins", ["A4", "B0"])
    def test_a_refusal_that_stays_is_given_up(self, loaded: Module, card: Card, rig: Rig, ins: str, sw: str) -> None:
        rig.fault(f"ins={ins} times=all do=sw sw={sw}")
        assert attempted(lambda: Using(loaded).__enter__()) in GIVEN_UP
        rig.clear_faults()
        with Using(loaded) as session:
            loaded.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            check_signatures(loaded, session, card)

    @pytest.mark.parametrize("sw", WORDS)
    @pytest.mark.parametrize("ins", ["A4", "B0"])
    def test_a_single_refusal_is_not_noticed_or_a_device_error(
        self, p11: Module, user: int, card: Card, rig: Rig, ins: str, sw: str
    ) -> None:
        """All of the card is read; where one refusal came in between is not seen, or answered by CKR_DEVICE_ERROR."""
        for after in range(0, 24, 3):
            rig.fault(f"ins={ins} after={after} do=sw sw={sw}")

        def read_all_and_sign() -> None:
            shown(p11, user)
            check_signatures(p11, user, card)

        for _ in range(30):
            rv = attempted(read_all_and_sign)
            if rv == CKR.OK:
                break
            assert rv == CKR.DEVICE_ERROR
        rig.clear_faults()
        check_signatures(p11, user, card)
        assert rig.pin_tries == 3

    @pytest.mark.parametrize("sw", ["6F00", "63C2", "6985", "6A80", "6982"])
    def test_a_refusal_of_random_bytes_is_a_device_error(self, p11: Module, user: int, rig: Rig, sw: str) -> None:
        rig.fault(f"ins=84 times=all do=sw sw={sw}")
        assert attempted(lambda: p11.random(user, 16)) == CKR.DEVICE_ERROR
        rig.clear_faults()
        assert len(p11.random(user, 16)) == 16

    def test_empty_random_bytes_are_a_device_error_at_once(self, p11: Module, user: int, rig: Rig) -> None:
        rig.clear_log()
        rig.fault("ins=84 times=all do=sw sw=9000")
        assert attempted(lambda: p11.random(user, 16384)) == CKR.DEVICE_ERROR
        assert rig.apdu_count() < 10

    @pytest.mark.usefixtures("cps_data")
    @pytest.mark.parametrize("sw", ["6100", "6110", "61FF"])
    def test_a_file_that_was_not_written_is_not_taken_for_written(
        self, p11: Module, slot: int, rig: Rig, sw: str
    ) -> None:
        session = p11.open(slot, rw=True)
        p11.ok("C_Login", session, CKU.USER, PIN, len(PIN))
        data = p11.one(session, (CKA.CLASS, CKO.DATA), (CKA.LABEL, "CPS_DATA"))
        before = p11.attribute(session, data, CKA.VALUE)
        rig.fault(f"ins=D6 times=all do=sw sw={sw}")
        value = template([(CKA.VALUE, bytes(byte ^ 1 for byte in before[:8]))])
        assert p11.C_SetAttributeValue(session, data, value, 1) == CKR.DEVICE_ERROR
        rig.clear_faults()
        assert p11.attribute(session, data, CKA.VALUE) == before


class TestCopies:
    """What a card leaves on disk is shown of that card, and of no other that takes its name."""

    @pytest.fixture
    def start(self, loaded: Module, card: Card, rig: Rig, folder: Path) -> Start:
        return Start(loaded, rig, folder)

    @pytest.mark.parametrize("forged", [["signature"], ["authentication"], ["signature", "authentication"]])
    def test_a_forged_card_of_the_holder_s_number_leaves_nothing(
        self, start: Start, card: Card, write: Callable[[str, bytes], None], forged: list[str]
    ) -> None:
        for role in forged:
            write(CERTIFICATES[role], issued(other(card), CERTIFICATES[role]))
        start()
        assert start.files(), "it left copies"
        for role in forged:
            write(CERTIFICATES[role], issued(card, CERTIFICATES[role]))
        for _ in range(2):
            with Using(start.module) as session:
                own = {names.certificate: card.issued(names) for names in card.keys}
                assert shown(start.module, session) == own
                start.module.ok("C_Login", session, CKU.USER, PIN, len(PIN))
                check_signatures(start.module, session, card)

    def test_a_forged_card_is_not_shown_with_the_holder_s_signature(
        self, start: Start, card: Card, write: Callable[[str, bytes], None]
    ) -> None:
        """The copies of the genuine card verify no signature of the other: nothing is signed in the holder's name."""
        with Using(start.module) as session:
            shown(start.module, session)
            start.module.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            check_signatures(start.module, session, card)
        write(CERTIFICATES["authentication"], issued(other(card), CERTIFICATES["authentication"]))
        with Using(start.module) as session:
            start.module.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            check_signatures(start.module, session, card)

    def test_a_key_is_compared_until_a_signature_proves_it(self, start: Start, card: Card, rig: Rig) -> None:
        start()
        unproved = start()
        with Using(start.module) as session:
            start.module.ok("C_Login", session, CKU.USER, PIN, len(PIN))
            check_signatures(start.module, session, card)
        proved = start()
        assert 0 < unproved - proved <= 2 * len(card.keys) + 1, (
            "a selection and one block of each key, and the way back"
        )
        reads = [exchange.command.hex() for exchange in rig.log() if exchange.command[1] == 0xB0]
        assert len(reads) == 1, "the serial number"


def keys(p11: Module, session: int) -> list[int]:
    return p11.find(session, (CKA.CLASS, CKO.PRIVATE_KEY)) + p11.find(session, (CKA.CLASS, CKO.PUBLIC_KEY))


def signed(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(9, "big", signed=True))


def with_key_bits(card: Card, bits: int) -> bytes:
    """The directory of the private keys, rebuilt with another length of the first one's modulus."""
    key = sequence(octets(b"\1"), bit_string(2), integer(0x10))
    return sequence(sequence(utf8("key")), key, context(1, sequence(sequence(octets(b"")), integer(bits))))


def with_key(modulus: int, exponent: int) -> bytes:
    """A certificate with numbers of so many bits."""
    numbers = sequence(integer(1 << (modulus - 1) | 1), integer(1 << (exponent - 1) | 1))
    validity = sequence(tlv(0x17, b"260101000000Z"), tlv(0x17, b"360101000000Z"))
    key = sequence(sequence(), tlv(0x03, b"\0", numbers))
    return sequence(
        sequence(tlv(0xA0, integer(2)), integer(7), sequence(), sequence(), validity, sequence(), key),
        sequence(),
        tlv(0x03, b"\0"),
    )
