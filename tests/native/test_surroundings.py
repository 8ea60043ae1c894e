"""Unusual ways to load the module, and hosts without usable standard streams."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import _cffi_backend
import pytest

from tests.native.hosts import BOTH, Run


@BOTH
@pytest.mark.parametrize("streams", [(0,), (1,), (2,), (0, 1, 2)])
def test_a_directory_as_a_standard_stream_is_no_obstacle(c_host: Run, streams: tuple[int, ...]) -> None:
    """Python itself does not start in such a host."""
    moves = " ".join(f"EXPECT({number}, dup2(folder, {number}));" for number in streams)
    c_host(
        f"""
        int folder = open("/tmp", O_RDONLY | O_DIRECTORY);
        {moves}
        FILE *before[] = {{ stdin, stdout, stderr }};
        OK(p11->C_Initialize(NULL));
        OK(slots());
        EXPECT(1, stdin == before[0] && stdout == before[1] && stderr == before[2]);
        """,
        before="#include <fcntl.h>",
    )


@pytest.mark.parametrize("moment", ["stdin = stdout = NULL;", "fclose(stdin); fclose(stdout);"])
def test_a_host_without_standard_streams_starts(c_host: Run, moment: str) -> None:
    c_host(f"{moment} OK(p11->C_Initialize(NULL)); OK(slots());")


@pytest.mark.parametrize("state", ["close(ends[0]);", "fill(ends[1]);"], ids=["nobody reads", "full"])
def test_a_broken_or_full_stderr_does_not_stop_the_host(c_host: Run, module: Path, tmp_path: Path, state: str) -> None:
    """A start that fails has a line for the standard error output."""
    alone = tmp_path / module.name
    shutil.copy(module, alone)
    c_host(
        f"""
        int ends[2];
        alarm(SECONDS_UNTIL_HUNG);
        EXPECT(0, pipe(ends));
        {state}
        dup2(ends[1], 2);
        EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
        sigset_t waiting;
        sigpending(&waiting);
        EXPECT(0, sigismember(&waiting, SIGPIPE));
        """,
        before="""
        #include <fcntl.h>
        static void fill(int end)
        {
            char block[ROOM] = { 0 };
            fcntl(end, F_SETFL, O_NONBLOCK);
            while (write(end, block, sizeof block) > 0)
                ;
            fcntl(end, F_SETFL, 0);
        }
        """
        if "fill" in state
        else "",
        module=alone,
    )


@BOTH
def test_dlmopen_into_a_namespace_of_its_own_is_refused(c_host: Run) -> None:
    """The copy has its own C library; both libraries give threads the same keys."""
    done = c_host(
        """
        void *other = dlmopen(LM_ID_NEWLM, argv[1], RTLD_NOW | RTLD_LOCAL);
        EXPECT(1, other != NULL);
        EXPECT(CKR_GENERAL_ERROR, ((CK_RV (*)(void *))dlsym(other, "C_Initialize"))(NULL));
        OK(p11->C_Initialize(NULL));
        OK(slots());
        """
    )
    assert "dlmopen" in done.stderr


@pytest.mark.parametrize("core", ["its own core", "the same core"])
def test_a_second_copy_of_the_module_is_refused(c_host: Run, installed_module: Path, tmp_path: Path, core: str) -> None:
    """It answers all calls with the same error; the first copy keeps working, also in a child."""
    copy = tmp_path / "cryptolib" / installed_module.name
    copy.parent.mkdir()
    shutil.copy(installed_module, copy)
    (found,) = installed_module.parent.glob("_cps_core.*.so")
    other = copy.with_name(found.name)
    if core == "the same core":
        other.symlink_to(found)
    else:
        shutil.copy(found, other)
    c_host(
        f"""
        CK_FUNCTION_LIST_3_2 *first = p11;
        OK(p11->C_Initialize(NULL));
        load("{copy}");
        EXPECT(CKR_GENERAL_ERROR, p11->C_Initialize(NULL));
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
        p11 = first;
        OK(slots());
        IN_CHILD({{ OK(p11->C_Initialize(NULL)); OK(slots()); }});
        OK(p11->C_Finalize(NULL));
        """,
        module=installed_module,
    )


@pytest.mark.xfail(
    sys.version_info[:2] == (3, 13), raises=AssertionError,
    reason="CPython 3.13.5 itself imports no extension module from such a folder",
)  # fmt: skip
def test_a_folder_whose_name_is_not_utf_8(c_host: Run, installed_module: Path, tmp_path: Path) -> None:
    """As on a file system that is older than UTF-8."""
    site = tmp_path / os.fsdecode(b"M\xe9decin")
    for package in ("cryptolib", "smartcard"):
        shutil.copytree(installed_module.parents[1] / package, site / package)
    shutil.copy(_cffi_backend.__file__, site)
    c_host("OK(p11->C_Initialize(NULL)); OK(slots());", module=site / "cryptolib" / installed_module.name)
