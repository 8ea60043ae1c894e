"""Settings, read once at C_Initialize: the file that the original's applications know, then the environment.

`cps3_pkcs11.conf` is in scconf syntax: `block { key = value; }`, names of blocks and keys in any case, `#` starts a
comment. Known here: `Traces { active = true; debug = 0..10; path = /folder; }` and
`cache { active = true; path = /folder; }`. Other blocks, `Galss` among them, are passed over and named in a note.
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "/etc/opt/santesocial/CPS/cps3_pkcs11.conf"
TRACE_FOLDER = "/var/opt/santesocial/CPS/log"

TRACES_VARIABLE = b"CPS3_PKCS11_TRACES"
DEBUG_VARIABLE = b"CPS3_DEBUG"
CACHE_VARIABLE = b"CPS3_CACHE"
CACHE_NAME = "cryptolib-cps"

KNOWN_BLOCKS = ("traces", "cache")

MAX_DEBUG = 10
MAX_FILE = 1 << 16
_TRUE = ("1", "true", "yes", "on")


class Settings:
    """`traces` switches the PKCS#11 trace, `debug` (0 to 10) the card trace; both are written in `folder`.

    `cache` is the folder for copies of public files, empty for none. `notes` are for who reads the trace.
    """

    __slots__ = ("cache", "debug", "folder", "notes", "traces")

    def __init__(self) -> None:
        self.cache = ""
        self.traces = False
        self.debug = 0
        self.folder = TRACE_FOLDER
        self.notes: list[str] = []


def read(environment: Mapping[bytes, bytes], path: str = FILE) -> Settings:
    """The settings in force; what is not understood changes nothing.

    `environment` is empty where a process has other rights than its caller, who made it.
    """
    settings = Settings()
    blocks = _from_file(path)
    _set_traces(settings, blocks.get("traces", {}), environment)
    _set_cache(settings, blocks.get("cache", {}), environment)
    settings.notes = [f"{path}: block {name} is ignored" for name in blocks if name not in KNOWN_BLOCKS]
    return settings


def parse(text: str) -> dict[str, dict[str, str]]:
    """Blocks of a configuration, their keys and values; block and key names in lower case."""
    blocks: dict[str, dict[str, str]] = {}
    words = _words(text)
    while len(words) > 1:
        name = words.pop(0).lower()
        if words.pop(0) != "{":
            break
        block = blocks.setdefault(name, {})
        while words and words[0] != "}":
            if len(words) < 4 or words[1] != "=" or words[3] != ";":
                return blocks
            block[words[0].lower()] = words[2]
            del words[:4]
        if words:
            del words[0]
        if words and words[0] == ";":
            del words[0]
    return blocks


def _words(text: str) -> list[str]:
    """Names, values (quoted or not) and the marks { } = ; by themselves."""
    words: list[str] = []
    for line in text.splitlines():
        word, quoted = "", False
        for character in line:
            if character == '"':
                quoted = not quoted
            elif quoted or not (character.isspace() or character in "{}=;#"):
                word += character
            else:
                if word:
                    words.append(word)
                word = ""
                if character == "#":
                    break
                if not character.isspace():
                    words.append(character)
        if word:
            words.append(word)
    return words


def _from_file(path: str) -> dict[str, dict[str, str]]:
    try:
        with open(path, "rb") as file:
            return parse(file.read(MAX_FILE).decode("utf-8", "replace"))
    except OSError:
        return {}


def _set_traces(settings: Settings, block: dict[str, str], environment: Mapping[bytes, bytes]) -> None:
    """CPS3_PKCS11_TRACES is a truth value or the folder itself, CPS3_DEBUG a level."""
    settings.traces = _truth(block.get("active", ""))
    settings.debug = _level(block.get("debug", ""), settings.debug)
    settings.folder = block.get("path", settings.folder)
    traces = _text(environment, TRACES_VARIABLE)
    if traces.startswith("/"):
        settings.traces, settings.folder = True, traces
    elif traces:
        settings.traces = _truth(traces)
    settings.debug = _level(environment.get(DEBUG_VARIABLE, b"").decode("ascii", "replace"), settings.debug)


def _set_cache(settings: Settings, block: dict[str, str], environment: Mapping[bytes, bytes]) -> None:
    """CPS3_CACHE is a truth value or the folder itself. A folder of the file is every user's: each gets one in it."""
    chosen = _text(environment, CACHE_VARIABLE)
    if chosen.startswith("/"):
        settings.cache = chosen
    elif _truth(chosen or block.get("active", "true")):
        settings.cache = f"{block['path']}/{posix.geteuid()}" if "path" in block else _users_cache(environment)


def _users_cache(environment: Mapping[bytes, bytes]) -> str:
    """Where this user keeps caches (XDG Base Directory Specification), empty when nobody says."""
    caches, home = _text(environment, b"XDG_CACHE_HOME"), _text(environment, b"HOME")
    if not caches.startswith("/"):
        caches = f"{home}/.cache" if home.startswith("/") else ""
    return f"{caches}/{CACHE_NAME}" if caches else ""


def _text(environment: Mapping[bytes, bytes], variable: bytes) -> str:
    return environment.get(variable, b"").decode("utf-8", "surrogateescape")


def _truth(text: str) -> bool:
    return text.lower() in _TRUE


def _level(text: str, otherwise: int) -> int:
    return min(int(text), MAX_DEBUG) if text.isdigit() else otherwise
