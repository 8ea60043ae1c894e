"""The calls of an application after a fault: the next operations, and the same after a restart of the module."""

from __future__ import annotations

from conformance.robustness.faults.application import Application
from conformance.robustness.faults.scenarios import NEW_PIN, Scenario, sign
from conformance.testbed.cards import PIN, PUK
from conformance.testbed.client import Refused
from conformance.testbed.cryptoki import CKM, CKR, CKS
from conformance.testbed.mechanism_recipes import RECIPES

_PUBLIC = (CKS.RO_PUBLIC_SESSION, CKS.RW_PUBLIC_SESSION)
_GONE = (CKR.SESSION_HANDLE_INVALID,)


def follow_up(app: Application, scenario: Scenario, *, succeeded: bool) -> dict[str, object]:
    """The results of the next operations, none of them repeated; raises Refused for a forbidden refusal."""
    results: dict[str, object] = {}
    _regain_session(app)
    if scenario.codes is not None:
        results["code"] = _log_in_again(app, scenario.codes, changed=succeeded)
    elif app.card.has_pin and app.p11.state(app.session) in _PUBLIC:
        app.log_in()
    results["login lost"] = _sign(app, results)
    results["certificate"], results["token"] = app.certificate(), app.token()
    if scenario.data is not None:
        results["data"] = _data(app)
        app.write_cps_data(app.cps_data(), scenario.data[1])
        results["data written again"] = _data(app)
    return results


def start_again(app: Application, before: dict[str, object]) -> dict[str, object]:
    """The same in a restarted module, which finds its copies on disk."""
    app.p11.ok("C_Finalize", None)
    app.start()
    app.open()
    app.log_in(_code(before))
    results: dict[str, object] = {"login lost": _sign(app, before)}
    return before | results | {"certificate": app.certificate(), "token": app.token()}


def _regain_session(app: Application) -> None:
    """The old session, or a new one if it ended with its card."""
    if app.session:
        try:
            app.p11.session_info(app.session)
        except Refused as refused:
            if refused.rv not in _GONE:
                raise
        else:
            return
    app.open()


def _log_in_again(app: Application, codes: tuple[bytes, bytes], *, changed: bool) -> str:
    """Log in with the new code after a successful change, else with the one in force; returns which."""
    if app.p11.state(app.session) not in _PUBLIC:
        app.p11.ok("C_Logout", app.session)
    before, after = codes
    if not changed:
        rv = app.p11.login(app.session, before)
        if rv == CKR.OK:
            return "before"
        if rv == CKR.PIN_LOCKED:
            app.set_pin(PUK, after)
        elif rv != CKR.PIN_INCORRECT:
            raise Refused("C_Login", rv)
    app.log_in(after)
    return "after"


def _sign(app: Application, results: dict[str, object]) -> bool:
    """Put the signature into `results`; True if the login had been lost unnoticed."""
    recipe = RECIPES[CKM.RSA_PKCS]
    try:
        results["signature"] = sign(recipe, "authentication", app)
    except Refused as refused:
        if refused.rv != CKR.USER_NOT_LOGGED_IN:
            raise
        app.log_in(_code(results))
        results["signature"] = sign(recipe, "authentication", app)
        return True
    return False


def _code(results: dict[str, object]) -> bytes:
    return NEW_PIN if results.get("code") == "after" else PIN


def _data(app: Application) -> str | None:
    """CPS_DATA; None if the module reports that no whole value is left."""
    try:
        return app.read_cps_data()
    except Refused as refused:
        if refused.rv != CKR.DEVICE_ERROR:
            raise
        return None
