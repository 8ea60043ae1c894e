"""PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE, byte by byte (PC/SC part 10, 2.5.2 and 2.5.3)."""

import pytest

from cryptolib.iso7816.typed_code import TypedCode
from cryptolib.pcsc import pin_entry

FOUR = TypedCode(4, 4, field=4)
EIGHT = TypedCode(8, 8, field=8)
FOUR_TO_EIGHT = TypedCode(4, 8, field=0)
PADDED_FF = TypedCode(4, 8, field=8, filler=0xFF)
PADDED_00 = TypedCode(4, 4, field=12, filler=0x00)

VERIFY_HEAD = bytes.fromhex("00200001")
CHANGE_HEAD = bytes.fromhex("00240001")
NEW_ALONE_HEAD = bytes.fromhex("01240101")


def template(head: bytes, *codes: TypedCode) -> bytes:
    places = b"".join(code.place() for code in codes)
    return head + bytes((len(places),)) + places


@pytest.mark.parametrize(
    ("code", "structure"),
    [
        # time-outs, format, block, length format; digits; validation, messages, language, message, prologue; data
        (FOUR, "1E1E820400 0404 02010C0400000000 09000000 0020000104FFFFFFFF"),
        (EIGHT, "1E1E820800 0808 02010C0400000000 0D000000 0020000108FFFFFFFFFFFFFFFF"),
        (FOUR_TO_EIGHT, "1E1E820000 0804 02010C0400000000 05000000 0020000100"),
        (PADDED_FF, "1E1E820800 0804 02010C0400000000 0D000000 0020000108FFFFFFFFFFFFFFFF"),
        (PADDED_00, "1E1E820C00 0404 02010C0400000000 11000000 002000010C000000000000000000000000"),
    ],
    ids=["4", "8", "4-8", "4-8 padded with FF", "4 padded with 00"],
)
def test_the_verify_structure_is_that_of_pcsc_part_10(code: TypedCode, structure: str) -> None:
    assert pin_entry.verify(template(VERIFY_HEAD, code), code) == bytes.fromhex(structure)


@pytest.mark.parametrize(
    ("form", "structure"),
    [
        # as above, with the offsets of both codes behind the length format, and three messages
        ((4, 4, 4, 0xFF), "1E1E820400 0004 0404 0302030C04 000102 000000 0D000000 0024000108FFFFFFFFFFFFFFFF"),
        ((4, 8, 0, 0xFF), "1E1E820000 0000 0804 0302030C04 000102 000000 05000000 0024000100"),
        ((4, 8, 8, 0xFF), "1E1E820800 0008 0804 0302030C04 000102 000000 15000000 0024000110" + "FF" * 16),
        ((4, 4, 12, 0x00), "1E1E820C00 000C 0404 0302030C04 000102 000000 1D000000 0024000118" + "00" * 24),
    ],
)
def test_modify_asks_for_the_current_code_and_twice_for_the_new_one(
    form: tuple[int, int, int, int], structure: str
) -> None:
    codes = TypedCode(*form), TypedCode(*form, is_new=True)
    assert pin_entry.modify(template(CHANGE_HEAD, *codes), codes) == bytes.fromhex(structure)


@pytest.mark.parametrize(
    ("form", "structure"),
    [
        ((4, 4, 4, 0xFF), "1E1E820400 0000 0404 0102020C04 010200 000000 09000000 0124010104FFFFFFFF"),
        ((4, 8, 0, 0xFF), "1E1E820000 0000 0804 0102020C04 010200 000000 05000000 0124010100"),
        ((4, 8, 8, 0x00), "1E1E820800 0000 0804 0102020C04 010200 000000 0D000000 0124010108" + "00" * 8),
    ],
)
def test_modify_asks_twice_for_the_new_code_alone(form: tuple[int, int, int, int], structure: str) -> None:
    code = TypedCode(*form, is_new=True)
    assert pin_entry.modify(template(NEW_ALONE_HEAD, code), [code]) == bytes.fromhex(structure)
