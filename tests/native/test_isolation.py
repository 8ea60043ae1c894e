"""The interpreter of our own and the host's process: neither changes the other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.native.hosts import Run

HOSTILE = {
    "PYTHONHOME": "/nonexistent",
    "PYTHONPATH": "evil",
    "PYTHONSTARTUP": "evil/startup.py",
    "PYTHONEXECUTABLE": "/nonexistent/python",
    "__PYVENV_LAUNCHER__": "/nonexistent/launcher",
    "PYTHONUSERBASE": "evil",
    "PYTHONPLATLIBDIR": "evil",
    "PYTHONPYCACHEPREFIX": "evil",
    "PYTHONWARNINGS": "error",
    "PYTHONINSPECT": "1",
    "PYTHONVERBOSE": "2",
    "PYTHONDEBUG": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONDEVMODE": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONTRACEMALLOC": "5",
    "PYTHONPROFILEIMPORTTIME": "1",
    "PYTHONMALLOC": "debug",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "0",
    "PYTHONIOENCODING": "cp500",
    "PYTHONCOERCECLOCALE": "warn",
    "PYTHONUNBUFFERED": "1",
    "PYTHONINTMAXSTRDIGITS": "640",
}

LOOK_INSIDE = """
import json, sys
answer = json.dumps({
    "path": sys.path, "executable": sys.executable, "prefix": sys.prefix, "modules": sorted(sys.modules),
    "optimize": sys.flags.optimize, "utf8": sys.flags.utf8_mode, "argv": sys.argv, "warnings": sys.warnoptions,
    "digits": sys.int_info.default_max_str_digits == sys.get_int_max_str_digits(),
})
rv[0] = 0
"""


@pytest.fixture
def evil_directory(tmp_path: Path) -> Path:
    """A current directory full of modules that take the place of the standard library's, if one lets them."""
    (tmp_path / "evil").mkdir()
    for name in (
        "json",
        "encodings",
        "codecs",
        "io",
        "site",
        "sitecustomize",
        "usercustomize",
        "_cffi_backend",
        "cryptolib",
    ):
        for directory in (tmp_path, tmp_path / "evil"):
            (directory / f"{name}.py").write_text("import os\nos._exit(66)\n")
    return tmp_path


def test_no_variable_and_no_current_directory_reaches_it(c_host: Run, module: Path, evil_directory: Path) -> None:
    code = json.dumps(LOOK_INSIDE)
    done = c_host(f"OK(p11->C_Initialize(NULL)); puts(python_says({code}));", env=HOSTILE, cwd=evil_directory)
    inside = json.loads(done.stdout)
    library = f"{sys.base_prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}"
    assert inside["path"] == [library, f"{library}/lib-dynload", str(module.parent.parent)]
    assert inside["prefix"] == sys.base_prefix
    assert inside["executable"].startswith(sys.base_prefix)
    assert (inside["optimize"], inside["utf8"], inside["argv"], inside["warnings"]) == (0, 1, [""], [])
    assert inside["digits"]
    assert not {"site", "sitecustomize", "usercustomize"} & set(inside["modules"])
    assert done.stderr == ""


def test_it_starts_without_environment_and_without_standard_streams(c_host: Run) -> None:
    c_host(
        """
        clearenv();
        for (int fd = 0; fd < 3; fd++)
            close(fd);
        OK(p11->C_Initialize(NULL));
        OK(slots());
        """
    )


def test_signals_locale_and_threads_of_the_host_stay_as_they_were(c_host: Run) -> None:
    c_host(
        """
        char before[ROOM], after[ROOM];
        signal(SIGUSR1, SIG_IGN);
        look(before);
        OK(p11->C_Initialize(NULL));
        OK(python("import threading, decimal; rv[0] = 0"));
        look(after);
        EXPECT(0, strcmp(before, after));
        """,
        before="""
        #include <locale.h>
        static void look(char *all)
        {
            char line[256];
            FILE *status = fopen("/proc/self/status", "r");
            strcpy(all, setlocale(LC_ALL, NULL));
            while (fgets(line, sizeof line, status))
                /* Not SigQ: it counts what waits for every process of this user. */
                if ((!strncmp(line, "Sig", 3) && strncmp(line, "SigQ", 4)) || !strncmp(line, "Threads", 7))
                    strcat(all, line);
            fclose(status);
        }
        """,
        env={"LC_ALL": "C.UTF-8"},
    )


@pytest.mark.timing
def test_a_thread_with_a_small_stack_may_make_the_first_call(c_host: Run) -> None:
    c_host(
        """
        pthread_t thread;
        pthread_attr_t small;
        pthread_attr_init(&small);
        EXPECT(0, pthread_attr_setstacksize(&small, 128 * 1024));
        EXPECT(0, pthread_create(&thread, &small, work, NULL));
        join_threads(&thread, 1);
        """,
        before="""
        static void *work(void *unused)
        {
            OK(p11->C_Initialize(NULL));
            OK(python("import json, decimal; rv[0] = 0"));
            return unused;
        }
        """,
    )
