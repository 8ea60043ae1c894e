"""The browsers of this machine log in with the installed module, in a copy of the machine that has the package."""

import os
import sys

import pytest

from conformance.packages.machine import with_package

_TEST = "conformance/clients/test_browsers.py::test_card_present_at_start"


@pytest.mark.parametrize("browser", ["firefox", "chromium"])
def test_a_browser_logs_in_with_the_installed_module(browser: str) -> None:
    test = [sys.executable, "-m", "pytest", f"{_TEST}[{browser}-tls13-cps4]"]
    ran = with_package(test, os.environ, typed="")
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
