"""The logical channel: what T=0 and T=1 make of a command, and cards that answer strangely."""

import pytest

from cryptolib.iso7816 import security
from cryptolib.iso7816.apdu import Command
from cryptolib.iso7816.channel import MAX_ANSWER_PARTS, Channel
from cryptolib.iso7816.connection import T0, T1, CardRemoved
from cryptolib.iso7816.files import update_binary
from cryptolib.iso7816.status import StatusWordError
from tests.scripted import AnsweringConnection, ScriptedConnection
from tests.support import secret

CASE_1 = Command("RESET", 0x2C, 3, 0x81)
CASE_2 = Command("READ", 0xB0, 0, 0, le=256)
CASE_3 = Command("MSE", 0x22, 0x41, 0xB6, b"\x80\x01\x12")
CASE_4 = Command("CDS", 0x2A, 0x9E, 0x9A, b"\xaa\xbb", 256)
LONG = Command("DECIPHER", 0x2A, 0x80, 0x86, bytes(257), 256)


def sent(protocol: int, command: Command, *exchanges: tuple[str, str], number: int = 0) -> bytes:
    """The answer to `command` when exactly these exchanges take place."""
    connection = ScriptedConnection(protocol, *exchanges)
    answer = Channel(connection, number).send(command)
    connection.assert_finished()
    return answer


def refused(protocol: int, command: Command, *exchanges: tuple[str, str]) -> int:
    connection = ScriptedConnection(protocol, *exchanges)
    with pytest.raises(StatusWordError) as caught:
        Channel(connection).send(command)
    connection.assert_finished()
    return caught.value.sw


class TestOneExchange:
    @pytest.mark.parametrize("protocol", [T0, T1])
    def test_cases_1_to_3_are_the_same_on_both_protocols(self, protocol: int) -> None:
        assert sent(protocol, CASE_1, ("002C0381", "9000")) == b""
        assert sent(protocol, CASE_2, ("00B0000000", "11229000")) == b"\x11\x22"
        assert sent(protocol, CASE_3, ("002241B603800112", "9000")) == b""

    def test_le_follows_the_data_on_t1_alone(self) -> None:
        assert sent(T1, CASE_4, ("002A9E9A02AABB00", "55669000")) == b"\x55\x66"
        assert sent(T0, CASE_4, ("002A9E9A02AABB", "6102"), ("00C0000002", "55669000")) == b"\x55\x66"

    @pytest.mark.parametrize("protocol", [T0, T1])
    def test_the_channel_number_is_in_every_class_byte(self, protocol: int) -> None:
        exchanges = [("01B0000000", "6C02"), ("01B0000002", "1122" + "6101"), ("01C0000001", "33" + "9000")]
        assert sent(protocol, CASE_2, *exchanges, number=1) == b"\x11\x22\x33"


