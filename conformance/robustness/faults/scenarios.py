"""The scenarios of an application that a fault interrupts, with the check of each result."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from conformance.robustness.faults.application import FILL, Application
from conformance.testbed.cards import PIN, PUK, WRONG_PIN, Card, KeyNames
from conformance.testbed.client import Refused, mechanism, oaep
from conformance.testbed.cryptoki import CKA, CKG, CKM, CKR, CKU, Mechanism
from conformance.testbed.mechanism_recipes import RECIPES, Recipe, recipes_of

MODULUS = 256
MESSAGE = b"Un patient, une ordonnance, une signature."
NEW_PIN = b"4321"
OLD_DATA = b"rendez-vous".ljust(MODULUS, b"\0")
NEAR_DATA = b"rendez-vous le 3".ljust(MODULUS, b"\0")
LONG_DATA = b"\x55" * MODULUS
_RANDOM = 20

Act = Callable[[Application], object]
Check = Callable[[Card, object, object], bool]


def _same(card: Card, result: object, undisturbed: object) -> bool:
    return result == undisturbed


@dataclass(frozen=True, slots=True)
class Scenario:
    """`prepare` is left in peace, `run` meets the fault; what it returns can be written as JSON."""

    name: str
    run: Act
    prepare: Act
    right: Check = _same
    private: bool = False
    """Whether it needs a code that was presented, before or during it."""
    by_slot: bool = False
    """Whether its calls name a slot only: a card that came back is as good as the one before."""
    codes: tuple[bytes, bytes] | None = None
    """The code porteur before and after it, when it changes the code."""
    data: tuple[bytes, bytes] | None = None
    """CPS_DATA before and after it, when it writes the object."""
    spends: int = 0
    """The tries of the code porteur that it may cost."""


# --- beginnings


def _nothing(app: Application) -> None:
    """The fault may come with the first command."""


def _start(app: Application) -> None:
    app.start()


def _open(app: Application) -> None:
    app.start()
    app.open()


def _log_in(app: Application) -> None:
    _open(app)
    app.log_in()


def _find_key(role: str, app: Application) -> None:
    _log_in(app)
    app.key(role)


def _block(app: Application) -> None:
    _open(app)
    while app.p11.login(app.session, WRONG_PIN) == CKR.PIN_INCORRECT:
        pass  # as often as the card allows it
    assert app.p11.login(app.session, PIN) == CKR.PIN_LOCKED


# --- reading


def _token_info(app: Application) -> object:
    (app.slot,) = app.p11.slots()
    return app.token()


def _first_use(app: Application) -> object:
    app.start()
    app.open()
    app.log_in()
    return sign(RECIPES[CKM.RSA_PKCS], "authentication", app)


def _random(app: Application) -> object:
    return app.p11.random(app.session, _RANDOM).hex()


def _is_random(card: Card, result: object, undisturbed: object) -> bool:
    """Random bytes cannot be checked, only their number."""
    assert isinstance(result, str)
    return len(bytes.fromhex(result)) == _RANDOM and FILL * 4 not in bytes.fromhex(result)


# --- codes


def _wrong_code(app: Application) -> object:
    rv = app.p11.C_Login(app.session, CKU.USER, WRONG_PIN, len(WRONG_PIN))
    if rv not in (CKR.OK, CKR.PIN_INCORRECT):
        raise Refused("C_Login", rv)
    return rv.name


def _log_out_and_in(app: Application) -> object:
    """Logging out sends the card no command; what follows does."""
    app.p11.ok("C_Logout", app.session)
    state = app.p11.state(app.session)
    app.log_in()
    return state


def _unblock_as_officer(app: Application) -> None:
    app.p11.ok("C_Login", app.session, CKU.SO, PUK, len(PUK))
    app.p11.ok("C_InitPIN", app.session, NEW_PIN, len(NEW_PIN))
    app.p11.ok("C_Logout", app.session)


# --- keys


def sign(recipe: Recipe, role: str, app: Application) -> str:
    how, data = recipe.mechanism(), recipe.data(MESSAGE)
    return app.p11.sign(app.session, app.key(role), how, data, MODULUS).hex()


def _sign_parts(recipe: Recipe, role: str, app: Application) -> str:
    how, data = recipe.mechanism(), recipe.data(MESSAGE)
    app.p11.ok("C_SignInit", app.session, ctypes.byref(how), app.key(role))
    for part in (data[:1], data[1:20], data[20:]):
        app.p11.ok("C_SignUpdate", app.session, part, len(part))
    return app.p11.output(MODULUS, "C_SignFinal", app.session).hex()


def _sign_recover(app: Application) -> str:
    recipe = RECIPES[CKM.RSA_PKCS]
    how, data = recipe.mechanism(), recipe.data(MESSAGE)
    app.p11.ok("C_SignRecoverInit", app.session, ctypes.byref(how), app.key("authentication"))
    return app.p11.output(MODULUS, "C_SignRecover", app.session, data, len(data)).hex()


def _holds(recipe: Recipe, role: str, card: Card, result: object, undisturbed: object) -> bool:
    assert isinstance(result, str)
    names = card.keys_of(role)
    return recipe.holds(card.public_key(names), MESSAGE, bytes.fromhex(result))


@dataclass(frozen=True, slots=True)
class Cipher:
    """One way to decrypt: the mechanism, and what the public key makes of the message."""

    name: str
    how: Callable[[], Mechanism]
    encrypted: Callable[[Card], bytes]
    text: bytes = MESSAGE
    whole_blocks: bool = True


def _plain_block() -> bytes:
    return b"\0\2" + bytes(range(1, MODULUS - 2 - len(MESSAGE))) + b"\0" + MESSAGE


def _encrypted_plainly(card: Card) -> bytes:
    numbers = card.public_key(card.authentication).public_numbers()
    return pow(int.from_bytes(_plain_block(), "big"), numbers.e, numbers.n).to_bytes(MODULUS, "big")


CIPHERS = (
    Cipher(
        "RSA_PKCS",
        lambda: mechanism(CKM.RSA_PKCS),
        lambda card: card.public_key(card.authentication).encrypt(MESSAGE, PKCS1v15()),
        whole_blocks=False,
    ),
    Cipher(
        "RSA_PKCS_OAEP",
        lambda: mechanism(CKM.RSA_PKCS_OAEP, oaep(CKM.SHA256, CKG.MGF1_SHA256)),
        lambda card: card.public_key(card.authentication).encrypt(MESSAGE, OAEP(MGF1(SHA256()), SHA256(), None)),
    ),
    Cipher("RSA_X_509", lambda: mechanism(CKM.RSA_X_509), _encrypted_plainly, _plain_block()),
)


def _decrypt(cipher: Cipher, app: Application) -> str:
    how, data = cipher.how(), cipher.encrypted(app.card)
    app.p11.ok("C_DecryptInit", app.session, ctypes.byref(how), app.key("authentication"))
    return app.p11.output(MODULUS, "C_Decrypt", app.session, data, len(data)).hex()


def _decrypt_parts(cipher: Cipher, app: Application) -> str:
    how, data = cipher.how(), cipher.encrypted(app.card)
    app.p11.ok("C_DecryptInit", app.session, ctypes.byref(how), app.key("authentication"))
    text = b""
    for part in (data[:100], data[100:]):
        text += app.p11.output(MODULUS, "C_DecryptUpdate", app.session, part, len(part))
    return (text + app.p11.output(MODULUS, "C_DecryptFinal", app.session)).hex()


def _is_text(text: bytes, card: Card, result: object, undisturbed: object) -> bool:
    return result == text.hex()


# --- CPS_DATA


def _log_in_with_data(content: bytes, app: Application) -> None:
    _log_in(app)
    app.write_cps_data(app.cps_data(), content)


def _write(content: bytes, app: Application) -> None:
    app.write_cps_data(app.cps_data(), content)


# --- all of them


def _reading() -> Iterator[Scenario]:
    yield Scenario("token info", _token_info, _start, by_slot=True)
    yield Scenario("public objects", lambda app: app.objects((CKA.PRIVATE, False)), _open)
    yield Scenario("random", _random, _open, _is_random)
    yield Scenario("CPS_DATA, read", lambda app: app.read_cps_data(), _open)


def _with_codes() -> Iterator[Scenario]:
    codes = PIN, NEW_PIN
    change = partial(Application.set_pin, old=PIN, new=NEW_PIN)
    unblock = partial(Application.set_pin, old=PUK, new=NEW_PIN)
    yield Scenario("login", lambda app: app.log_in(), _open, private=True)
    yield Scenario("login with a wrong code", _wrong_code, _open, private=True, spends=1)
    yield Scenario("logout and login", _log_out_and_in, _log_in, private=True)
    yield Scenario("PIN change", change, _open, private=True, codes=codes)
    yield Scenario("PIN change, logged in", change, _log_in, private=True, codes=codes)
    yield Scenario("unblock", unblock, _block, private=True, codes=codes)
    yield Scenario("unblock as officer", _unblock_as_officer, _block, private=True, codes=codes)
    yield Scenario("private objects", lambda app: app.objects((CKA.PRIVATE, True)), _log_in, private=True)
    for name, content in (("one command", NEAR_DATA), ("several commands", LONG_DATA)):
        before = partial(_log_in_with_data, OLD_DATA)
        write = partial(_write, content)
        yield Scenario(f"CPS_DATA, {name}", write, before, private=True, data=(OLD_DATA, content))


def _with_keys(card: Card) -> Iterator[Scenario]:
    private = card.has_pin
    first = RECIPES[CKM.RSA_PKCS]
    yield Scenario("first use", _first_use, _nothing, partial(_holds, first, "authentication"), private)
    for recipe, names in _signatures(card):
        what, holds = f"{recipe.kind.name}, {names.role}", partial(_holds, recipe, names.role)
        before = partial(_find_key, names.role)
        yield Scenario(f"sign {what}", partial(sign, recipe, names.role), before, holds, private)
        yield Scenario(f"sign parts {what}", partial(_sign_parts, recipe, names.role), before, holds, private)
    before, recovered = partial(_find_key, "authentication"), partial(_holds, first, "authentication")
    yield Scenario("sign and recover", _sign_recover, before, recovered, private)
    for cipher in CIPHERS if card.has_pin else ():
        if not (card.pads_blocks and cipher.whole_blocks):
            is_text = partial(_is_text, cipher.text)
            yield Scenario(f"decrypt {cipher.name}", partial(_decrypt, cipher), before, is_text, private)
            yield Scenario(f"decrypt parts {cipher.name}", partial(_decrypt_parts, cipher), before, is_text, private)


def _signatures(card: Card) -> Iterator[tuple[Recipe, KeyNames]]:
    if card.contactless:
        yield RECIPES[CKM.RSA_PKCS], replace(card.authentication, role="authentication")
        return
    for recipe in recipes_of(card):
        for names in recipe.keys(card):
            yield recipe, names


@cache
def scenarios(card: Card) -> dict[str, Scenario]:
    found = [*_reading(), *_with_keys(card), *(_with_codes() if card.has_pin else ())]
    return {scenario.name: scenario for scenario in found}
