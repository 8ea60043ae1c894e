"""When the files of a directory are read, and under which path."""

import pytest

from conformance.virtual_card.profiles import new_card
from conformance.virtual_card.tlv import context, octets, sequence
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15.directory import MAX_FILES, MAX_OBJECTS, Directory

APPLICATION = bytes.fromhex("3F000001")
THERE = (APPLICATION, APPLICATION + b"\x50\x31", APPLICATION + b"\x50\x32")


class Files:
    """The files of a virtual card, and which of them were read."""

    def __init__(self, profile: str) -> None:
        self._card = new_card(profile)
        self.reads: list[str] = []

    def read(self, path: bytes) -> bytes:
        assert path.startswith(APPLICATION)
        name = path[len(APPLICATION) :].hex().upper()
        self.reads.append(name)
        return self._card.file(f"3F00/0001/{name}").content

    def write(self, name: str, content: bytes) -> None:
        self._card.file(f"3F00/0001/{name}").content = content


def test_identity_and_codes_come_first() -> None:
    files = Files("cps3")
    directory = Directory(THERE, files.read)
    assert files.reads == ["5031", "5032", "7001"]
    assert (directory.label, directory.manufacturer) == ("CPS3v3-2899990003", "ORGANISME D'ESSAI")
    assert [pin.reference for pin in directory.pins] == [1, 2]


def test_objects_come_at_the_first_question_and_stay() -> None:
    files = Files("cps4")
    directory = Directory(THERE, files.read)
    files.reads.clear()
    objects = directory.objects()
    assert files.reads == ["7002", "7004", "7005", "7006"]
    assert [len(entries) for entries in objects] == [2, 2, 2, 16]
    assert directory.objects() is objects
    assert len(files.reads) == 4


def test_paths_of_two_bytes_are_inside_the_application() -> None:
    files = Files("cps3")
    files.write("5031", context(8, sequence(octets(b"\x70\x01"))))
    directory = Directory(THERE, files.read)
    assert files.reads == ["5031", "5032", "7001"]
    assert len(directory.pins) == 2


def test_what_the_odf_does_not_name_is_empty() -> None:
    files = Files("cps3")
    files.write("5031", bytes(32))
    directory = Directory(THERE, files.read)
    assert directory.pins == []
    assert directory.objects() == ([], [], [], [])


def test_several_files_of_a_kind_follow_one_another() -> None:
    files = Files("cps3")
    files.write("5031", context(4, sequence(octets(b"\x70\x05"))) + context(4, sequence(octets(b"\x71\x05"))))
    certificates = Directory(THERE, files.read).objects()[2]
    assert [entry.label for entry in certificates] == [
        "Certificat de Signature CPS",
        "Certificat d'Authentification CPS",
        "Certificat Technique CPS",
    ]


def named(path: bytes, kind: int = 4) -> bytes:
    return context(kind, sequence(octets(path)))


def test_a_file_that_is_named_again_and_again_is_read_once() -> None:
    files = Files("cps3")
    files.write("5031", (named(b"\x70\x05") + named(APPLICATION + b"\x70\x05")) * 1000)
    directory = Directory(THERE, files.read)
    assert len(directory.objects()[2]) == 2
    assert files.reads == ["5031", "5032", "7005"]


def test_more_files_than_a_card_can_mean_are_not_read() -> None:
    files = Files("cps3")
    files.write("5031", b"".join(named(bytes((0x71, number))) for number in range(MAX_FILES + 1)))
    directory = Directory(THERE, files.read)
    with pytest.raises(TlvError):
        directory.objects()
    assert files.reads == ["5031", "5032"]


def test_more_objects_than_a_card_can_mean_are_no_directory() -> None:
    files = Files("cps3")
    entry = sequence(sequence(), sequence(octets(b"\1")), context(1, sequence(sequence(octets(b"\xa0\x01")))))
    files.write("7005", entry * MAX_OBJECTS)
    assert len(Directory(THERE, files.read).objects()[2]) == MAX_OBJECTS
    files.write("7005", entry * (MAX_OBJECTS + 1))
    with pytest.raises(TlvError):
        Directory(THERE, files.read).objects()
