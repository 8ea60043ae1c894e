"""The tests use the module in .venv: it must have been built from the sources as they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def require_fresh_build(config: pytest.Config) -> None:
    """Ends the run when the module was built from other sources.

    Where the module came in another way than `make build`, there is nothing to compare.
    """
    if hasattr(config, "workerinput") or not Path(sys.prefix, "module.sha256").exists():
        return
    # The runtime of a sanitizer, which make test-sanitizers loads into this process, ends a shell.
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    if subprocess.run([_ROOT / "scripts" / "build", "check"], check=False, env=env).returncode:
        raise pytest.UsageError(
            "cryptolib/ or native/ has changed since the module in .venv was built: run `make build`"
        )
