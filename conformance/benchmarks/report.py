"""Measurements as Markdown tables, the same on a terminal and in RESULTS.md."""

from collections.abc import Mapping, Sequence

from conformance.benchmarks.calls import Call
from conformance.benchmarks.cold_start import FirstStart
from conformance.benchmarks.instructions import Counted
from conformance.benchmarks.measure import Cost


def costs(title: str, columns: Mapping[str, Sequence[Cost]]) -> str:
    """One row per step; each column is one process, each cell APDUs / bytes / milliseconds / line."""
    steps = [cost.step for cost in next(iter(columns.values()))]
    by_column = [{cost.step: cost for cost in column} for column in columns.values()]
    rows = [[step, *(_cell(column[step]) for column in by_column)] for step in steps]
    rows.append(["**total**", *(_total(column) for column in columns.values())])
    return _table(title, ["step", *columns], rows)


def cold_starts(title: str, stages: Sequence[str], columns: Mapping[str, Sequence[float]]) -> str:
    rows = [[stage, *(f"{times[n]:.1f} ms" for times in columns.values())] for n, stage in enumerate(stages)]
    return _table(title, ["what the process does", *columns], rows)


def starts(title: str, stages: Sequence[str], columns: Mapping[str, Mapping[str, Counted]]) -> str:
    """Millions of instructions / file look-ups."""
    rows = [[stage, *(_counted(counts.get(stage)) for counts in columns.values())] for stage in stages]
    return _table(title, ["what the process does", *columns], rows)


def first_starts(title: str, stages: Sequence[str], columns: Mapping[str, Sequence[tuple[FirstStart, int]]]) -> str:
    """Milliseconds / KiB read / MiB of memory."""
    rows = [[stage, *(_first_start(*starts[n]) for starts in columns.values())] for n, stage in enumerate(stages)]
    return _table(title, ["what the process does", *columns], rows)


def calls(title: str, columns: Mapping[str, Mapping[str, Call]]) -> str:
    """Microseconds / messages to pcscd."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    rows = [[name, *(_call(column.get(name)) for column in columns.values())] for name in names]
    return _table(title, ["one call of many", *columns], rows)


def _counted(counted: Counted | None) -> str:
    return f"{counted.instructions / 1e6:.1f} M / {counted.look_ups}" if counted else "refused"


def _first_start(start: FirstStart, memory: int) -> str:
    return f"{start.milliseconds:.1f} / {start.read} / {memory / 1024:.1f}"


def _call(call: Call | None) -> str:
    return f"{call.nanoseconds / 1000:.2f} / {call.messages:.1f}" if call else "refused"


def _cell(cost: Cost) -> str:
    refusal = f" ({cost.refusal})" if cost.refusal else ""
    return f"{cost.apdus} / {cost.bytes} / {cost.milliseconds:.1f} / {cost.line_milliseconds:.0f}{refusal}"


def _total(column: Sequence[Cost]) -> str:
    apdus, octets = sum(cost.apdus for cost in column), sum(cost.bytes for cost in column)
    milliseconds, line = sum(cost.milliseconds for cost in column), sum(cost.line_milliseconds for cost in column)
    return f"{apdus} / {octets} / {milliseconds:.0f} / {line:.0f}"


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[n]) for row in [heads, *rows]) for n in range(len(heads))]
    lines = [_line(row, widths) for row in [heads, ["-" * width for width in widths], *rows]]
    return "\n".join([f"## {title}", "", *lines, ""])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
