"""Constants and structures of PKCS#11 for ctypes, written independently of the module's own tables.

PKCS #11 Specification 3.1, clauses 3.1 to 3.6 and annex B.
"""

import ctypes
from enum import IntEnum, IntFlag

UNAVAILABLE = ctypes.c_ulong(-1).value  # CK_UNAVAILABLE_INFORMATION
INVALID_HANDLE = 0


class CKR(IntEnum):
    OK = 0x000
    CANCEL = 0x001
    HOST_MEMORY = 0x002
    SLOT_ID_INVALID = 0x003
    GENERAL_ERROR = 0x005
    FUNCTION_FAILED = 0x006
    ARGUMENTS_BAD = 0x007
    NO_EVENT = 0x008
    NEED_TO_CREATE_THREADS = 0x009
    CANT_LOCK = 0x00A
    ATTRIBUTE_READ_ONLY = 0x010
    ATTRIBUTE_SENSITIVE = 0x011
    ATTRIBUTE_TYPE_INVALID = 0x012
    ATTRIBUTE_VALUE_INVALID = 0x013
    ACTION_PROHIBITED = 0x01B
    DATA_INVALID = 0x020
    DATA_LEN_RANGE = 0x021
    DEVICE_ERROR = 0x030
    DEVICE_MEMORY = 0x031
    DEVICE_REMOVED = 0x032
    ENCRYPTED_DATA_INVALID = 0x040
    ENCRYPTED_DATA_LEN_RANGE = 0x041
    FUNCTION_CANCELED = 0x050
    FUNCTION_NOT_PARALLEL = 0x051
    FUNCTION_NOT_SUPPORTED = 0x054
    KEY_HANDLE_INVALID = 0x060
    KEY_SIZE_RANGE = 0x062
    KEY_TYPE_INCONSISTENT = 0x063
    KEY_FUNCTION_NOT_PERMITTED = 0x068
    MECHANISM_INVALID = 0x070
    MECHANISM_PARAM_INVALID = 0x071
    OBJECT_HANDLE_INVALID = 0x082
    OPERATION_ACTIVE = 0x090
    OPERATION_NOT_INITIALIZED = 0x091
    PIN_INCORRECT = 0x0A0
    PIN_INVALID = 0x0A1
    PIN_LEN_RANGE = 0x0A2
    PIN_EXPIRED = 0x0A3
    PIN_LOCKED = 0x0A4
    SESSION_CLOSED = 0x0B0
    SESSION_COUNT = 0x0B1
    SESSION_HANDLE_INVALID = 0x0B3
    SESSION_PARALLEL_NOT_SUPPORTED = 0x0B4
    SESSION_READ_ONLY = 0x0B5
    SESSION_EXISTS = 0x0B6
    SESSION_READ_ONLY_EXISTS = 0x0B7
    SESSION_READ_WRITE_SO_EXISTS = 0x0B8
    SIGNATURE_INVALID = 0x0C0
    SIGNATURE_LEN_RANGE = 0x0C1
    TEMPLATE_INCOMPLETE = 0x0D0
    TEMPLATE_INCONSISTENT = 0x0D1
    TOKEN_NOT_PRESENT = 0x0E0
    TOKEN_NOT_RECOGNIZED = 0x0E1
    TOKEN_WRITE_PROTECTED = 0x0E2
    USER_ALREADY_LOGGED_IN = 0x100
    USER_NOT_LOGGED_IN = 0x101
    USER_PIN_NOT_INITIALIZED = 0x102
    USER_TYPE_INVALID = 0x103
    USER_ANOTHER_ALREADY_LOGGED_IN = 0x104
    USER_TOO_MANY_TYPES = 0x105
    RANDOM_SEED_NOT_SUPPORTED = 0x120
    RANDOM_NO_RNG = 0x121
    BUFFER_TOO_SMALL = 0x150
    SAVED_STATE_INVALID = 0x160
    INFORMATION_SENSITIVE = 0x170
    STATE_UNSAVEABLE = 0x180
    CRYPTOKI_NOT_INITIALIZED = 0x190
    CRYPTOKI_ALREADY_INITIALIZED = 0x191
    MUTEX_BAD = 0x1A0
    MUTEX_NOT_LOCKED = 0x1A1
    FUNCTION_REJECTED = 0x200
    OPERATION_CANCEL_FAILED = 0x202

    @classmethod
    def _missing_(cls, value: object) -> "CKR | None":
        """Show an unknown code as a number."""
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_, unknown._value_ = f"UNKNOWN_{value:#x}", value
        return unknown


class CKF(IntFlag):
    """Flags of calls; the flags of the info structures have classes of their own."""

    DONT_BLOCK = 0x1
    RW_SESSION = 0x2
    SERIAL_SESSION = 0x4
    LIBRARY_CANT_CREATE_OS_THREADS = 0x1
    OS_LOCKING_OK = 0x2


class SlotFlag(IntFlag):
    TOKEN_PRESENT = 0x1
    REMOVABLE_DEVICE = 0x2
    HW_SLOT = 0x4


