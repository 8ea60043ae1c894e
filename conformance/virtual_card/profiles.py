"""The virtual cards that exist: CPS3 over contacts or antenna and CPS4, as if issued, and one of another kind."""

from __future__ import annotations

import os

from conformance.virtual_card import contents, pkcs15
from conformance.virtual_card.access import (
    ALWAYS,
    HOLDER,
    NEVER,
    PIN_MAXIMUM,
    PIN_REFERENCE,
    PROTECTED,
    PUBLIC_CONTACT_ONLY,
    PUK_MAXIMUM,
    PUK_REFERENCE,
    WRITABLE_BY_HOLDER,
    Pin,
    SecurityStatus,
)
from conformance.virtual_card.card import VirtualCard
from conformance.virtual_card.chip import Chip
from conformance.virtual_card.cps3 import Cps3Chip
from conformance.virtual_card.cps4 import Cps4Chip
from conformance.virtual_card.files import Directory, FileSystem, Key
from conformance.virtual_card.identity import HOLDERS, Identity, identity
from conformance.virtual_card.state import CardState

PROFILES = ("cps3", "cps3cl", "cps4")
FOREIGN = "foreign"
"""A card that is not a CPS card, such as a season ticket: powered, it knows none of the commands."""
OTHER_CPS4 = "cps4-other"
"""A second CPS4, of another holder: it has the serial number and the keys of the CPS3."""
INSERTABLE = (*PROFILES, FOREIGN, OTHER_CPS4)
"""Each with the holder of its own; `cps4:pharmacist` is a CPS4 of one of the other holders."""

ROOT_AID = bytes.fromhex("8025000001FF0100")
CONTACT_AID = bytes.fromhex("E828BD080F8025000001FF0010")
CONTACTLESS_AID = bytes.fromhex("E828BD080F8025000001FF0020")

ATR = {
    "cps3": bytes.fromhex("3BAC00402A001225006480000310009000"),
    "cps3cl": bytes.fromhex("3B8F80010031B86404B0ECC1739401808290000E"),
    "cps4": bytes.fromhex("3B9B188001001225006480040100009044"),
    FOREIGN: bytes.fromhex("3B6900005452414E53504F5254"),
    OTHER_CPS4: bytes.fromhex("3B9B188001001225006480040100009044"),
}
PROTOCOL = {"cps3": "T=0", "cps3cl": "T=1", "cps4": "T=1", FOREIGN: "T=0", OTHER_CPS4: "T=1"}

_PIN_LENGTH, _PUK_LENGTH = 4, 8
_PIN_LABEL = "Code porteur de la carte CPX"
_PUK_LABEL = "Code de deblocage de la carte CPX"
_MANUFACTURER = "ORGANISME D'ESSAI"

_SHA1_RSA = "1.2.840.113549.1.1.5"
_SHA256_RSA = "1.2.840.113549.1.1.11"
_RSA = "1.2.840.113549.1.1.1"
_PSS = "1.2.840.113549.1.1.10"
_SHA1 = "1.3.14.3.2.26"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_SIGN, _DECIPHER, _HASH = pkcs15.COMPUTE_SIGNATURE, pkcs15.DECIPHER, pkcs15.HASH

_CPS3_ALGORITHMS = [
    pkcs15.Algorithm(1, 0x00000006, _SIGN, _SHA1_RSA, 0x12),
    pkcs15.Algorithm(2, 0x00000040, _SIGN, _SHA256_RSA, 0x42),
    pkcs15.Algorithm(3, 0x00000220, _HASH, _SHA1, 0x10),
    pkcs15.Algorithm(4, 0x00000250, _HASH, _SHA256, 0x40),
    pkcs15.Algorithm(5, 0x00000001, _SIGN, _RSA, 0x02),
    pkcs15.Algorithm(6, 0x00000001, _DECIPHER, _RSA, 0x1A),
]
_CPS4_ALGORITHMS = [
    pkcs15.Algorithm(1, 0x00000006, _SIGN, _SHA1_RSA, 0x0A),
    pkcs15.Algorithm(2, 0x00000040, _SIGN, _SHA256_RSA, 0x28),
    pkcs15.Algorithm(3, 0x0000000E, _SIGN, _PSS, 0x15),
    pkcs15.Algorithm(4, 0x00000043, _SIGN, _PSS, 0x2C),
]

_EMPTY_DIRECTORY = bytes(32)
_CERTIFICATE_LABELS = {
    "signature": "Certificat de Signature CPS",
    "authentication": "Certificat d'Authentification CPS",
    "technical": "Certificat Technique CPS",
}
_CERTIFICATE_FILES = {"signature": 0xA001, "authentication": 0xA002, "technical": 0xA003}

