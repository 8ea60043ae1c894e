"""Checks that the module in .venv was built from the current sources."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def require_fresh_build(config: pytest.Config) -> None:
    """End the run if the module was built from other sources.

    Does nothing if the module was not installed by `make build`.
    """
    if hasattr(config, "workerinput") or not Path(sys.prefix, "module.sha256").exists():
        return
    # A shell crashes with the runtime of a sanitizer that make test-sanitizers loads into this process.
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    if subprocess.run([_ROOT / "scripts" / "build", "check"], check=False, env=env).returncode:
        raise pytest.UsageError(
            "cryptolib/ or native/ has changed since the module in .venv was built: run `make build`"
        )