class TokenFlag(IntFlag):
    RNG = 0x1
    WRITE_PROTECTED = 0x2
    LOGIN_REQUIRED = 0x4
    USER_PIN_INITIALIZED = 0x8
    PROTECTED_AUTHENTICATION_PATH = 0x100
    TOKEN_INITIALIZED = 0x400
    USER_PIN_COUNT_LOW = 0x1_0000
    USER_PIN_FINAL_TRY = 0x2_0000
    USER_PIN_LOCKED = 0x4_0000
    SO_PIN_COUNT_LOW = 0x10_0000
    SO_PIN_FINAL_TRY = 0x20_0000
    SO_PIN_LOCKED = 0x40_0000


class MechanismFlag(IntFlag):
    HW = 0x1
    ENCRYPT = 0x100
    DECRYPT = 0x200
    DIGEST = 0x400
    SIGN = 0x800
    SIGN_RECOVER = 0x1000
    VERIFY = 0x2000
    VERIFY_RECOVER = 0x4000
    WRAP = 0x2_0000
    UNWRAP = 0x4_0000


class CKU(IntEnum):
    SO = 0
    USER = 1
    CONTEXT_SPECIFIC = 2


class CKS(IntEnum):
    RO_PUBLIC_SESSION = 0
    RO_USER_FUNCTIONS = 1
    RW_PUBLIC_SESSION = 2
    RW_USER_FUNCTIONS = 3
    RW_SO_FUNCTIONS = 4


class CKO(IntEnum):
    DATA = 0
    CERTIFICATE = 1
    PUBLIC_KEY = 2
    PRIVATE_KEY = 3
    SECRET_KEY = 4
    HW_FEATURE = 5
    DOMAIN_PARAMETERS = 6
    MECHANISM = 7
    OTP_KEY = 8
    PROFILE = 9
    NSS_CRL = 0xCE53_4351
    NSS_SMIME = 0xCE53_4352
    NSS_TRUST = 0xCE53_4353
    NSS_BUILTIN_ROOT_LIST = 0xCE53_4354


class CKA(IntEnum):
    CLASS = 0x000
    TOKEN = 0x001
    PRIVATE = 0x002
    LABEL = 0x003
    UNIQUE_ID = 0x004
    APPLICATION = 0x010
    VALUE = 0x011
    OBJECT_ID = 0x012
    CERTIFICATE_TYPE = 0x080
    ISSUER = 0x081
    SERIAL_NUMBER = 0x082
    TRUSTED = 0x086
    CERTIFICATE_CATEGORY = 0x087
    JAVA_MIDP_SECURITY_DOMAIN = 0x088
    URL = 0x089
    HASH_OF_SUBJECT_PUBLIC_KEY = 0x08A
    HASH_OF_ISSUER_PUBLIC_KEY = 0x08B
    NAME_HASH_ALGORITHM = 0x08C
    CHECK_VALUE = 0x090
    KEY_TYPE = 0x100
    SUBJECT = 0x101
    ID = 0x102
    SENSITIVE = 0x103
    ENCRYPT = 0x104
    DECRYPT = 0x105
    WRAP = 0x106
    UNWRAP = 0x107
    SIGN = 0x108
    SIGN_RECOVER = 0x109
    VERIFY = 0x10A
    VERIFY_RECOVER = 0x10B
    DERIVE = 0x10C
    START_DATE = 0x110
    END_DATE = 0x111
    MODULUS = 0x120
    MODULUS_BITS = 0x121
    PUBLIC_EXPONENT = 0x122
    PRIVATE_EXPONENT = 0x123
    PRIME_1 = 0x124
    PRIME_2 = 0x125
    EXPONENT_1 = 0x126
    EXPONENT_2 = 0x127
    COEFFICIENT = 0x128
    PUBLIC_KEY_INFO = 0x129
    EXTRACTABLE = 0x162
    LOCAL = 0x163
    NEVER_EXTRACTABLE = 0x164
    ALWAYS_SENSITIVE = 0x165
    KEY_GEN_MECHANISM = 0x166
    MODIFIABLE = 0x170
    COPYABLE = 0x171
    DESTROYABLE = 0x172
    ALWAYS_AUTHENTICATE = 0x202
    WRAP_WITH_TRUSTED = 0x210
    PROFILE_ID = 0x601
    PARAMETER_SET = 0x61D
    OBJECT_VALIDATION_FLAGS = 0x61E
    ENCAPSULATE_TEMPLATE = 0x62A
    DECAPSULATE_TEMPLATE = 0x62B
    ENCAPSULATE = 0x633
    DECAPSULATE = 0x634
    WRAP_TEMPLATE = 0x4000_0211
    UNWRAP_TEMPLATE = 0x4000_0212
    DERIVE_TEMPLATE = 0x4000_0213
    ALLOWED_MECHANISMS = 0x4000_0600