CPS_DATA = "3F00/0001/D107"
CPS_DATA_ENTRY = pkcs15.DataEntry("CPS_DATA", bytes.fromhex("3F000001D107"), modifiable=True)


def new_card(card: str, state: str | os.PathLike[str] | None = None) -> VirtualCard:
    """A card by its name; ``state`` is the path of the JSON file that remembers PINs, counters and CPS_DATA."""
    profile, memory = profile_of(card), CardState(state)
    chip = (
        Chip(FileSystem(), memory, SecurityStatus({})) if profile == FOREIGN else _chip(profile, identity(card), memory)
    )
    return VirtualCard(card, ATR[profile], PROTOCOL[profile], chip, memory)


def profile_of(card: str) -> str:
    """The profile of a card that is named alone or with a holder. Raises ValueError when there is no such card."""
    profile, named, holder = card.partition(":")
    if profile not in INSERTABLE or (named and (profile not in PROFILES or holder not in HOLDERS)):
        raise ValueError(f"unknown card profile {card!r}")
    return profile


def _chip(profile: str, who: Identity, memory: CardState) -> Chip:
    contactless = profile == "cps3cl"
    security = SecurityStatus({} if contactless else _pins(memory))
    generation_4 = profile in {"cps4", OTHER_CPS4}
    files = _cps4_files(who) if generation_4 else _cps3_files(who)
    for path, content in memory.files.items():
        if files.holds(path):  # a variation may have added it; that puts it back
            files.file(path).write(bytes.fromhex(content))
    if generation_4:
        return Cps4Chip(files, memory, security)
    return Cps3Chip(files, _volet_files(who), memory, security, contactless)


def _pins(memory: CardState) -> dict[int, Pin]:
    return {
        PIN_REFERENCE: Pin(memory, "pin", _PIN_LENGTH, PIN_MAXIMUM),
        PUK_REFERENCE: Pin(memory, "puk", _PUK_LENGTH, PUK_MAXIMUM),
    }


# Objects of both generations


def _path(fid: int, directory: int = 0x0001) -> bytes:
    return bytes.fromhex(f"3F00{directory:04X}{fid:04X}")


def _name(fid: int, directory: int = 0x0001) -> str:
    return f"3F00/{directory:04X}/{fid:04X}"


def _object_directory(files: dict[int, int]) -> bytes:
    return pkcs15.object_directory({number: _path(fid) for number, fid in files.items()})


def _add_root_files(files: FileSystem, who: Identity, applications: bytes) -> None:
    files.add("3F00/2F00", applications, short_id=0x1E)
    files.add("3F00/2F01", contents.answer_to_reset_file(), short_id=0x1D)
    files.add("3F00/D003", contents.serial_number(who.holder.serial), short_id=0x1C)


def _add_certificates(files: FileSystem, who: Identity) -> None:
    for role, credential in who.credentials.items():
        files.add(_name(_CERTIFICATE_FILES[role]), credential.certificate)


def token_label(profile: str, who: Identity) -> str:
    """Generation, version and the number of the card: programs read the digits behind ``CPS`` and ``v``."""
    version = "CPS4v1" if profile in {"cps4", OTHER_CPS4} else "CPS3v3"
    return f"{version}-{contents.card_number(who.holder)}"


def _add_holder_data(files: FileSystem, who: Identity) -> tuple[list[pkcs15.DataEntry], list[pkcs15.DataEntry]]:
    """Donnees metier; gives the DODF entries of the protected ones, and those of the others."""
    protected = []
    for situation in contents.ACTIVITIES[who.name]:
        fid = 0xD120 + situation.number
        files.add(_name(fid), contents.activity(situation), PROTECTED)
        protected.append(pkcs15.DataEntry(f"CPS_ACTIVITY_{situation.number:02}_PS", _path(fid), private=True))
    public = []
    contents_of = {
        0xD100: ("CPS_ID_CARD", contents.identity_card(who.holder)),
        0xD101: ("CPS_NAME_PS", contents.holder_name(who.holder)),
        0xD102: ("CPS_LANG_PS", contents.holder_language()),
        0xD104: ("CPS_INFO_PS", contents.holder_information(who.holder)),
    }
    for fid, (label, content) in contents_of.items():
        files.add(_name(fid), content)
        public.append(pkcs15.DataEntry(label, _path(fid)))
    return protected, public


