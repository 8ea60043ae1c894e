"""The kinds of faults in the matrix; each happens at one exchange."""

from dataclasses import dataclass
from enum import Enum

HANG_SECONDS = 2.0
_LATE_SECONDS = 0.03
"""How late the card answers, so that another program disconnects before our transaction ends."""


RETURN = "return"
LONGER_BY_ONE = "1 byte too long"


class Cause(Enum):
    """Faults of one cause may have the same answers."""

    REMOVED = "the card leaves"
    RETURNED = "the card leaves and comes back"
    RESTARTED = "the chip restarts"
    MUTE = "the card does not answer"
    LATE = "the card answers late"
    BROKEN = "the card answers something else"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault, in the syntax of conformance.virtual_card.faults."""

    name: str
    cause: Cause
    spec: str
    meanwhile: str = ""
    """What else happens once it has come: `return` of the card, or what another program does to it."""
    sw: int = 0
    seconds: float = 0.0
    """How long the fault itself makes a call last."""


def _broken(name: str, spec: str, sw: int = 0) -> Kind:
    return Kind(name, Cause.BROKEN, spec, sw=sw)


def _status(sw: int) -> Kind:
    return _broken(f"{sw:04X}", f"do=sw sw={sw:04X}", sw)


def _by_another(how: str) -> Kind:
    return Kind(f"{how} by another", Cause.RESTARTED, f"do=hang seconds={_LATE_SECONDS}", meanwhile=how)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("removal", Cause.REMOVED, "do=remove"),
        Kind("removal once executed", Cause.REMOVED, "do=remove execute=yes"),
        Kind("removal and return", Cause.RETURNED, "do=remove", meanwhile=RETURN),
        Kind("reset by the chip", Cause.RESTARTED, "do=reset"),
        _by_another("reset"),
        _by_another("unpower"),
        Kind("mute", Cause.MUTE, "do=mute"),
        Kind("hang", Cause.LATE, f"do=hang seconds={HANG_SECONDS}", seconds=HANG_SECONDS),
        *(_status(sw) for sw in (0x6F00, 0x6982, 0x6A82, 0x6A88, 0x6D00, 0x63C1, 0x6983, 0x6283)),
        _broken("executed, then 6F00", "do=sw sw=6F00 execute=yes"),
        _broken("61FF for ever", "do=sw sw=61FF times=all"),
        _broken("61FF and data for ever", "do=endless times=all"),
        _broken("6C00 for ever", "do=sw sw=6C00 times=all"),
        Kind("empty", Cause.MUTE, "do=truncate length=0"),
        _broken("one byte", "do=truncate length=1"),
        _broken("half", "do=half"),
        _broken(LONGER_BY_ONE, "do=lengthen length=1"),
        _broken("300 bytes too long", "do=lengthen length=300"),
        _broken("garbage", "do=garble"),
        _broken("one bit", "do=flip bit={bit}"),
    )
}

CHANGED_CONTENT = ("garbage", "one bit")
"""The answer has its right length and its right form; only who knows the content can notice."""
