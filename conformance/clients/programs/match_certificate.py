"""What sssd makes of a certificate (DER, on standard input): ``match_certificate.py MATCHRULE MAPRULE``.

Prints the filter with which sssd looks for the user, or nothing where the rule does not match (sss_certmap.h).
"""

from __future__ import annotations

import ctypes
import errno
import sys

_PRIORITY = 0


def main() -> None:
    match_rule, map_rule = sys.argv[1:]
    certificate = sys.stdin.buffer.read()
    library = ctypes.CDLL("libsss_certmap.so.0")
    context = ctypes.c_void_p()
    _check(library.sss_certmap_init(None, None, None, ctypes.byref(context)))
    _check(library.sss_certmap_add_rule(context, _PRIORITY, match_rule.encode(), map_rule.encode(), None))
    matched = library.sss_certmap_match_cert(context, certificate, ctypes.c_size_t(len(certificate)))
    if matched != errno.ENOENT:
        _check(matched)
        found, domains = ctypes.c_char_p(), ctypes.c_void_p()
        size = ctypes.c_size_t(len(certificate))
        _check(
            library.sss_certmap_get_search_filter(
                context, certificate, size, ctypes.byref(found), ctypes.byref(domains)
            )
        )
        print((found.value or b"").decode())


def _check(error: int) -> None:
    assert error == 0, f"error {error}"


if __name__ == "__main__":
    main()