def _certificate_entries(identifiers: dict[str, bytes]) -> bytes:
    return pkcs15.certificates(
        [(_CERTIFICATE_LABELS[role], key_id, _path(_CERTIFICATE_FILES[role])) for role, key_id in identifiers.items()]
    )


# CPS3


def _cps3_files(who: Identity) -> FileSystem:
    files = FileSystem(ROOT_AID)
    _add_root_files(
        files,
        who,
        pkcs15.application_template(CONTACT_AID, "CPX IAS", bytes.fromhex("3F000001"))
        + pkcs15.application_template(CONTACTLESS_AID, "CPX IAS CL", bytes.fromhex("3F000002")),
    )
    application = files.add_directory("3F00/0001", CONTACT_AID)
    contactless = files.add_directory("3F00/0002", CONTACTLESS_AID)
    _add_certificates(files, who)
    files.add(CPS_DATA, contents.application_data(), WRITABLE_BY_HOLDER)
    protected, public = _add_holder_data(files, who)
    data = [*protected, CPS_DATA_ENTRY, *public]
    _add_cps3_contact_directory(files, who, data)
    _add_cps3_contactless_directory(files, who, data)
    _add_cps3_keys(who, application, contactless)
    return files


def _add_cps3_keys(who: Identity, application: Directory, contactless: Directory) -> None:
    signature = who.credentials["signature"].key
    authentication = who.credentials["authentication"].key
    technical = who.credentials["technical"].key
    application.keys = {
        0x81: Key(0x81, signature, frozenset({"sign"}), HOLDER, NEVER),
        0x82: Key(0x82, authentication, frozenset({"authenticate", "decipher"}), HOLDER, NEVER),
    }
    contactless.keys = {0x83: Key(0x83, technical, frozenset({"authenticate"}), ALWAYS)}


def _add_cps3_contact_directory(files: FileSystem, who: Identity, data: list[pkcs15.DataEntry]) -> None:
    identifiers = {"signature": CONTACT_AID + b"\x01", "authentication": CONTACT_AID + b"\x02"}
    files.add(
        _name(0x5031),
        _object_directory({0: 0x7002, 1: 0x7004, 4: 0x7005, 7: 0x7006, 8: 0x7001}),
    )
    files.add(_name(0x5032), pkcs15.token_info(token_label("cps3", who), _MANUFACTURER, _CPS3_ALGORITHMS, True))
    files.add(
        _name(0x7001),
        pkcs15.authentication_objects(_PIN_LABEL, _PUK_LABEL, _PIN_LENGTH, _PUK_LENGTH),
        PUBLIC_CONTACT_ONLY,
    )
    files.add(
        _name(0x7002),
        pkcs15.private_keys(
            [
                pkcs15.KeyEntry(
                    "CPS_PRIV_SIG",
                    identifiers["signature"],
                    0x81,
                    (pkcs15.USAGE_NON_REPUDIATION,),
                    (pkcs15.MODE_SIGN,),
                ),
                pkcs15.KeyEntry(
                    "CPS_PRIV_AUT",
                    identifiers["authentication"],
                    0x82,
                    (pkcs15.USAGE_DECRYPT, pkcs15.USAGE_SIGN),
                    (pkcs15.MODE_DECIPHER, pkcs15.MODE_AUTHENTICATE),
                ),
            ]
        ),
    )
    files.add(_name(0x7004), _EMPTY_DIRECTORY)
    files.add(_name(0x7005), _certificate_entries(identifiers))
    files.add(_name(0x7006), pkcs15.data_objects(data))


def _add_cps3_contactless_directory(files: FileSystem, who: Identity, data: list[pkcs15.DataEntry]) -> None:
    identifier = CONTACT_AID + b"\x03"
    files.add(
        _name(0x5031, 0x0002),
        _object_directory({0: 0x7102, 1: 0x7104, 4: 0x7105, 7: 0x7106}),
    )
    files.add(
        _name(0x5032, 0x0002), pkcs15.token_info(token_label("cps3", who), _MANUFACTURER, _CPS3_ALGORITHMS, False)
    )
    files.add(
        _name(0x7102),
        pkcs15.private_keys(
            [pkcs15.KeyEntry("CPS_PRIV_TECH_AUT", identifier, 0x83, (pkcs15.USAGE_SIGN,), private=False)]
        ),
    )
    files.add(_name(0x7104), _EMPTY_DIRECTORY)
    files.add(_name(0x7105), _certificate_entries({"technical": identifier}))
    readable = [pkcs15.DataEntry(entry.label, entry.path) for entry in data if not entry.private]
    files.add(_name(0x7106), pkcs15.data_objects(readable))