class CKM(IntEnum):
    RSA_PKCS_KEY_PAIR_GEN = 0x000
    RSA_PKCS = 0x001
    RSA_X_509 = 0x003
    SHA1_RSA_PKCS = 0x006
    RSA_PKCS_OAEP = 0x009
    RSA_PKCS_PSS = 0x00D
    SHA1_RSA_PKCS_PSS = 0x00E
    SHA256_RSA_PKCS = 0x040
    SHA384_RSA_PKCS = 0x041
    SHA512_RSA_PKCS = 0x042
    SHA256_RSA_PKCS_PSS = 0x043
    SHA384_RSA_PKCS_PSS = 0x044
    SHA512_RSA_PKCS_PSS = 0x045
    SHA224_RSA_PKCS = 0x046
    SHA224_RSA_PKCS_PSS = 0x047
    MD5 = 0x210
    SHA_1 = 0x220
    SHA256 = 0x250
    SHA224 = 0x255
    SHA384 = 0x260
    SHA512 = 0x270
    AES_KEY_GEN = 0x1080


class CKG(IntEnum):
    MGF1_SHA1 = 1
    MGF1_SHA256 = 2
    MGF1_SHA384 = 3
    MGF1_SHA512 = 4
    MGF1_SHA224 = 5


CKK_RSA = 0
CKC_X_509 = 0
CKZ_DATA_SPECIFIED = 1


class Version(ctypes.Structure):
    _fields_ = [("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte)]


class Info(ctypes.Structure):
    _fields_ = [
        ("cryptokiVersion", Version),
        ("manufacturerID", ctypes.c_ubyte * 32),
        ("flags", ctypes.c_ulong),
        ("libraryDescription", ctypes.c_ubyte * 32),
        ("libraryVersion", Version),
    ]


class SlotInfo(ctypes.Structure):
    _fields_ = [
        ("slotDescription", ctypes.c_ubyte * 64),
        ("manufacturerID", ctypes.c_ubyte * 32),
        ("flags", ctypes.c_ulong),
        ("hardwareVersion", Version),
        ("firmwareVersion", Version),
    ]


class TokenInfo(ctypes.Structure):
    _fields_ = [
        ("label", ctypes.c_ubyte * 32),
        ("manufacturerID", ctypes.c_ubyte * 32),
        ("model", ctypes.c_ubyte * 16),
        ("serialNumber", ctypes.c_ubyte * 16),
        ("flags", ctypes.c_ulong),
        ("ulMaxSessionCount", ctypes.c_ulong),
        ("ulSessionCount", ctypes.c_ulong),
        ("ulMaxRwSessionCount", ctypes.c_ulong),
        ("ulRwSessionCount", ctypes.c_ulong),
        ("ulMaxPinLen", ctypes.c_ulong),
        ("ulMinPinLen", ctypes.c_ulong),
        ("ulTotalPublicMemory", ctypes.c_ulong),
        ("ulFreePublicMemory", ctypes.c_ulong),
        ("ulTotalPrivateMemory", ctypes.c_ulong),
        ("ulFreePrivateMemory", ctypes.c_ulong),
        ("hardwareVersion", Version),
        ("firmwareVersion", Version),
        ("utcTime", ctypes.c_ubyte * 16),
    ]


class SessionInfo(ctypes.Structure):
    _fields_ = [
        ("slotID", ctypes.c_ulong),
        ("state", ctypes.c_ulong),
        ("flags", ctypes.c_ulong),
        ("ulDeviceError", ctypes.c_ulong),
    ]


class MechanismInfo(ctypes.Structure):
    _fields_ = [("ulMinKeySize", ctypes.c_ulong), ("ulMaxKeySize", ctypes.c_ulong), ("flags", ctypes.c_ulong)]


class Attribute(ctypes.Structure):
    _fields_ = [("type", ctypes.c_ulong), ("pValue", ctypes.c_void_p), ("ulValueLen", ctypes.c_ulong)]


class Mechanism(ctypes.Structure):
    _fields_ = [("mechanism", ctypes.c_ulong), ("pParameter", ctypes.c_void_p), ("ulParameterLen", ctypes.c_ulong)]


class PssParameters(ctypes.Structure):
    _fields_ = [("hashAlg", ctypes.c_ulong), ("mgf", ctypes.c_ulong), ("sLen", ctypes.c_ulong)]


class OaepParameters(ctypes.Structure):
    _fields_ = [
        ("hashAlg", ctypes.c_ulong),
        ("mgf", ctypes.c_ulong),
        ("source", ctypes.c_ulong),
        ("pSourceData", ctypes.c_void_p),
        ("ulSourceDataLen", ctypes.c_ulong),
    ]


class InitializeArguments(ctypes.Structure):
    _fields_ = [
        ("CreateMutex", ctypes.c_void_p),
        ("DestroyMutex", ctypes.c_void_p),
        ("LockMutex", ctypes.c_void_p),
        ("UnlockMutex", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
        ("pReserved", ctypes.c_void_p),
    ]