class TestLongAnswers:
    def test_a_long_answer_comes_in_parts_on_t0(self) -> None:
        exchanges = [
            ("002A9E9A02AABB", "6100"),
            ("00C0000000", "AA" * 231 + "6119"),
            ("00C0000019", "BB" * 25 + "9000"),
        ]
        assert sent(T0, CASE_4, *exchanges) == b"\xaa" * 231 + b"\xbb" * 25

    def test_a_card_that_refuses_256_bytes_is_asked_for_less_for_good(self) -> None:
        refusal = [("002A9E9A02AABB", "6100"), ("00C0000000", "6700")]
        parts = [("00C00000E7", "AA" * 231 + "6119"), ("00C0000019", "BB" * 25 + "9000")]
        again = [("002A9E9A02AABB", "6100"), *parts]
        connection = ScriptedConnection(T0, *refusal, *parts, *again)
        channel = Channel(connection)
        assert channel.send(CASE_4) == channel.send(CASE_4) == b"\xaa" * 231 + b"\xbb" * 25
        connection.assert_finished()

    def test_a_card_that_refuses_even_less_is_believed(self) -> None:
        assert refused(T0, CASE_4, ("002A9E9A02AABB", "6110"), ("00C0000010", "6700")) == 0x6700

    def test_get_response_is_corrected_by_6c(self) -> None:
        exchanges = [("002A9E9A02AABB", "6100"), ("00C0000000", "6C02"), ("00C0000002", "55669000")]
        assert sent(T0, CASE_4, *exchanges) == b"\x55\x66"

    def test_an_announcement_after_data(self) -> None:
        assert sent(T1, CASE_2, ("00B0000000", "11" + "6101"), ("00C0000001", "22" + "9000")) == b"\x11\x22"

    def test_an_answer_nobody_asked_for_stays_on_the_card(self) -> None:
        assert sent(T0, CASE_3, ("002241B603800112", "6110")) == b""

    def test_no_more_of_an_answer_is_fetched_than_is_enough(self) -> None:
        """The card drops the rest with the next command. One that wants to be asked for all of it is."""
        head = Command("SELECT", 0xA4, 0x09, 0x04, b"\x2f\x00", 256)
        head.enough = 2
        assert sent(T0, head, ("00A40904022F00", "6104"), ("00C0000002", "1122" + "6102")) == b"\x11\x22"
        exchanges = [("00A40904022F00", "6104"), ("00C0000002", "6C04"), ("00C0000004", "112233449000")]
        assert sent(T0, head, *exchanges) == b"\x11\x22\x33\x44"

    def test_an_error_instead_of_the_last_part(self) -> None:
        assert refused(T0, CASE_4, ("002A9E9A02AABB", "6102"), ("00C0000002", "6F00")) == 0x6F00

    def test_a_card_that_always_announces_more_is_cut_off(self) -> None:
        connection = AnsweringConnection(T0, lambda _command: b"\xaa\x61\x01")
        with pytest.raises(StatusWordError) as caught:
            Channel(connection).send(CASE_2)
        assert caught.value.sw == 0x6101
        assert connection.count == 1 + MAX_ANSWER_PARTS


class TestWrongLength:
    @pytest.mark.parametrize("protocol", [T0, T1])
    def test_the_command_is_sent_again_with_the_length_that_the_card_names(self, protocol: int) -> None:
        assert sent(protocol, CASE_2, ("00B0000000", "6C01"), ("00B0000001", "11" + "9000")) == b"\x11"

    def test_6c00_names_256_bytes(self) -> None:
        command = Command("READ", 0xB0, 0, 0, le=8)
        assert len(sent(T0, command, ("00B0000008", "6C00"), ("00B0000000", "11" * 256 + "9000"))) == 256

    def test_6c_is_followed_once(self) -> None:
        assert refused(T1, CASE_2, ("00B0000000", "6C01"), ("00B0000001", "6C02")) == 0x6C02


class TestChaining:
    def test_the_last_block_alone_asks_for_an_answer(self) -> None:
        blocks = ("102A8086FF" + "00" * 255, "9000"), ("002A8086020000" + "00", "1122" + "9000")
        assert sent(T1, LONG, *blocks) == b"\x11\x22"

    def test_the_answer_to_a_chain_is_fetched_on_t0(self) -> None:
        blocks = ("102A8086FF" + "00" * 255, "9000"), ("002A8086020000", "6102")
        assert sent(T0, LONG, *blocks, ("00C0000002", "1122" + "9000")) == b"\x11\x22"

    def test_a_chain_has_its_channel_in_each_class_byte(self) -> None:
        blocks = ("112A8086FF" + "00" * 255, "9000"), ("012A8086020000" + "00", "1122" + "9000")
        assert sent(T1, LONG, *blocks, number=1) == b"\x11\x22"

    def test_255_bytes_are_one_command(self) -> None:
        command = Command("MSE", 0x22, 0x41, 0xB6, bytes(255))
        assert sent(T1, command, ("002241B6FF" + "00" * 255, "9000")) == b""

    def test_a_refused_block_ends_the_chain(self) -> None:
        assert refused(T1, LONG, ("102A8086FF" + "00" * 255, "6884")) == 0x6884


