"""`make conformance`: the acceptance plan with every card, as tables; ends non-zero when an answer is wrong."""

import os
import sys
import time

from conformance.acceptance.plan import CARDS
from conformance.acceptance.plan_run import run
from conformance.acceptance.table import summary, table
from conformance.testbed.client import Module, import_installed_package, module_path
from conformance.testbed.rig import Rig


def main() -> int:
    import_installed_package()
    started = time.perf_counter()
    reports = []
    with Rig(CARDS[0]) as rig:
        os.environ |= {"PCSCLITE_CSOCK_NAME": rig.env["PCSCLITE_CSOCK_NAME"], "CPS3_CACHE": "0"}
        module = Module(module_path())
        for card in CARDS:
            reports.append(run(module, rig, card))
            print(table(reports[-1]), end="\n\n", flush=True)
    print(f"All cards, {time.perf_counter() - started:.0f} s")
    for report in reports:
        print(summary(report))
    return 0 if all(report.good for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
