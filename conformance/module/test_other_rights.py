"""A host with more rights than its caller: no variable of the caller names a file that it reads or writes.

So are su, sudo and screen lockers, when PAM loads the module into them to log in with the card.
"""

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.testbed.c_host import WORD, Host
from conformance.testbed.cards import Card
from conformance.testbed.client import module_path
from conformance.testbed.cryptoki import CKR
from conformance.testbed.rig import Rig

NOBODY = "65534"
# A process with other rights than its caller's ignores PCSCLITE_CSOCK_NAME too: that is libpcsclite's rule.
PLACES = """#!/bin/sh
[ "$1" = inside ] || exec unshare -m "$0" inside
mount -t tmpfs none /run && mkdir /run/pcscd && ln -s "$PCSCLITE_CSOCK_NAME" /run/pcscd/pcscd.comm &&
mkdir -m 700 {closed} && mkdir {closed}/venv && mount --bind "{venv}" {closed}/venv &&
cp "{host}" /run/host && chmod 755 /run/host && {give} && exec {drop} /run/host
"""
CLOSED = Path("/run/closed")
"""Has the environment of this Python too, and root alone may enter it."""
DROP = f"setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups"
# linux/capability.h: CAP_DAC_OVERRIDE, permitted and effective, so that it finds the module wherever it is.
CAPABILITIES = struct.pack("<IIIII", 0x0200_0001, 1 << 1, 0, 0, 0)
GIVE_CAPABILITIES = (
    f'{sys.executable} -I -c "import os; '
    f"os.setxattr(b'/run/host', b'security.capability', bytes.fromhex('{CAPABILITIES.hex()}'))\""
)

AS_THE_KERNEL_SAYS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/auxv.h>
unsigned long getauxval(unsigned long type)
{
    unsigned long (*next)(unsigned long) = dlsym(RTLD_NEXT, "getauxval");
    return type == AT_SECURE ? 1 : next(type);
}
"""


def as_nobody(program: Path, give: str) -> Path:
    """The program, started by nobody, with what `give` gives the file of it."""
    script = program.with_name("as-nobody")
    script.write_text(PLACES.format(host=program, give=give, drop=DROP, closed=CLOSED, venv=sys.prefix))
    script.chmod(0o755)
    return script


def preloaded(program: Path) -> Path:
    """The program with a library that answers getauxval(AT_SECURE) as the kernel would: for who is not root."""
    library = program.with_name("secure.so")
    command = ["gcc", "-shared", "-fPIC", "-o", str(library), "-x", "c", "-", "-ldl"]
    subprocess.run(command, input=AS_THE_KERNEL_SAYS, text=True, check=True, timeout=60)
    script = program.with_name("preloaded")
    script.write_text(f'#!/bin/sh\nexec env LD_PRELOAD="{library}" "{program}"\n')
    script.chmod(0o755)
    return script


WAYS: dict[str, Callable[[Path], Path]] = {"AT_SECURE set by a library": preloaded}
if os.geteuid() == 0:
    WAYS["set-user-ID"] = lambda program: as_nobody(program, "chmod u+s /run/host")
    WAYS["file capabilities"] = lambda program: as_nobody(program, GIVE_CAPABILITIES)


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Every variable with which a caller can place a file of ours: each names a folder of its own."""
    folders = {name: tmp_path / name for name in ("CPS3_PKCS11_TRACES", "CPS3_CACHE", "XDG_CACHE_HOME", "HOME")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    return {name: str(folder) for name, folder in folders.items()} | {"CPS3_DEBUG": "10"}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file())


def look_at_the_card(program: Path, env: dict[str, str], module: str = "") -> None:
    with Host(program, env) as host:
        host.load(module or module_path())
        assert host.call("C_Initialize", 0) == CKR.OK
        slots, count = host.alloc(8 * WORD), host.holding((8).to_bytes(WORD, "little"))
        assert host.call("C_GetSlotList", 1, slots, count) == CKR.OK
        assert host.word(count) == 1
        session = host.alloc(WORD)
        assert host.call("C_OpenSession", host.word(slots), 4, 0, 0, session) == CKR.OK
        assert host.call("C_FindObjectsInit", host.word(session), 0, 0) == CKR.OK
        assert host.call("C_Finalize", 0) == CKR.OK


@pytest.mark.parametrize("way", WAYS)
def test_the_caller_s_variables_name_no_file(
    rig: Rig, card: Card, program: Path, variables: dict[str, str], written: Callable[[], list[str]], way: str
) -> None:
    look_at_the_card(WAYS[way](program), rig.env | variables)
    assert written() == []


@pytest.mark.parametrize("variable", ["CPS3_CACHE", "XDG_CACHE_HOME", "HOME"])
@pytest.mark.parametrize("way", WAYS)
def test_each_variable_alone_names_no_file(
    rig: Rig,
    card: Card,
    program: Path,
    variables: dict[str, str],
    written: Callable[[], list[str]],
    way: str,
    variable: str,
) -> None:
    env = {name: value for name, value in rig.env.items() if name not in variables}
    look_at_the_card(WAYS[way](program), env | {variable: variables[variable]})
    assert written() == []


@pytest.mark.parametrize("way", [way for way in WAYS if WAYS[way] is not preloaded])
def test_the_module_may_lie_where_the_caller_cannot_go(rig: Rig, card: Card, program: Path, way: str) -> None:
    """As in a home directory: what counts is what the program may read, not the one who started it."""
    module = CLOSED / "venv" / Path(module_path()).relative_to(sys.prefix)
    look_at_the_card(WAYS[way](program), rig.env, str(module))


@pytest.mark.parametrize("way", [*WAYS, ""])
def test_the_shim_alone_ignores_the_variables_too(
    rig: Rig,
    card: Card,
    program: Path,
    variables: dict[str, str],
    written: Callable[[], list[str]],
    tmp_path_factory: pytest.TempPathFactory,
    way: str,
) -> None:
    """Where Python does not start, the shim writes the trace: to a host like any other, one line why."""
    copy = tmp_path_factory.mktemp("alone") / "libcryptolib_cps.so"
    copy.write_bytes(Path(module_path()).read_bytes())
    with Host(WAYS[way](program) if way else program, rig.env | variables) as host:
        host.load(str(copy))
        assert host.call("C_Initialize", 0) != CKR.OK
    assert [name.split("/")[0] for name in written()] == ([] if way else ["CPS3_PKCS11_TRACES"])


def test_a_host_like_any_other_writes_what_it_is_asked(
    rig: Rig, card: Card, program: Path, variables: dict[str, str], written: Callable[[], list[str]]
) -> None:
    look_at_the_card(program, rig.env | variables)
    assert {name.split("/")[0] for name in written()} == {"CPS3_PKCS11_TRACES", "CPS3_CACHE"}
