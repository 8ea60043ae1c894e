"""Makes the packages: ``PYTHONPATH=packaging python -m cps_packages`` leaves them in dist/."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path

from cps_packages.bundle import ROOT
from cps_packages.package_builder import LOCAL_MAINTAINER, NAME, PackageBuilder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m cps_packages", description=__doc__.splitlines()[0])
    parser.add_argument("--output-dir", type=Path, default=ROOT / "dist", help="where to leave the packages")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build" / "package", help="where to build them")
    parser.add_argument("--version", default=version(NAME), help="the version of the packages (default %(default)s)")
    parser.add_argument("--maintainer", default=LOCAL_MAINTAINER, help="NAME <ADDRESS> (default %(default)s)")
    options = parser.parse_args()
    builder = PackageBuilder(
        options.build_dir.resolve(), options.output_dir.resolve(), options.version, options.maintainer
    )
    built = builder.build()
    print(*(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path for path in built), sep="\n")


if __name__ == "__main__":
    main()
