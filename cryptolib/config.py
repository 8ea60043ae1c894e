"""Settings, read once at C_Initialize: the file that the original's applications know, then the environment.

`cps3_pkcs11.conf` is in scconf syntax: `block { key = value; }`, names of blocks and keys in any case, `#` starts a
comment. Known here: `Traces { active = true; debug = 0..10; path = /folder; }`. Other blocks are passed over.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "/etc/opt/santesocial/CPS/cps3_pkcs11.conf"
TRACE_FOLDER = "/var/opt/santesocial/CPS/log"

TRACES_VARIABLE = b"CPS3_PKCS11_TRACES"
DEBUG_VARIABLE = b"CPS3_DEBUG"

MAX_DEBUG = 10
MAX_FILE = 1 << 16
_TRUE = ("1", "true", "yes", "on")


class Settings:
    """`traces` switches the PKCS#11 trace, `debug` (0 to 10) the card trace; both are written in `folder`."""

    __slots__ = ("debug", "folder", "traces")

    def __init__(self) -> None:
        self.traces = False
        self.debug = 0
        self.folder = TRACE_FOLDER


def read(environment: Mapping[bytes, bytes], path: str = FILE) -> Settings:
    """The settings in force; what is not understood changes nothing."""
    settings = Settings()
    _from_file(settings, path)
    _from_environment(settings, environment)
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


def _from_file(settings: Settings, path: str) -> None:
    try:
        with open(path, "rb") as file:
            text = file.read(MAX_FILE).decode("utf-8", "replace")
    except OSError:
        return
    traces = parse(text).get("traces", {})
    settings.traces = traces.get("active", "").lower() in _TRUE
    settings.debug = _level(traces.get("debug", ""), settings.debug)
    settings.folder = traces.get("path", settings.folder)


def _from_environment(settings: Settings, environment: Mapping[bytes, bytes]) -> None:
    """CPS3_PKCS11_TRACES is a truth value or the folder itself, CPS3_DEBUG a level."""
    traces = environment.get(TRACES_VARIABLE, b"").decode("utf-8", "surrogateescape")
    if traces.startswith("/"):
        settings.traces, settings.folder = True, traces
    elif traces:
        settings.traces = traces.lower() in _TRUE
    settings.debug = _level(environment.get(DEBUG_VARIABLE, b"").decode("ascii", "replace"), settings.debug)


def _level(text: str, otherwise: int) -> int:
    return min(int(text), MAX_DEBUG) if text.isdigit() else otherwise