def _volet_files(who: Identity) -> FileSystem:
    """The CPS2ter volet: one file per possible situation, and the billing situations."""
    volet = FileSystem()
    situations = contents.ACTIVITIES[who.name]
    for situation in situations:
        volet.add(f"3F00/{0x400F + situation.number:04X}", contents.volet_activity(situation), PROTECTED)
    volet.add_directory("3F00/7F01")
    volet.add("3F00/7F01/4000", contents.billing_situation(situations), PROTECTED)
    return volet


# CPS4


def _cps4_files(who: Identity) -> FileSystem:
    files = FileSystem(ROOT_AID)
    _add_root_files(files, who, pkcs15.application_template(CONTACT_AID, "CPX IAS", bytes.fromhex("3F000001")))
    application = files.add_directory("3F00/0001", CONTACT_AID)
    _add_certificates(files, who)
    _add_cps4_directory(files, who, _add_cps4_data(files, who))
    application.keys = {
        0x10: Key(0x10, who.credentials["signature"].key, frozenset({"sign"}), HOLDER),
        0x20: Key(0x20, who.credentials["authentication"].key, frozenset({"sign", "decipher"}), HOLDER),
    }
    return files


def _add_cps4_data(files: FileSystem, who: Identity) -> list[pkcs15.DataEntry]:
    """The data of the former volet and of the former card are ordinary objects here. There is no CPS_DATA."""
    protected, public = _add_holder_data(files, who)
    volet = []
    situations = contents.ACTIVITIES[who.name]
    files.add(_name(0xD140), contents.billing_situation(situations), PROTECTED)
    volet.append(pkcs15.DataEntry("CPS_SIT_FACT", _path(0xD140), private=True))
    for situation in situations:
        fid = 0xD140 + situation.number
        files.add(_name(fid), contents.volet_activity(situation), PROTECTED)
        volet.append(pkcs15.DataEntry(f"CPS2TER_ACTIVITY_{situation.number:02}_PS", _path(fid), private=True))
    former = []
    for fid, (label, content) in enumerate(contents.former_card(who.holder).items(), 0xD160):
        files.add(_name(fid), content)
        former.append(pkcs15.DataEntry(label, _path(fid)))
    return protected + volet + public + former


def _add_cps4_directory(files: FileSystem, who: Identity, data: list[pkcs15.DataEntry]) -> None:
    identifiers = {"signature": CONTACT_AID + b"\x10", "authentication": CONTACT_AID + b"\x20"}
    public_files = {"signature": 0xB001, "authentication": 0xB002}
    for role, fid in public_files.items():
        files.add(_name(fid), who.credentials[role].key.public_key_der())
    files.add(
        _name(0x5031),
        _object_directory({0: 0x7002, 1: 0x7004, 4: 0x7005, 7: 0x7006, 8: 0x7001}),
    )
    files.add(_name(0x5032), pkcs15.token_info(token_label("cps4", who), _MANUFACTURER, _CPS4_ALGORITHMS, True))
    files.add(_name(0x7001), pkcs15.authentication_objects(_PIN_LABEL, _PUK_LABEL, _PIN_LENGTH, _PUK_LENGTH))
    signature, authentication = identifiers["signature"], identifiers["authentication"]
    files.add(
        _name(0x7002),
        pkcs15.private_keys(
            [
                pkcs15.KeyEntry("CPS_PRIV_SIG", signature, 0x10, (pkcs15.USAGE_NON_REPUDIATION,), (pkcs15.MODE_SIGN,)),
                pkcs15.KeyEntry(
                    "CPS_PRIV_AUT",
                    authentication,
                    0x20,
                    (pkcs15.USAGE_DECRYPT, pkcs15.USAGE_SIGN),
                    (pkcs15.MODE_SIGN, pkcs15.MODE_DECIPHER),
                ),
            ]
        ),
    )
    files.add(
        _name(0x7004),
        pkcs15.public_keys(
            [
                pkcs15.KeyEntry(
                    "Cle publique de Signature CPS", signature, 0x10, (pkcs15.USAGE_VERIFY,), path=_path(0xB001)
                ),
                pkcs15.KeyEntry(
                    "Cle publique d'Authentification CPS",
                    authentication,
                    0x20,
                    (pkcs15.USAGE_ENCRYPT, pkcs15.USAGE_VERIFY),
                    path=_path(0xB002),
                ),
            ]
        ),
    )
    files.add(_name(0x7005), _certificate_entries(identifiers))
    files.add(_name(0x7006), pkcs15.data_objects(data))
