"""The shim with the real Python side behind it, on a machine where no pcscd runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.native.hosts import Run

NO_CARD_NO_READER = """
static void no_reader(void)
{
    CK_ULONG count = 7;
    OK(p11->C_GetSlotList(CK_FALSE, NULL, &count));
    EXPECT(0, count);
}
"""


def test_without_pcscd_it_initialises_and_has_no_slot(c_host: Run, installed_module: Path) -> None:
    done = c_host(
        """
        CK_SLOT_ID slot;
        CK_SESSION_HANDLE session;
        for (int i = 0; i < 10; i++) {
            OK(p11->C_Initialize(NULL));
            no_reader();
            EXPECT(CKR_SLOT_ID_INVALID, p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
            EXPECT(CKR_FUNCTION_NOT_SUPPORTED, p11->C_EncapsulateKey(1, NULL, 1, NULL, 0, NULL, NULL, NULL));
            EXPECT(CKR_NO_EVENT, p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
            OK(p11->C_Finalize(NULL));
        }
        """,
        before=NO_CARD_NO_READER,
        module=installed_module,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_forked_child_initialises_again(c_host: Run, installed_module: Path) -> None:
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        no_reader();
        for (int i = 0; i < 10; i++)
            IN_CHILD({
                EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
                OK(p11->C_Initialize(NULL));
                no_reader();
                OK(p11->C_Finalize(NULL));
            });
        no_reader();
        """,
        before=NO_CARD_NO_READER,
        module=installed_module,
    )


def test_children_of_threads_that_call_for_the_first_time(c_host: Run, installed_module: Path) -> None:
    """A module that another thread imports during a fork is complete in the child."""
    c_host(
        """
        for (int life = 0; life < 20; life++)
            IN_CHILD({
                pthread_t threads[3];
                OK(p11->C_Initialize(NULL));
                start_threads(threads, 3, call_for_the_first_time, NULL);
                for (int i = 0; i < 8; i++) {
                    usleep(100 * life);
                    IN_CHILD({
                        EXPECT(CKR_CRYPTOKI_NOT_INITIALIZED, slots());
                        OK(p11->C_Initialize(NULL));
                        call_for_the_first_time(NULL);
                        no_reader();
                    });
                }
                join_threads(threads, 3);
            });
        """,
        before=NO_CARD_NO_READER
        + """
        static void *call_for_the_first_time(void *unused)
        {
            CK_SESSION_HANDLE session;
            CK_ULONG count;
            EXPECT(CKR_SLOT_ID_INVALID, p11->C_GetMechanismList(0, NULL, &count));
            EXPECT(CKR_SLOT_ID_INVALID, p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
            EXPECT(CKR_SESSION_HANDLE_INVALID, p11->C_FindObjectsInit(1, NULL, 0));
            EXPECT(CKR_SESSION_HANDLE_INVALID, p11->C_SignUpdate(1, NULL, 0));
            return unused;
        }
        """,
        module=installed_module,
    )


@pytest.mark.timing
@pytest.mark.parametrize("kibibytes", [64, 48, 32])
def test_it_starts_in_a_thread_with_a_small_stack(c_host: Run, installed_module: Path, kibibytes: int) -> None:
    """The small stacks of Java and many servers."""
    c_host(
        f"""
        pthread_t thread;
        pthread_attr_t small;
        pthread_attr_init(&small);
        EXPECT(0, pthread_attr_setstacksize(&small, {kibibytes} * 1024));
        EXPECT(0, pthread_create(&thread, &small, run, NULL));
        join_threads(&thread, 1);
        """,
        before=NO_CARD_NO_READER
        + """
        static void *run(void *unused)
        {
            CK_SESSION_HANDLE session;
            OK(p11->C_Initialize(NULL));
            no_reader();
            EXPECT(CKR_SLOT_ID_INVALID, p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session));
            EXPECT(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession(1));
            OK(p11->C_Finalize(NULL));
            return unused;
        }
        """,
        module=installed_module,
    )


def test_it_is_found_under_another_name(c_host: Run, installed_module: Path, tmp_path: Path) -> None:
    """A symbolic link with the name that software written for the original looks for."""
    link = tmp_path / "libcps3_pkcs11_lux.so"
    link.symlink_to(os.path.relpath(installed_module, tmp_path))
    c_host("OK(p11->C_Initialize(NULL)); no_reader();", before=NO_CARD_NO_READER, module=link)


def test_pykcs11_and_python_pkcs11_share_it(python_host: Run, installed_module: Path) -> None:
    """The first keeps the GIL during a call, the second releases it."""
    python_host(
        """
import threading, PyKCS11, pkcs11
releases = pkcs11.lib(path)
keeps = PyKCS11.PyKCS11Lib()
keeps.load(path)
assert (keeps.getInfo().manufacturerID.strip(), releases.manufacturer_id) == ("Cryptolib CPS", "Cryptolib CPS")
def work(list_slots):
    for _ in range(100):
        assert list_slots() == []
threads = [threading.Thread(target=work, args=(way,)) for way in (keeps.getSlotList, releases.get_slots) * 2]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        python=sys.executable,
        module=installed_module,
    )


def test_starting_imports_nothing_slow(python_host: Run, installed_module: Path) -> None:
    """Each of these costs more than the start of the interpreter, and the first C_GetSlotList needs none."""
    done = python_host(
        """
import ctypes, sys
before = set(sys.modules)
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
assert p11.C_GetSlotList(0, None, ctypes.byref(ctypes.c_ulong())) == 0
print(*(set(sys.modules) - before))
""",
        module=installed_module,
    )
    slow = {"typing", "enum", "dataclasses", "re", "logging", "pathlib", "json", "hashlib", "ssl", "threading"}
    loaded = set(done.stdout.split())
    assert "cryptolib.abi.entry" in loaded
    assert not slow & loaded
    assert not {name for name in loaded if name.startswith("cryptography.hazmat")}
