"""Finds the keys of a card, signs with them and verifies the signatures."""

import ctypes

from conformance.testbed.cards import PIN, Card, KeyNames
from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKA, CKM, CKO, CKR
from conformance.testbed.mechanism_recipes import RECIPES

MESSAGE = b"ordonnance"
RECIPE = RECIPES[CKM.SHA256_RSA_PKCS]


def private_key(p11: Module, session: int, names: KeyNames) -> int:
    return p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.ID, names.id))


def public_key(p11: Module, session: int, names: KeyNames) -> int:
    return p11.one(session, (CKA.CLASS, CKO.PUBLIC_KEY), (CKA.ID, names.id))


def signature_key(p11: Module, session: int, card: Card) -> int:
    return p11.one(session, (CKA.CLASS, CKO.PRIVATE_KEY), (CKA.LABEL, card.signature.private))


def sign(p11: Module, session: int, card: Card) -> None:
    signature = p11.sign(session, signature_key(p11, session, card), RECIPE.mechanism(), MESSAGE)
    assert RECIPE.holds(card.public_key(card.signature), MESSAGE, signature)


def try_to_sign(p11: Module, session: int, card: Card, key: int) -> CKR:
    """The first return value that is not CKR_OK; verifies the signature if there is one."""
    how = RECIPE.mechanism()
    begun = p11.C_SignInit(session, ctypes.byref(how), key)
    if begun != CKR.OK:
        return begun
    signature, length = ctypes.create_string_buffer(512), ctypes.c_ulong(512)
    answer = p11.C_Sign(session, MESSAGE, len(MESSAGE), signature, ctypes.byref(length))
    if answer == CKR.OK:
        assert RECIPE.holds(card.public_key(card.signature), MESSAGE, signature.raw[: length.value])
    return answer


def log_in_and_sign(p11: Module, slot: int, card: Card) -> None:
    """Log in and sign in a new session, whether or not somebody is logged in."""
    session = p11.open(slot)
    assert p11.login(session, PIN) in {CKR.OK, CKR.USER_ALREADY_LOGGED_IN}
    sign(p11, session, card)
    p11.ok("C_CloseSession", session)
