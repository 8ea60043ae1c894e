"""`python -m cryptolib --module-path` prints the file that applications load as their PKCS#11 module."""

from __future__ import annotations

import argparse
import sys

from cryptolib.installation import MODULE, module_path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m cryptolib", description="Cryptolib CPS, a PKCS#11 module.")
    parser.add_argument("--module-path", action="store_true", required=True, help="print where the module is")
    parser.parse_args()
    path = module_path()
    if not path.is_file():
        print(f"{MODULE} is not built here; install the package first: pip install .", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
