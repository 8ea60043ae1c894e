"""The state of the PC/SC service for this user. PKCS#11 cannot tell a missing service from a missing reader or a
mute card.
"""

from __future__ import annotations

import os
import socket
from contextlib import closing
from enum import StrEnum
from threading import Thread

from smartcard import scard

SOCKET = "/run/pcscd/pcscd.comm"
PATIENCE = 2.0
"""Seconds. libpcsclite itself waits for an answer of the service without a limit."""


class Service(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    SILENT = "silent"
    """It runs and does not answer: stopped by a signal, held up by a reader, or after a bad resume."""
    FORBIDDEN = "forbidden"
    """It runs, and does not serve this user (polkit) or this program (permissions of its socket)."""


def service() -> Service:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        # Non-blocking: connect() would wait without a limit for a service that accepts nobody while its queue is full.
        connection.setblocking(False)
        try:
            # If systemd holds the socket, this starts the service.
            connection.connect(os.environ.get("PCSCLITE_CSOCK_NAME", SOCKET))
        except PermissionError:
            return Service.FORBIDDEN
        except BlockingIOError:
            return Service.SILENT
        except OSError:
            return Service.STOPPED
    served: list[bool] = []
    asking = Thread(target=lambda: served.append(_serves()), daemon=True)
    asking.start()
    asking.join(PATIENCE)
    if not served:
        return Service.SILENT
    return Service.RUNNING if served[0] else Service.FORBIDDEN


def _serves() -> bool:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code != scard.SCARD_S_SUCCESS:
        return False
    scard.SCardReleaseContext(context)
    return True


def readers_with_mute_card() -> set[str]:
    """The readers whose card does not answer; empty without a service."""
    return {name for name, word, _ in _states() if word & scard.SCARD_STATE_MUTE}


def pcsc_readers() -> list[dict[str, str]]:
    """Every reader as PC/SC gives it, with state and ATR in hexadecimal; empty without a service."""
    if service() is not Service.RUNNING:
        return []
    return [{"name": name, "state": f"0x{word:X}", "atr": bytes(atr).hex().upper()} for name, word, atr in _states()]


def _states() -> list[tuple[str, int, list[int]]]:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code != scard.SCARD_S_SUCCESS:
        return []
    try:
        code, names = scard.SCardListReaders(context, [])
        if code != scard.SCARD_S_SUCCESS or not names:
            return []
        unaware = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
        code, states = scard.SCardGetStatusChange(context, 0, unaware)
        return list(states)
    finally:
        scard.SCardReleaseContext(context)
