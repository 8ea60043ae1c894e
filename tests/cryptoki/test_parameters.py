"""CK_MECHANISM: its parameter is looked at when a mechanism wants it, and never otherwise."""

import pytest

from cryptolib.cryptoki.attributes import ulong
from cryptolib.cryptoki.constants import CKM_RSA_PKCS_PSS, CKR_MECHANISM_PARAM_INVALID
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.cryptoki.parameters import CkMechanism

ADDRESS = 0x7F00


class Memory:
    """A host's memory with one parameter in it."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.reads: list[tuple[int, int]] = []

    def __call__(self, address: int, length: int) -> bytes:
        self.reads.append((address, length))
        return self.content[:length]


def test_garbage_is_not_looked_at() -> None:
    memory = Memory()
    assert CkMechanism(CKM_RSA_PKCS_PSS, 0xDEADBEEF, 1 << 40, memory).type == CKM_RSA_PKCS_PSS
    assert memory.reads == []


def test_the_fields_of_pss() -> None:
    memory = Memory(ulong(0x250) + ulong(2) + ulong(32))
    assert CkMechanism(CKM_RSA_PKCS_PSS, ADDRESS, 24, memory).pss() == (0x250, 2, 32)
    assert memory.reads == [(ADDRESS, 24)]


@pytest.mark.parametrize(("address", "length"), [(0, 24), (ADDRESS, 0), (ADDRESS, 16), (ADDRESS, 25), (0, 0)])
def test_a_parameter_of_another_size_is_not_read(address: int, length: int) -> None:
    memory = Memory(bytes(64))
    with pytest.raises(CryptokiError) as caught:
        CkMechanism(CKM_RSA_PKCS_PSS, address, length, memory).pss()
    assert caught.value.code == CKR_MECHANISM_PARAM_INVALID
    assert memory.reads == []
