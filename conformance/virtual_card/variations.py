"""What an issuer may write differently on a card: each variation is one line, ``name`` or ``name=argument``.

``python -m conformance.rig --card cps3 --variation pin-padding=FF`` puts such a card into the reader;
the function behind each describes its argument. ISO/IEC 7816-15:2016, clause 8, for what is left open.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.virtual_card import (
    varied_codes,
    varied_commands,
    varied_counters,
    varied_data,
    varied_directories,
    varied_entries,
    varied_files,
    varied_keys,
    varied_paths,
)
from conformance.virtual_card.card import VirtualCard

Variation = Callable[[VirtualCard, str], None]

VARIATIONS: dict[str, Variation] = {
    "pin-padding": varied_codes.padding,
    "pin-digits": varied_codes.digits,
    "pin-counters": varied_counters.counters,
    "relative-paths": varied_paths.relative,
    "path-parts": varied_paths.parts,
    "long-lengths": varied_directories.long_lengths,
    "applications": varied_directories.applications,
    "authentication-usage": varied_directories.authentication_usage,
    "serial": varied_directories.serial,
    "modulus": varied_keys.modulus,
    "key-references": varied_keys.references,
    "algorithms": varied_keys.algorithms,
    "cps-data": varied_data.cps_data,
    "missing": varied_files.missing,
    "empty": varied_files.empty,
    "update-dates": varied_files.update_dates,
    "stated-size": varied_files.stated_size,
    "end-of-file": varied_files.end_of_file,
    "most-at-once": varied_files.most_at_once,
    "strict-reads": varied_files.strict_reads,
    "key-entries": varied_entries.keys,
    "key-usages": varied_entries.usages,
    "direct-values": varied_entries.direct,
    "more-entries": varied_entries.added,
    "public-key-info": varied_entries.public_keys,
    "texts": varied_entries.texts,
    "directory-files": varied_entries.directory_files,
    "unblocking-flag": varied_entries.flags_of_codes,
    "challenge": varied_commands.challenge,
    "written-at-last": varied_commands.written_at_last,
    "most-written": varied_commands.most_written,
    "code-path": varied_commands.code_path,
    "protected": varied_commands.protected,
    "applet-refused-once": varied_commands.former_volet,
}


def vary(card: VirtualCard, *specs: str) -> None:
    """Apply these variations to the card. ValueError for an unknown variation or argument."""
    for spec in specs:
        name, _, argument = spec.partition("=")
        if name not in VARIATIONS:
            raise ValueError(f"unknown variation {name!r}: one of {', '.join(VARIATIONS)}")
        VARIATIONS[name](card, argument)
