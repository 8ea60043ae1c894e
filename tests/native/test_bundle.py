"""The bundle: a Python of our own in every process, whatever Python that process runs, and nothing between the two."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.native.hosts import LIBPYTHON, Run, make_bundle, pythons, run
from tests.native.test_isolation import HOSTILE, LOOK_INSIDE

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def tree(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle before the stand-in for its Python side."""
    return make_bundle(bundle, tmp_path_factory.mktemp("bundled"))


@pytest.fixture(scope="module")
def module(tree: Path) -> Path:
    return tree / f"lib/python{MINOR}/site-packages/cryptolib/libcryptolib_cps.so"


def names(library: Path, *options: str) -> set[str]:
    listed = subprocess.run(["nm", "-D", *options, library], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1] for line in listed.splitlines()}


def test_every_python_of_this_machine_may_be_the_host(python_host: Run) -> None:
    """Callers that hold the host's GIL and callers that do not, and a child of the host."""
    hosts = [*pythons(), Path("/usr/bin/python3")]
    for python in hosts:
        python_host(
            """
import ctypes, os, sys
before = list(sys.path), set(sys.modules)
p11 = ctypes.CDLL(path)
assert p11.C_Initialize(None) == 0
assert ctypes.PyDLL(path).C_Initialize(None) == 0x191
assert (sys.path, set(sys.modules)) == before
code = b"import decimal, sys; answer = sys.version; rv[0] = 0"
for load in (ctypes.CDLL, ctypes.PyDLL):
    said = ctypes.create_string_buffer(4096)
    assert load(path).C_InitToken(0, code, len(code), said) == 0
    assert said.value.decode().startswith("MINOR.")
child = os.fork()
if child == 0:
    assert p11.C_GetSlotList(0, None, None) == 0x190
    assert p11.C_Initialize(None) == 0
    assert p11.C_GetSlotList(0, None, None) == 0
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert p11.C_Finalize(None) == 0
""".replace("MINOR", MINOR),
            python=python,
        )


