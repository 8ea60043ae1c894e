"""Short APDUs: the four cases of ISO 7816-3."""

import pytest

from cryptolib.iso7816.apdu import Command, encode


@pytest.mark.parametrize(
    ("data", "le", "written"),
    [
        ("", None, "01B00102"),  # case 1
        ("", 1, "01B0010201"),  # case 2
        ("", 256, "01B0010200"),
        ("AABB", None, "01B0010202AABB"),  # case 3
        ("AABB", 256, "01B0010202AABB00"),  # case 4
    ],
)
def test_the_four_cases(data: str, le: int | None, written: str) -> None:
    command = Command("READ BINARY", 0xB0, 1, 2)
    assert encode(1, command, bytes.fromhex(data), le).hex().upper() == written


def test_the_longest_command() -> None:
    assert len(encode(0, Command("PSO", 0x2A, 0x80, 0x86), bytes(255), 256)) == 261


def test_a_command_names_itself_without_its_data() -> None:
    assert repr(Command("PSO CDS", 0x2A, 0x9E, 0x9A, b"a digest", 256)) == "PSO CDS 002A9E9A"
