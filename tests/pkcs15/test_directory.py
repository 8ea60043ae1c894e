"""When the files of a directory are read, and under which path."""

from conformance.vcard.profiles import new_card
from conformance.vcard.tlv import context, octets, sequence
from cryptolib.pkcs15.directory import Directory

APPLICATION = bytes.fromhex("3F000001")


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
    directory = Directory(APPLICATION, files.read)
    assert files.reads == ["5031", "5032", "7001"]
    assert (directory.label, directory.manufacturer) == ("CPS3 VIRTUELLE", "ORGANISME D'ESSAI")
    assert [pin.reference for pin in directory.pins] == [1, 2]


def test_objects_come_at_the_first_question_and_stay() -> None:
    files = Files("cps4")
    directory = Directory(APPLICATION, files.read)
    files.reads.clear()
    objects = directory.objects()
    assert files.reads == ["7002", "7004", "7005", "7006"]
    assert [len(entries) for entries in objects] == [2, 2, 2, 17]
    assert directory.objects() is objects
    assert len(files.reads) == 4


def test_paths_of_two_bytes_are_inside_the_application() -> None:
    files = Files("cps3")
    files.write("5031", context(8, sequence(octets(b"\x70\x01"))))
    directory = Directory(APPLICATION, files.read)
    assert files.reads == ["5031", "5032", "7001"]
    assert len(directory.pins) == 2


def test_what_the_odf_does_not_name_is_empty() -> None:
    files = Files("cps3")
    files.write("5031", bytes(32))
    directory = Directory(APPLICATION, files.read)
    assert directory.pins == []
    assert directory.objects() == ([], [], [], [])


def test_several_files_of_a_kind_follow_one_another() -> None:
    files = Files("cps3")
    files.write("5031", context(4, sequence(octets(b"\x70\x05"))) + context(4, sequence(octets(b"\x71\x05"))))
    certificates = Directory(APPLICATION, files.read).objects()[2]
    assert [entry.label for entry in certificates] == [
        "Certificat de Signature CPS",
        "Certificat d'Authentification CPS",
        "Certificat Technique CPS",
    ]