def test_threads_of_a_python_host_initialise_finalise_and_fork(python_host: Run) -> None:
    """None ends before the last fork: a thread that ends holds a lock of cffi's for a moment, and a child that is
    forked in that moment waits for it for ever (docs/adr/0010).
    """
    for python in pythons():
        python_host(
            """
import ctypes, os, threading, warnings
warnings.simplefilter("ignore")
hosts = [ctypes.PyDLL(path), ctypes.CDLL(path)]
done = threading.Barrier(8)
def work(number):
    p11 = hosts[number % 2]
    for n in range(40):
        assert p11.C_Initialize(None) in (0, 0x191)
        assert p11.C_GetSlotList(0, None, None) in (0, 0x190)
        if n % 10 == number:
            assert p11.C_Finalize(None) in (0, 0x190)
        if n % 10 == 5:
            child = os.fork()
            if child == 0:
                os._exit(hosts[1].C_Initialize(None) or hosts[0].C_GetSlotList(0, None, None))
            assert os.waitpid(child, 0)[1] == 0
    done.wait()
threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
            python=python,
        )


@pytest.mark.parametrize("scope", ["RTLD_GLOBAL", "RTLD_LOCAL"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_host_may_load_the_libpython_we_were_made_from(c_host: Run, scope: str, moment: str) -> None:
    """The same symbols, once more in the process, also for what our Python imports later."""
    start = "OK(p11->C_Initialize(NULL));"
    load = f"""
        void *other = dlopen("{LIBPYTHON}", RTLD_NOW | {scope});
        EXPECT(0, ((int (*)(void))dlsym(other, "Py_IsInitialized"))());
        ((void (*)(int))dlsym(other, "Py_InitializeEx"))(0);
        """
    c_host(
        (load + start if moment == "before" else start + load)
        + """
        OK(python("import decimal, _ctypes, _ssl, unicodedata; rv[0] = 0"));
        ((int (*)(const char *, void *))dlsym(other, "PyRun_SimpleStringFlags"))("import decimal, _ctypes", NULL);
        OK(slots());
        """,
        env={"PYTHONHOME": sys.base_prefix},
    )


def test_no_libpython_but_ours_comes_in(c_host: Run, tree: Path) -> None:
    done = c_host(
        """
        OK(p11->C_Initialize(NULL));
        OK(python("import decimal, _ctypes; rv[0] = 0"));
        EXPECT(1, dlsym(RTLD_DEFAULT, "cps_Py_GetVersion") == NULL);
        char line[ROOM];
        for (FILE *maps = fopen("/proc/self/maps", "r"); fgets(line, sizeof line, maps); )
            fputs(line, stdout);
        """
    )
    ours = (tree / "lib" / f"libcps_python{MINOR}.so").resolve()
    assert set(re.findall(r"/\S*python3\S*\.so\S*", done.stdout)) >= {str(ours)}
    assert not re.search(r"/libpython3", done.stdout)


def test_an_application_under_addresssanitizer(c_host: Run, module: Path, tmp_path: Path) -> None:
    source = tmp_path / "host.c"
    source.write_text(
        "#include <dlfcn.h>\n"
        "int main(int argc, char **argv)\n"
        "{\n"
        "    void *module = argc == 2 ? dlopen(argv[1], RTLD_NOW) : 0;\n"
        '    return module ? (int)((long (*)(void *))dlsym(module, "C_Initialize"))(0) : 1;\n'
        "}\n"
    )
    subprocess.run(["gcc", "-fsanitize=address", "-o", tmp_path / "host", source], check=True)
    run([tmp_path / "host", module], env={"ASAN_OPTIONS": "detect_leaks=0"})


def test_it_takes_nothing_from_the_environment(c_host: Run, tree: Path, tmp_path: Path) -> None:
    code = json.dumps(LOOK_INSIDE)
    done = c_host(f"OK(p11->C_Initialize(NULL)); puts(python_says({code}));", env=HOSTILE, cwd=tmp_path)
    inside = json.loads(done.stdout)
    library = f"{tree}/lib/python{MINOR}"
    assert inside["path"] == [library, f"{library}/lib-dynload", f"{library}/site-packages"]
    assert inside["prefix"] == str(tree)
    assert inside["executable"] == f"{tree}/bin/python{MINOR}"


def test_the_python_of_the_bundle_is_isolated_too(bundle: Path, tmp_path: Path) -> None:
    python = bundle / "bin" / f"python{MINOR}"
    code = "import json, ssl, sys; print(json.dumps([sys.path, sys.executable, sys.flags.no_site]))"
    done = run([python, "-c", code], env=HOSTILE, cwd=tmp_path)
    library = f"{bundle}/lib/python{MINOR}"
    assert json.loads(done.stdout) == [
        [library, f"{library}/lib-dynload", f"{library}/site-packages"], str(python), 1
    ]  # fmt: skip


def test_the_python_of_the_bundle_shares_its_interpreter_with_the_module(bundle: Path) -> None:
    """As in any Python host of the installed module, whoever holds the GIL."""
    module = bundle / f"lib/python{MINOR}/site-packages/cryptolib/libcryptolib_cps.so"
    run(
        [bundle / "bin" / f"python{MINOR}", "-c", f"""
import ctypes, sys, threading
hosts = [ctypes.PyDLL({str(module)!r}), ctypes.CDLL({str(module)!r})]
answers = []
start = threading.Barrier(16)
def initialise(p11):
    start.wait()
    answers.append(p11.C_Initialize(None))
threads = [threading.Thread(target=initialise, args=(hosts[n % 2],)) for n in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert sorted(answers) == [0] + [0x191] * 15, answers
assert "cryptolib.abi" in sys.modules
"""],
    )  # fmt: skip


def test_nothing_in_it_uses_or_offers_a_name_of_another_libpython(bundle: Path) -> None:
    others = names(LIBPYTHON, "--defined-only")
    files = [*bundle.rglob("*.so"), bundle / "bin" / f"python{MINOR}"]
    assert len(others) > 1000
    assert len(files) > 20
    assert [path for path in files if {name for name in names(path) & others if not name.startswith("PyInit_")}] == []


def test_libraries_are_looked_for_in_it_and_in_the_system_only(bundle: Path) -> None:
    python = bundle / "bin" / f"python{MINOR}"
    for path in [*bundle.rglob("*.so"), python]:
        dynamic = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
        assert re.findall(r"R(?:UN)?PATH.*\[(.*)\]", dynamic) == (["$ORIGIN/../lib"] if path == python else []), path


def test_the_system_is_found_from_it(bundle: Path) -> None:
    code = "import sysconfig, zoneinfo; print(sysconfig.get_config_var('MULTIARCH'), zoneinfo.ZoneInfo('Europe/Paris'))"
    done = run([bundle / "bin" / f"python{MINOR}", "-c", code])
    assert done.stdout.split() == [str(sysconfig.get_config_var("MULTIARCH")), "Europe/Paris"]


def test_nothing_in_it_shows_where_it_was_built(bundle: Path) -> None:
    # A folder, or a whole string of C: a short path such as /clone is also part of other words.
    build = re.compile(re.escape(str(Path(sys.prefix).parent)).encode() + rb"[/\0]")
    assert [path for path in bundle.rglob("*") if path.is_file() and build.search(path.read_bytes())] == []
