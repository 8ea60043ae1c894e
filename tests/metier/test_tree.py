"""An object as a tree, as somebody who holds a card can send it: fields by their names, the unknown ones marked."""

import pytest

from conformance.virtual_card.tlv import tlv
from cryptolib.metier import tlv as reading
from cryptolib.metier.codec import decode
from cryptolib.metier.tree import NamedNode, tree
from tests.metier import examples
from tests.metier.examples import EXAMPLES


def test_fields_have_the_names_of_their_attributes() -> None:
    (container,) = tree(decode("CPS_INFO_PS", examples.HOLDER_CPS)).nodes
    assert (container.tag, container.name) == (0xED, "Holder")
    assert [(node.tag, node.name) for node in container.children] == [
        (0x80, "card_type, flags"),
        (0x81, "national_identifier"),
        (0x82, "profession"),
        (0x83, "future_profession_or_trade"),
        (0x84, "practice_name"),
        (0x85, "savoir_faire"),
    ]


def test_fields_within_fields_have_names_too() -> None:
    ((records,),) = (node.children for node in tree(decode("CPS_SIT_FACT", examples.BILLING)).nodes)
    assert records.name == "records"
    assert [node.name for node in records.children][:2] == ["number", "identifier"]


def test_inferred_meanings_are_marked() -> None:
    (container,) = tree(decode("CPS_NAME_PS", examples.HOLDER_NAME)).nodes
    assert [node.name for node in container.children if node.inferred] == ["birth_name", "used_name"]


def test_an_unknown_field_has_no_name() -> None:
    (container,) = tree(decode("CPS_ID_CARD", tlv(0xE3, tlv(0x8F, b"\x01")))).nodes
    assert container.children == (NamedNode(0x8F, None, False, b"\x01"),)


@pytest.mark.parametrize("label", EXAMPLES)
def test_every_field_of_an_example_has_a_name(label: str) -> None:
    whole = tree(decode(label, EXAMPLES[label] + bytes(20)))
    assert whole.remaining == b""
    assert all(node.name for container in whole.nodes for node in container.children)


def test_what_is_left_of_a_cut_object_is_shown() -> None:
    whole = tree(decode("CPS_ID_CARD", examples.IDENTITY_CARD[:-8]))
    assert [node.name for node in whole.nodes[0].children] == ["issuer_number", "number", "category"]
    assert whole.remaining == bytes.fromhex("83042024")


def test_what_is_no_tlv_remains() -> None:
    whole = tree(decode("CPS_DATA", b"\x80\x7fabc" + bytes(4)))
    assert (whole.nodes, whole.remaining) == ((), b"\x80\x7fabc")
    assert tree(decode("CPS_ID_CARD", bytes(20))).nodes == ()


def test_no_card_decides_how_deep_a_tree_is() -> None:
    deep = b""
    while len(deep) < 30000:
        deep = tlv(0xA0, deep)
    levels, (nodes, _) = 0, reading.tree(deep)
    while nodes:
        levels, nodes = levels + 1, nodes[0].children
    assert levels == reading.DEEPEST
