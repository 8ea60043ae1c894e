"""The Pythons and packages that wheels are made from."""

import re
import sys
from pathlib import Path

from cps_packages.wheels import interpreter, pinned

MINOR = "{}.{}".format(*sys.version_info)


def test_the_pin_of_one_package_has_all_its_hashes_and_no_other_package() -> None:
    pin = pinned("pyscard")
    listed = (Path(__file__).parents[2] / "requirements" / "runtime.txt").read_text()
    assert pin in listed
    assert re.findall(r"^(\S+)==", pin, re.MULTILINE) == ["pyscard"]
    assert pin.count("--hash=sha256:") >= 1
    assert not listed[listed.index(pin) + len(pin) :].startswith(" " * 4 + "--hash")


def test_a_wheel_for_this_python_is_made_with_this_python() -> None:
    assert interpreter(MINOR) == sys.executable


def test_a_python_that_is_not_here_is_not_found() -> None:
    assert interpreter("3.99") is None
