"""The settings, read once at C_Initialize from the configuration file of the original, then from the environment.

`cps3_pkcs11.conf` is in scconf syntax: `block { key = value; }`; names of blocks and keys ignore case, `#` starts a
comment. Known here: `Traces { active = true; debug = 0..10; path = /folder; }` and `cache { active = true; path =
/folder; }`. Other blocks, `Galss` among them, are ignored and noted.
"""

from __future__ import annotations

import posix
import sys
from _stat import S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Block = dict[str, str]

FILE = "/etc/opt/santesocial/CPS/cps3_pkcs11.conf"
TRACE_FOLDER = "/var/opt/santesocial/CPS/log"

# native/trace.c reads it too, to say why Python does not start: change both.
TRACES_VARIABLE = b"CPS3_PKCS11_TRACES"
DEBUG_VARIABLE = b"CPS3_DEBUG"
CACHE_VARIABLE = b"CPS3_CACHE"
CACHE_NAME = "cryptolib-cps"

KNOWN_BLOCKS = ("traces", "cache")
# Never wait: for the other end of a pipe, or for a terminal.
_READ = posix.O_RDONLY | posix.O_NONBLOCK | posix.O_NOCTTY | posix.O_CLOEXEC

MAX_DEBUG = 10
MAX_FILE = 1 << 16
# The limit of linux/limits.h, with the name of a file in the folder.
MAX_FOLDER = 4096 - 256
_TRUE = ("1", "true", "yes", "on")


class Settings:
    """`traces` switches the PKCS#11 trace on, `debug` (0 to 10) is the level of the card trace; `folder` holds both.

    `cache` is the folder for copies of public files, empty for none. `notes` are written to the trace.
    """

    __slots__ = ("cache", "debug", "folder", "notes", "traces")

    def __init__(self) -> None:
        self.cache = ""
        self.traces = False
        self.debug = 0
        self.folder = TRACE_FOLDER
        self.notes: list[str] = []


def read(environment: Mapping[bytes, bytes], path: str = FILE) -> Settings:
    """The effective settings. An invalid value changes nothing and is noted.

    `environment` is empty in a process with other rights than its caller's.
    """
    settings = Settings()
    blocks = _from_file(path, settings.notes)
    _set_traces(settings, blocks.get("traces", {}), environment, path)
    _set_cache(settings, blocks.get("cache", {}), environment, path)
    settings.notes += [f"{path}: block {name} is ignored" for name in blocks if name not in KNOWN_BLOCKS]
    return settings


def parse(text: str) -> dict[str, Block]:
    """The blocks of a configuration, each a dict of values by key; names in lower case."""
    blocks: dict[str, Block] = {}
    words = _words(text)
    word = next(words, "")
    while word and next(words, "") == "{":
        if not _fill(blocks.setdefault(word.lower(), {}), words):
            break
        word = next(words, "")
        if word == ";":
            word = next(words, "")
    return blocks


def _fill(block: Block, words: Iterator[str]) -> bool:
    """Read keys and values up to the end of the block; False for a syntax error."""
    for key in words:
        if key == "}":
            return True
        if next(words, "") != "=":
            return False
        value = next(words, "")
        if next(words, "") != ";":
            return False
        block[key.lower()] = value
    return False


def _words(text: str) -> Iterator[str]:
    """The words of a configuration: names, values (quoted or not) and the marks { } = ;"""
    for line in text.splitlines():
        word, quoted = "", False
        for character in line:
            if character == '"':
                quoted = not quoted
            elif quoted or not (character.isspace() or character in "{}=;#"):
                word += character
            else:
                if word:
                    yield word
                word = ""
                if character == "#":
                    break
                if not character.isspace():
                    yield character
        if word:
            yield word


def _from_file(path: str, notes: list[str]) -> dict[str, Block]:
    try:
        file = posix.open(path, _READ)
    except (OSError, ValueError):
        return {}
    try:
        if not S_ISREG(posix.fstat(file).st_mode):
            notes.append(f"{path}: no regular file, ignored")
            return {}
        content = b""
        while len(content) < MAX_FILE and (part := posix.read(file, MAX_FILE - len(content))):
            content += part
        return parse(content.decode("utf-8", "replace"))
    except OSError as error:
        notes.append(f"{path}: {error.strerror}, ignored")
        return {}
    finally:
        posix.close(file)


def _set_traces(settings: Settings, block: Block, environment: Mapping[bytes, bytes], path: str) -> None:
    """CPS3_PKCS11_TRACES is a truth value or the folder; CPS3_DEBUG is a level."""
    settings.traces = _truth(block.get("active", ""))
    if "debug" in block:
        settings.debug = _level(settings, block["debug"], 0, f"{path}: debug of block traces")
    if "path" in block:
        settings.folder = _folder(settings, block["path"], f"{path}: path of block traces") or TRACE_FOLDER
    traces = _text(environment, TRACES_VARIABLE)
    if traces.startswith("/"):
        folder = _folder(settings, traces, TRACES_VARIABLE.decode())
        if folder:
            settings.traces, settings.folder = True, folder
    elif traces:
        settings.traces = _truth(traces)
    level = _text(environment, DEBUG_VARIABLE)
    if level:
        settings.debug = _level(settings, level, settings.debug, DEBUG_VARIABLE.decode())


def _set_cache(settings: Settings, block: Block, environment: Mapping[bytes, bytes], path: str) -> None:
    """CPS3_CACHE is a truth value or the folder. In a folder of the configuration file each user gets a subfolder."""
    chosen = _text(environment, CACHE_VARIABLE)
    if chosen.startswith("/"):
        settings.cache = _folder(settings, chosen, CACHE_VARIABLE.decode())
    elif _truth(chosen or block.get("active", "true")):
        if "path" in block:
            folder = _folder(settings, block["path"], f"{path}: path of block cache")
            settings.cache = folder and f"{folder}/{posix.geteuid()}"
        else:
            settings.cache = _users_cache(environment)


def _users_cache(environment: Mapping[bytes, bytes]) -> str:
    """The user's cache folder (XDG Base Directory Specification); empty if the environment gives none."""
    caches, home = _text(environment, b"XDG_CACHE_HOME"), _text(environment, b"HOME")
    if not caches.startswith("/"):
        caches = f"{home}/.cache" if home.startswith("/") else ""
    return f"{caches}/{CACHE_NAME}" if _is_folder(caches) else ""


def _text(environment: Mapping[bytes, bytes], variable: bytes) -> str:
    return environment.get(variable, b"").decode("utf-8", "surrogateescape")


def _truth(text: str) -> bool:
    return text.lower() in _TRUE


def _level(settings: Settings, text: str, otherwise: int, where: str) -> int:
    """A decimal number of any length; `otherwise` for other text."""
    if not (text.isascii() and text.isdigit()):
        settings.notes.append(f"{where} is not a level and is ignored")
        return otherwise
    significant = text.lstrip("0")
    return MAX_DEBUG if len(significant) > len(str(MAX_DEBUG)) else min(int(significant or "0"), MAX_DEBUG)


def _folder(settings: Settings, text: str, where: str) -> str:
    """The folder in `text`; empty if it is none."""
    if _is_folder(text):
        return text
    settings.notes.append(f"{where} is not a folder and is ignored")
    return ""


def _is_folder(text: str) -> bool:
    """True if this may be the absolute path of a folder."""
    try:
        path = text.encode(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
    except UnicodeError:
        return False
    return text.startswith("/") and "\0" not in text and len(path) <= MAX_FOLDER
