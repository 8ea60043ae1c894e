"""The browsers of this machine log in with the installed module, in a copy of the machine that has the package."""

import os
import sys

import pytest

from conformance.packages.machine import with_package


@pytest.mark.parametrize("browser", ["firefox", "chromium"])
def test_a_browser_logs_in_with_the_installed_module(browser: str) -> None:
    story = [sys.executable, "-m", "conformance.clients", f"{browser}-card-at-start-tls-13-cps4"]
    told = with_package(story, os.environ, typed="")
    assert told.returncode == 0, told.stdout
    assert "1 passed, 0 failed" in told.stdout
