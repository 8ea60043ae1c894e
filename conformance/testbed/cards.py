"""What applications rely on: names, identifiers, codes and capabilities of the test cards.

Tests ask a card for a capability, never for its name.

Card specification, chapters 1.6, 5.2 and 5.3; case 316 of the acceptance plan for CKA_ID.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate, load_der_x509_certificate

from conformance.testbed.cryptoki import CKR
from conformance.virtual_card.contents import card_number
from conformance.virtual_card.identity import HOLDERS, card_name, identity

PUBLIC_DATA = frozenset({"CPS_ID_CARD", "CPS_NAME_PS", "CPS_LANG_PS", "CPS_INFO_PS"})
"""What every card shows to everybody."""

PIN = b"1234"
PUK = b"12345678"
WRONG_PIN = b"9999"
WRONG_PUK = b"99999999"

CIA_AID = bytes.fromhex("E828BD080F8025000001FF0010")


@dataclass(frozen=True, slots=True)
class KeyNames:
    """One key pair: its labels and identifiers."""

    role: str
    private: str
    certificate: str
    public: str
    id: bytes


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    generation: str
    """Of the family, as its token label has it: ``CPS3`` or ``CPS4``."""
    signature: KeyNames
    authentication: KeyNames
    private_data: frozenset[str]
    """Data objects that only the logged in holder sees."""
    public_data: frozenset[str] = PUBLIC_DATA
    contactless: bool = False
    """Read through its antenna: one technical key, which signs for everybody, and no PIN."""
    pads_blocks: bool = False
    """The card itself adds and removes the PKCS#1 v1.5 padding; another one takes and gives whole blocks."""
    tells_blocked_at_third_try: bool = False
    """The wrong PIN that takes the last try is answered as blocked, not as wrong."""
    changes_pin_in_one_command: bool = False
    """CHANGE REFERENCE DATA takes the old PIN too; another card wants VERIFY before."""
    lists_former_data: bool = False
    """Its directory lists the data of the former volet, CPS_SIT_FACT among them, as ordinary data objects."""

    @property
    def has_pin(self) -> bool:
        return not self.contactless

    @property
    def has_raw_rsa(self) -> bool:
        """CKM_RSA_X_509, for signatures and decryption."""
        return not self.pads_blocks

    @property
    def has_pss(self) -> bool:
        """RSA-PSS, which TLS 1.3 needs."""
        return not self.pads_blocks

    @property
    def has_oaep(self) -> bool:
        return not self.pads_blocks

    @property
    def third_wrong_code(self) -> CKR:
        return CKR.PIN_LOCKED if self.tells_blocked_at_third_try else CKR.PIN_INCORRECT

    @property
    def label(self) -> str:
        """The token's label: generation, version and number of the card."""
        version = {"CPS3": "v3", "CPS4": "v1"}[self.generation]
        return f"{self.generation}{version}-{card_number(identity(self.name).holder)}"

    @property
    def keys(self) -> tuple[KeyNames, KeyNames]:
        return self.signature, self.authentication

    def keys_of(self, role: str) -> KeyNames:
        """The keys for the role ``signature`` or ``authentication``."""
        return self.signature if role == "signature" else self.authentication

    def issued(self, keys: KeyNames) -> bytes:
        """The certificate as issued, from the test identities, not from the card."""
        return identity(self.name).credentials[keys.role].certificate

    def certificate(self, keys: KeyNames) -> Certificate:
        return load_der_x509_certificate(self.issued(keys))

    def authority(self) -> bytes:
        return identity(self.name).authority

    def public_key(self, keys: KeyNames) -> RSAPublicKey:
        key = self.certificate(keys).public_key()
        assert isinstance(key, RSAPublicKey)
        return key


SIGNATURE_CERTIFICATE = "Certificat de Signature CPS"
AUTHENTICATION_CERTIFICATE = "Certificat d'Authentification CPS"

CPS3 = Card(
    name="cps3",
    generation="CPS3",
    signature=KeyNames(
        "signature", "CPS_PRIV_SIG", SIGNATURE_CERTIFICATE, f"Cle publique - {SIGNATURE_CERTIFICATE}", CIA_AID + b"\x01"
    ),
    authentication=KeyNames(
        "authentication",
        "CPS_PRIV_AUT",
        AUTHENTICATION_CERTIFICATE,
        f"Cle publique - {AUTHENTICATION_CERTIFICATE}",
        CIA_AID + b"\x02",
    ),
    private_data=frozenset(
        {
            "CPS_ACTIVITY_01_PS",
            "CPS_ACTIVITY_02_PS",
            "CPS_SIT_FACT",
            "CPS2TER_ACTIVITY_01_PS",
            "CPS2TER_ACTIVITY_02_PS",
        }
    ),
    pads_blocks=True,
    changes_pin_in_one_command=True,
    public_data=PUBLIC_DATA | {"CPS_DATA"},
)
CPS4 = Card(
    name="cps4",
    generation="CPS4",
    signature=KeyNames(
        "signature", "CPS_PRIV_SIG", SIGNATURE_CERTIFICATE, "Cle publique de Signature CPS", CIA_AID + b"\x10"
    ),
    authentication=KeyNames(
        "authentication",
        "CPS_PRIV_AUT",
        AUTHENTICATION_CERTIFICATE,
        "Cle publique d'Authentification CPS",
        CIA_AID + b"\x20",
    ),
    private_data=frozenset(
        {
            "CPS_ACTIVITY_01_PS",
            "CPS_ACTIVITY_03_PS",
            "CPS_SIT_FACT",
            "CPS2TER_ACTIVITY_01_PS",
            "CPS2TER_ACTIVITY_03_PS",
        }
    ),
    public_data=PUBLIC_DATA
    | {
        "CPS2TER_ATR",
        "CPS2TER_ID",
        "CPS2TER_ICC",
        "CPS2TER_NAME",
        "CPS2TER_LANG",
        "CPS2TER_PSINFO",
        "CPS2TER_DIRAMO",
    },
    tells_blocked_at_third_try=True,
    lists_former_data=True,
)
TECHNICAL_CERTIFICATE = "Certificat Technique CPS"
_TECHNICAL = KeyNames(
    "technical",
    "CPS_PRIV_TECH_AUT",
    TECHNICAL_CERTIFICATE,
    f"Cle publique - {TECHNICAL_CERTIFICATE}",
    CIA_AID + b"\x03",
)
CPS3_CONTACTLESS = Card(
    "cps3cl",
    "CPS3",
    _TECHNICAL,
    _TECHNICAL,
    private_data=frozenset(),
    public_data=CPS3.public_data,
    contactless=True,
    pads_blocks=True,
)
"""Its one key does what is asked of either."""

CARDS = {card.name: card for card in (CPS3, CPS4)}
"""The cards with a holder who logs in."""

OTHER_CARDS = (*(card_name(profile, holder) for profile in CARDS for holder in HOLDERS), "cps3cl")
"""The names of the cards of the other families, of each generation, and of the CPS3 read through its antenna."""

EVERY_CARD = {**CARDS, CPS3_CONTACTLESS.name: CPS3_CONTACTLESS}
