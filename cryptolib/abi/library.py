"""Builds the provider of an initialised library and chooses its transport, PC/SC."""

from __future__ import annotations

import posix

from cryptolib import config, files, trace
from cryptolib.abi import core, loading
from cryptolib.cryptoki.constants import CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_CRYPTOKI_NOT_INITIALIZED
from cryptolib.cryptoki.errors import CryptokiError
from cryptolib.pcsc.gate import gate
from cryptolib.pcsc.readers import Readers
from cryptolib.token.provider import Provider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptolib.cards.catalog import Driver
    from cryptolib.config import Settings
    from cryptolib.iso7816.connection import Connection
    from cryptolib.pkcs15.cache import Cache

_provider: Provider | None = None
_owner = 0
# Providers that a forked child inherited. Closing one would use the parent's connections, so they are kept, untouched.
_inherited: list[Provider] = []
# Those that have been imported.
_drivers: dict[str, Driver] = {}


def initialize(may_start_threads: bool) -> None:
    """Create the provider. Raises CKR_CRYPTOKI_ALREADY_INITIALIZED."""
    global _provider, _owner
    if _provider is not None:
        if _owner == posix.getpid():
            raise CryptokiError(CKR_CRYPTOKI_ALREADY_INITIALIZED)
        _inherited.append(_provider)
    files.write = _write
    gate.service_answers, gate.forget_service = core.lib.cps_service_answers, core.lib.cps_forget_service
    settings = config.read({} if core.lib.cps_privileged() else posix.environ)
    if settings.traces or settings.debug:
        loading.load("TRACES")
    trace.configure(settings.traces, settings.debug, settings.folder)
    if trace.calls:
        for note in settings.notes:
            trace.write(trace.CALLS, note)
    readers = Readers()
    try:
        _provider = Provider(
            readers, lambda reader: _connect(reader, may_start_threads), _driver_of, lambda: _cache(settings)
        )
    except BaseException:
        readers.close()
        raise
    _owner = posix.getpid()


def finalize() -> None:
    """Close the provider. Raises CKR_CRYPTOKI_NOT_INITIALIZED."""
    global _provider
    closing, _provider = provider(), None
    closing.close()


def _connect(reader: str, may_start_threads: bool) -> Connection:
    # Loaded with the part CARD.
    from cryptolib.pcsc.connection import PcscConnection

    return PcscConnection(reader, may_start_threads)


def _cache(settings: Settings) -> Cache | None:
    # Loaded with the part CARD.
    from cryptolib.pkcs15.cache import open_cache

    return open_cache(settings.cache)


def _driver_of(card: str) -> Driver:
    """Waits for a fork, as every import does, but only the first time."""
    driver = _drivers.get(card)
    if driver is None:
        loading.load(card.upper())
        # Loaded with the part CARD.
        from cryptolib.cards.catalog import driver_of

        driver = _drivers[card] = driver_of(card)
    return driver


def _write(file: int, data: bytes) -> int:
    written: int = core.lib.cps_write(file, data, len(data))
    if written < 0:
        raise OSError(core.ffi.errno, "not written")
    return written


def provider() -> Provider:
    """The provider of this process. Raises CKR_CRYPTOKI_NOT_INITIALIZED."""
    if _provider is None:
        raise CryptokiError(CKR_CRYPTOKI_NOT_INITIALIZED)
    return _provider
