"""What the own tests of python-pkcs11 do to a token that makes no keys, done to the card; a program.

Slots, tokens, sessions, login, search, attributes, digests, random numbers. Reads the path of the module, the code
porteur and a wrong one as three lines on standard input.
"""

import hashlib
import sys
from typing import Any

import pkcs11
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag


def raises(kind: type[Exception], call: Any, *arguments: Any, **named: Any) -> None:
    try:
        call(*arguments, **named)
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected of {call}")


def slots(library: Any) -> Any:
    (slot,) = library.get_slots(token_present=True)
    assert slot.slot_id in [known.slot_id for known in library.get_slots()]
    token = slot.get_token()
    assert token.flags & TokenFlag.LOGIN_REQUIRED and token.flags & TokenFlag.TOKEN_INITIALIZED
    assert library.get_token(token_label=token.label, token_serial=token.serial).slot.slot_id == slot.slot_id
    raises(pkcs11.NoSuchToken, library.get_token, token_label="nobody's")
    mechanisms = slot.get_mechanisms()
    assert Mechanism.SHA256_RSA_PKCS in mechanisms
    for mechanism in mechanisms:
        assert str(slot.get_mechanism_info(mechanism))
    return token


def sessions(token: Any, pin: str, wrong: str) -> None:
    raises(pkcs11.PinIncorrect, token.open, user_pin=wrong)
    with token.open(user_pin=pin, rw=True) as session:
        assert session.rw
        raises(pkcs11.UserAlreadyLoggedIn, token.open, user_pin=pin)
    with token.open() as session:
        assert not session.rw
        raises(pkcs11.NoSuchKey, session.get_key, object_class=ObjectClass.PRIVATE_KEY)


def objects(session: Any) -> None:
    found = list(session.get_objects())
    assert {item[Attribute.CLASS] for item in found} == {
        ObjectClass.CERTIFICATE, ObjectClass.DATA, ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY
    }  # fmt: skip
    for key in list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})):
        (certificate,) = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.ID: key.id})
        public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, id=key.id)
        assert public[Attribute.MODULUS] == key[Attribute.MODULUS]
        assert public[Attribute.MODULUS] in certificate[Attribute.VALUE]
        assert key.key_length == 2048
        raises(pkcs11.AttributeSensitive, key.__getitem__, Attribute.PRIVATE_EXPONENT)
        raises(pkcs11.PKCS11Error, key.__setitem__, Attribute.LABEL, "another name")
    raises(pkcs11.MultipleObjectsReturned, session.get_key, object_class=ObjectClass.PRIVATE_KEY)
    assert list(session.get_objects({Attribute.LABEL: "nothing"})) == []
    raises(pkcs11.PKCS11Error, session.generate_keypair, pkcs11.KeyType.RSA, 2048)
    raises(pkcs11.PKCS11Error, session.create_object, {Attribute.CLASS: ObjectClass.DATA, Attribute.VALUE: b"x"})


def digests(session: Any) -> None:
    message = b"Repos et grand air" * 100
    for mechanism in (Mechanism.SHA_1, Mechanism.SHA256, Mechanism.SHA384, Mechanism.SHA512):
        expected = hashlib.new(mechanism.name.replace("_", "").lower(), message).digest()
        assert session.digest(message, mechanism=mechanism) == expected
        assert session.digest((message[:99], message[99:]), mechanism=mechanism) == expected
    raises(pkcs11.MechanismInvalid, session.digest, message, mechanism=Mechanism.RSA_PKCS)


def randomness(session: Any) -> None:
    assert len(session.generate_random(16 * 8)) == 16
    assert session.generate_random(256) != session.generate_random(256)


def main() -> None:
    module, pin, wrong = (sys.stdin.readline().rstrip("\n") for _ in range(3))
    library: Any = pkcs11.lib(module)
    assert library.cryptoki_version >= (2, 40)
    token = slots(library)
    sessions(token, pin, wrong)
    with token.open(user_pin=pin) as session:
        objects(session)
        digests(session)
        randomness(session)
    print("explored")


main()
