"""A child that is forked while another thread waits for pcscd works, also where libpcsclite holds a mutex meanwhile.

libpcsclite 2.0.1 and later does so while it reads the states of the readers: the child would wait for it for ever.
"""

import os
import subprocess
from pathlib import Path

from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

HEADERS = Path(__file__).parents[2] / "native" / "pkcs11"
PROGRAM = Path(__file__).with_name("programs") / "fork_beside_a_look.c"
SECONDS = 90


def test_a_child_does_not_wait_for_a_thread_that_it_does_not_have(rig: Rig, tmp_path: Path) -> None:
    program = tmp_path / "program"
    options = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-pthread", "-rdynamic", f"-I{HEADERS}")
    command = [os.environ.get("CC", "cc"), *options, "-o", str(program), str(PROGRAM), "-ldl"]
    subprocess.run(command, check=True, timeout=SECONDS)
    done = subprocess.run(
        [str(program), str(module_path())], env=rig.env, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.stdout.splitlines() == ["child 0 0", "late 1"], done.stderr
    assert done.returncode == 0
