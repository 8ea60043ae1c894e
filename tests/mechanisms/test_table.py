"""The mechanisms that a token offers; each does what its flags say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cryptolib.cards.catalog import DRIVERS, driver_of
from cryptolib.cryptoki import constants
from cryptolib.cryptoki.constants import (
    CKF_DECRYPT,
    CKF_DIGEST,
    CKF_ENCRYPT,
    CKF_HW,
    CKF_SIGN,
    CKF_SIGN_RECOVER,
    CKF_VERIFY,
    CKF_VERIFY_RECOVER,
    CKM_RSA_PKCS,
    CKM_RSA_PKCS_OAEP,
)
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.cryptoki.parameters import CkMechanism
from cryptolib.mechanisms.hashes import BY_MECHANISM
from cryptolib.mechanisms.table import MECHANISMS, Digest, Mechanism, offered, require_usable
from tests.mechanisms.keys import LABEL, ROLES, SoftKey, public, with_ulongs, without_parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme

NAMES = {value: name for name, value in vars(constants).items() if name.startswith("CKM_")}
SIGN = CKF_HW | CKF_SIGN | CKF_VERIFY
RECOVER = SIGN | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER
CIPHER = CKF_HW | CKF_DECRYPT | CKF_ENCRYPT

PARAMETRISED = [number for number, name in NAMES.items() if "PSS" in name or "OAEP" in name or name == "CKM_SHA_1"]

DIGESTS = {f"CKM_SHA{size}": CKF_DIGEST for size in ("_1", "224", "256", "384", "512")}
HASH_RSA = {f"CKM_SHA{size}_RSA_PKCS": SIGN for size in (1, 224, 256, 384, 512)}
HASH_PSS = {f"CKM_SHA{size}_RSA_PKCS_PSS": SIGN for size in (1, 224, 256, 384, 512)}
OFFERED = {
    "cps3": DIGESTS | {"CKM_RSA_PKCS": RECOVER | CIPHER} | HASH_RSA,
    "cps3cl": DIGESTS | {"CKM_RSA_PKCS": RECOVER},
    "cps4": DIGESTS
    | {"CKM_RSA_PKCS": RECOVER | CIPHER, "CKM_RSA_X_509": RECOVER | CIPHER, "CKM_RSA_PKCS_OAEP": CIPHER}
    | HASH_RSA
    | {"CKM_RSA_PKCS_PSS": SIGN}
    | HASH_PSS,
}


def schemes_of(card: str) -> frozenset[Scheme]:
    driver = driver_of(card)
    return driver.SIGNATURE_SCHEMES | driver.AUTHENTICATION_SCHEMES


@pytest.mark.parametrize("card", DRIVERS)
def test_each_card_offers_what_its_keys_compute(card: str) -> None:
    found = {NAMES[mechanism]: flags for mechanism, flags in offered(schemes_of(card)).items()}
    assert found == OFFERED[card]
    assert list(found) == list(OFFERED[card]), "in the table's order"


def test_a_card_without_keys_still_hashes() -> None:
    assert set(offered(frozenset()).values()) == {CKF_DIGEST}


@pytest.mark.parametrize("card", DRIVERS)
def test_the_first_that_signs_is_one_of_both_keys(card: str) -> None:
    driver = driver_of(card)
    first = next(mechanism for mechanism, flags in offered(schemes_of(card)).items() if flags & CKF_SIGN)
    assert first == CKM_RSA_PKCS
    assert not driver.SIGNATURE_SCHEMES or MECHANISMS[first].signs(driver.SIGNATURE_SCHEMES)
    assert MECHANISMS[first].signs(driver.AUTHENTICATION_SCHEMES)


def good_parameter(mechanism: int) -> CkMechanism:
    name = NAMES[mechanism]
    if mechanism == CKM_RSA_PKCS_OAEP:
        return with_ulongs(mechanism, constants.CKM_SHA_1, constants.CKG_MGF1_SHA1, 1, LABEL, 1, label=b"x")
    if name.endswith("_PSS"):
        digest = name.removeprefix("CKM_").removesuffix("_RSA_PKCS_PSS").replace("SHA1", "SHA_1")
        function = BY_MECHANISM.get(getattr(constants, f"CKM_{digest}"), BY_MECHANISM[constants.CKM_SHA256])
        return with_ulongs(mechanism, function.mechanism, function.mgf, function.size)
    return without_parameter(mechanism)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("number", MECHANISMS, ids=NAMES.get)
def test_what_a_mechanism_says_it_does(number: int, role: str) -> None:
    """Each key, each mechanism: the operations are there exactly when the mechanism says so."""
    mechanism, schemes, parameter = MECHANISMS[number], ROLES[role], good_parameter(number)
    if isinstance(mechanism, Digest):
        assert mechanism.flags(schemes) == CKF_DIGEST
        return
    if mechanism.signs(schemes):
        assert mechanism.signer(SoftKey(schemes), parameter).output_size == 256
        mechanism.verifier(public(), parameter).update(b"x")
    if mechanism.recovers(schemes):
        assert mechanism.signs(schemes)
        assert mechanism.recoverer(public(), parameter).output_size <= 256
    if mechanism.decrypts(schemes):
        assert mechanism.decryptor(SoftKey(schemes), parameter).output_size <= 256
        assert mechanism.encryptor(public(), parameter).output_size == 256
    assert bool(mechanism.flags(schemes)) == (mechanism.signs(schemes) or mechanism.decrypts(schemes))


def test_the_base_class_refuses_everything() -> None:
    mechanism = Mechanism(CKM_RSA_PKCS)
    everything = frozenset().union(*ROLES.values())
    assert not (mechanism.signs(everything) or mechanism.decrypts(everything))
    assert mechanism.flags(everything) == 0
    wanted = without_parameter(CKM_RSA_PKCS)
    for operation in (mechanism.signer, mechanism.decryptor):
        assert refused(operation, SoftKey(everything), wanted) == constants.CKR_MECHANISM_INVALID
    for opposite in (mechanism.verifier, mechanism.recoverer, mechanism.encryptor):
        assert refused(opposite, public(), wanted) == constants.CKR_MECHANISM_INVALID
    assert refused(mechanism.digest) == constants.CKR_MECHANISM_INVALID


def refused(check: Callable[..., object], *arguments: object) -> int:
    with pytest.raises(CryptokiError) as caught:
        check(*arguments)
    return caught.value.code


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=NAMES.get)
def test_a_parameter_is_refused_unread_where_the_mechanism_takes_none(mechanism: int) -> None:
    """CKM_SHA_1 takes none, and lets garbage pass for the acceptance plan."""
    MECHANISMS[mechanism].check_parameter(good_parameter(mechanism))
    for address, length in ((0x10, 16), (0, 16), (0x10, 0)):
        given = CkMechanism(mechanism, address, length, lambda _address, _length: pytest.fail("it was read"))
        if mechanism in PARAMETRISED:
            MECHANISMS[mechanism].check_parameter(given)
        else:
            assert refused(MECHANISMS[mechanism].check_parameter, given) == constants.CKR_MECHANISM_PARAM_INVALID


def test_a_key_good_for_other_mechanisms_is_distinguished_from_one_that_is_good_for_none() -> None:
    card = driver_of("cps4")
    sign, authenticate = card.SIGNATURE_SCHEMES, card.AUTHENTICATION_SCHEMES
    for schemes, mechanism, usage in (
        (sign, CKM_RSA_PKCS, CKF_SIGN),
        (authenticate, constants.CKM_SHA384_RSA_PKCS, CKF_SIGN),
        (authenticate, CKM_RSA_PKCS, CKF_DECRYPT),
    ):
        require_usable(MECHANISMS[mechanism], schemes, usage)
    for schemes, mechanism, usage, code in (
        (sign, constants.CKM_SHA384_RSA_PKCS, CKF_SIGN, constants.CKR_MECHANISM_INVALID),
        (authenticate, CKM_RSA_PKCS_OAEP, CKF_SIGN, constants.CKR_MECHANISM_INVALID),
        (sign, CKM_RSA_PKCS, CKF_DECRYPT, constants.CKR_KEY_FUNCTION_NOT_PERMITTED),
        (sign, CKM_RSA_PKCS, CKF_ENCRYPT, constants.CKR_KEY_FUNCTION_NOT_PERMITTED),
        (sign, CKM_RSA_PKCS, CKF_SIGN_RECOVER, constants.CKR_KEY_FUNCTION_NOT_PERMITTED),
    ):
        assert refused(require_usable, MECHANISMS[mechanism], schemes, usage) == code
