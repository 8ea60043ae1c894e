"""One copy in a cache, by the same name each time."""

from cryptolib.pkcs15.cache import Cache

_SERIAL = "99990003"
_PATH = bytes.fromhex("3F000001A001")
_EDITION = b""


def store(cache: Cache, content: bytes) -> None:
    cache.store(_SERIAL, _PATH, _EDITION, content)


def load(cache: Cache) -> bytes | None:
    return cache.load(_SERIAL, _PATH, _EDITION)