@pytest.mark.parametrize("answer", ["", "90", "61"])
def test_an_answer_without_status_word_is_an_error(answer: str) -> None:
    assert refused(T1, CASE_1, ("002C0381", answer)) == 0


@pytest.mark.parametrize("sw", [0x9001, 0x9100, 0x0000, 0x6200, 0x6283, 0x63C3, 0x6982, 0x6F00, 0xFFFF])
def test_everything_but_9000_is_an_error_and_says_at_which_command(sw: int) -> None:
    connection = ScriptedConnection(T1, ("00B0000000", f"1122{sw:04X}"))
    with pytest.raises(StatusWordError, match=f"{sw:04X} at READ 00B00000") as caught:
        Channel(connection).send(CASE_2)
    assert caught.value.sw == sw


class TestSecrets:
    def test_codes_are_sent_one_behind_the_other(self) -> None:
        connection = ScriptedConnection(T0, ("0124000108" + b"12349876".hex(), "9000"))
        Channel(connection, 1).send_secret(
            security.change_reference_data(security.OLD_AND_NEW, 1), secret(b"1234"), secret(b"9876")
        )
        connection.assert_finished()

    def test_without_a_code_the_command_has_no_length(self) -> None:
        Channel(ScriptedConnection(T1, ("002C0381", "9000"))).send_secret(
            security.reset_retry_counter(security.RESET_ALONE, 0x81)
        )

    def test_the_command_is_wiped_after_success(self) -> None:
        connection = ScriptedConnection(T1, ("002000010431323334", "9000"))
        Channel(connection).send_secret(security.verify(1), secret(b"1234"))
        assert connection.secrets == [bytearray(9)]

    def test_the_command_is_wiped_after_a_refusal(self) -> None:
        connection = ScriptedConnection(T1, ("002000010431323334", "63C2"))
        with pytest.raises(StatusWordError):
            Channel(connection).send_secret(security.verify(1), secret(b"1234"))
        assert connection.secrets == [bytearray(9)]

    def test_the_command_is_wiped_when_the_card_is_pulled(self) -> None:
        class Pulled(ScriptedConnection):
            def transmit(self, command: bytes) -> bytes:
                raise CardRemoved("transmit")

        connection = Pulled(T1)
        with pytest.raises(CardRemoved):
            Channel(connection).send_secret(security.verify(1), secret(b"1234"))
        assert connection.secrets == [bytearray(9)]

    def test_a_code_is_left_to_its_owner(self) -> None:
        """Whoever made the secret wipes it: it may be presented again in another form."""
        code = secret(b"1234")
        Channel(ScriptedConnection(T1, ("002000010431323334", "9000"))).send_secret(security.verify(1), code)
        assert code.reveal() == b"1234"

    @pytest.mark.parametrize("answer", ["", "90", "6102", "6C04", "63C0", "6200", "9001", "00009001"])
    def test_nothing_but_9000_is_success(self, answer: str) -> None:
        with pytest.raises(StatusWordError, match=r"^[0-9A-F]{4} at VERIFY$"):
            Channel(ScriptedConnection(T0, ("002000010431323334", answer))).send_secret(
                security.verify(1), secret(b"1234")
            )


class TestWriting:
    """Only 9000 says that the data are written."""

    @pytest.mark.parametrize("protocol", [T0, T1])
    @pytest.mark.parametrize("sw", ["6100", "6101", "61FF"])
    def test_an_answer_that_nobody_asked_for_is_no_success(self, protocol: int, sw: str) -> None:
        assert refused(protocol, update_binary(0, b"\1"), ("00D6000001" + "01", sw)) == int(sw, 16)

    @pytest.mark.parametrize("protocol", [T0, T1])
    def test_9000_after_update_binary_is_success(self, protocol: int) -> None:
        assert sent(protocol, update_binary(0, b"\1"), ("00D6000001" + "01", "9000")) == b""
