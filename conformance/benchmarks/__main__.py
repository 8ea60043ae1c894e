"""`make bench`: this module and OpenSC's on the same virtual cards, step by step, cold and warm."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.benchmarks import calls, cold_start, instructions, report
from conformance.benchmarks.instructions import Counted
from conformance.benchmarks.measure import Cost, one_process
from conformance.benchmarks.steps import DATA
from conformance.testbed.cards import CARDS
from conformance.testbed.client import module_path
from conformance.testbed.rig import Rig

OPENSC_PIN_SLOT = 1
"""OpenSC shows one slot per application of the card; the contact one comes second."""

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"

MODELS = {
    "none": "latency 0",
    "realistic": "1.1 ms per byte (CPS4: 0.085), 300 ms per RSA operation, 43 ms per reset",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.benchmarks", description=__doc__)
    parser.add_argument("--latency", choices=[*MODELS, "both"], default="none", help="how slow the virtual card is")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the tables in a file as well")
    chosen = parser.parse_args()
    models = list(MODELS) if chosen.latency == "both" else [chosen.latency]
    tables = []
    for table in measured(models):
        print(table, flush=True)
        tables.append(table)
    if chosen.write:
        chosen.write.write_text(
            HEAD.format(latency=chosen.latency, cores=os.cpu_count(), python=platform.python_version())
            + "\n".join(tables)
        )
    return 0


HEAD = """# What the card is asked to do

Written by `.venv/bin/python -m conformance.benchmarks --latency {latency} --write conformance/benchmarks/RESULTS.md`
({cores} cores, Python {python}).

Cells are APDUs / bytes / milliseconds / line; bytes are those of commands and answers, headers and status words
included; "line" is what these bytes take with a real card, whatever the speed of the measurement: 1.1 ms each with a
CPS3, 0.085 ms with a CPS4.
The steps of a column are one process, in this order; "cold" is the first one with the card, nothing of which has been
kept on disk yet, "warm" the next. "list" is every object with class, label, identifier and privacy; "read certificates"
is CKA_VALUE of all. "write 5 bytes" changes as many of a CPS_DATA that was read or written before. The virtual card's
own RSA costs a few milliseconds per signature. The tables on starts and bursts say in their titles what the cells are.

"""


def measured(models: list[str]) -> Iterator[str]:
    ours, opensc = module_path(), opensc_path()
    for model in models:
        with Rig("cps3", model) as rig:
            columns = cold_and_warm(rig, "cps3", "this module", ours, 0)
            columns |= cold_and_warm(rig, "cps3", "OpenSC", opensc, OPENSC_PIN_SLOT)
            yield report.costs(f"CPS3 contact (T=0), {MODELS[model]}", columns)
            columns = cold_and_warm(rig, "cps4", "this module", ours, 0)
            yield report.costs(f"CPS4 (T=1), {MODELS[model]}", columns)
            yield report.costs(f"CPS_DATA, 4096 bytes, {MODELS[model]}", with_cps_data(rig, ours))
    with Rig("cps3") as rig, cold_start.compiled() as program:
        times = {
            name: [
                cold_start.median_milliseconds(program, module, stage, rig.env)
                for stage in range(len(cold_start.STAGES))
            ]
            for name, module in (("this module", ours), ("OpenSC", opensc))
        }
    title = f"Whole C process on CPS3, latency 0, warm, wall time, median of {cold_start.RUNS}"
    yield report.cold_starts(title, cold_start.STAGES, times)

    with Rig("cps3") as rig:
        yield first_starts(rig, {"this module": ours, "OpenSC": opensc})
        yield from starts(rig, ours, opensc)
        yield from bursts(rig, ours, opensc)


def first_starts(rig: Rig, peers: dict[str, str]) -> str:
    stages = range(len(cold_start.STAGES))
    columns = {}
    with cold_start.compiled() as program:
        for name, module in peers.items():
            files = instructions.files_read([program, module, str(stages[-1])], rig.env)
            columns[name] = [
                (
                    cold_start.first_start(program, module, stage, rig.env, files),
                    cold_start.memory(program, module, stage, rig.env),
                )
                for stage in stages
            ]
    title = "The same on CPS3 with a cold page cache: milliseconds / KiB read from disk / MiB of memory at most"
    return report.first_starts(f"{title}, median of {cold_start.FIRST_RUNS}", cold_start.STAGES, columns)


def starts(rig: Rig, ours: str, opensc: str) -> Iterator[str]:
    with cold_start.compiled() as program, TemporaryDirectory() as directory:
        peers = {"this module": ours, "OpenSC": opensc, **softhsm(Path(directory), rig)}
        counts = {name: counted(program, module, rig.env) for name, module in peers.items()}
        bare = instructions.of_bare_python(Path(directory), rig.env)
    title = f"Instructions / file look-ups on CPS3, copies on disk; a bare start of Python: {bare / 1e6:.1f} M"
    yield report.starts(title, cold_start.STAGES, counts)


def counted(program: Path, module: str, env: dict[str, str]) -> dict[str, Counted]:
    """By stage, up to the last one that the module supports."""
    found = {}
    for number, stage in enumerate(cold_start.STAGES):
        command = [str(program), module, str(number)]
        # A first run has made the copies on disk before this one is counted.
        if subprocess.run(command, env=env, capture_output=True, check=False).returncode:
            break
        found[stage] = instructions.count(command, env)
    return found


def softhsm(directory: Path, rig: Rig) -> dict[str, str]:
    """Where it is installed: a token without a card, that nobody has initialised."""
    settings = directory / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {directory}\n")
    rig.env["SOFTHSM2_CONF"] = str(settings)
    return {"SoftHSM": SOFTHSM} if os.path.exists(SOFTHSM) else {}


def bursts(rig: Rig, ours: str, opensc: str) -> Iterator[str]:
    with calls.compiled() as program:
        columns = {"this module, CPS3": calls.measure(program, ours, 0, rig.env)}
        columns["OpenSC, CPS3"] = calls.measure(program, opensc, OPENSC_PIN_SLOT, rig.env)
        rig.insert("cps4")
        columns["this module, CPS4"] = calls.measure(program, ours, 0, rig.env)
    title = "Microseconds / messages to pcscd of one call in a burst, latency 0, best of several"
    yield report.calls(f"{title}; hashlib takes {calls.hashlib_microseconds():.0f} for 64 MiB", columns)


def cold_and_warm(rig: Rig, card: str, name: str, module: str, slot_position: int) -> dict[str, list[Cost]]:
    rig.remove()
    rig.insert(card)
    rig.clear_cache()
    return {f"{name}, {when}": one_process(rig, module, card, slot_position) for when in ("cold", "warm")}


def with_cps_data(rig: Rig, module: str) -> dict[str, list[Cost]]:
    """The same steps with a card that has CPS_DATA as issued, and with one that was given it."""
    columns = {}
    for card in CARDS:
        rig.insert(card)
        rig.vary("cps-data")
        rig.clear_cache()
        columns[f"this module, {card}"] = one_process(rig, module, card, steps=DATA)
        rig.vary()
    return columns


def opensc_path() -> str:
    (path,) = glob("/usr/lib/*/opensc-pkcs11.so")
    return path


if __name__ == "__main__":
    sys.exit(main())
