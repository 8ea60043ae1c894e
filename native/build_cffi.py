"""Write the C source of a cffi extension module from its interface and its handwritten C.

Arguments: module name, interface (cdef), C prelude, output file.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cffi


def main(arguments: Sequence[str]) -> None:
    module, interface, prelude, output = arguments
    builder = cffi.FFI()
    builder.cdef(Path(interface).read_text())
    builder.set_source(module, Path(prelude).read_text())
    builder.emit_c_code(output)


if __name__ == "__main__":
    main(sys.argv[1:])
