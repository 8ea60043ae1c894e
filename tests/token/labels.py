"""The labels of certificates and keys by card and role, and what is refused."""

from __future__ import annotations

import pytest

from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.token.objects import TokenObject
from tests.support import AUTHENTICATION, SIGNATURE

CERTIFICATES = {SIGNATURE: "Certificat de Signature CPS", AUTHENTICATION: "Certificat d'Authentification CPS"}
PRIVATE_KEYS = {SIGNATURE: "CPS_PRIV_SIG", AUTHENTICATION: "CPS_PRIV_AUT"}
PUBLIC_KEYS = {
    ("cps3", SIGNATURE): "Cle publique - Certificat de Signature CPS",
    ("cps3", AUTHENTICATION): "Cle publique - Certificat d'Authentification CPS",
    ("cps4", SIGNATURE): "Cle publique de Signature CPS",
    ("cps4", AUTHENTICATION): "Cle publique d'Authentification CPS",
}


def refused(item: TokenObject, attribute: int) -> int:
    with pytest.raises(CryptokiError) as caught:
        item.value(attribute)
    return caught.value.code
