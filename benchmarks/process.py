"""Programs in processes of their own, and what the kernel says that they took."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
WORKER = HERE / "worker.py"


class Cost(NamedTuple):
    """What one process took: seconds of CPU in all and in the part that counts, and the most memory it held."""

    cpu: float
    part: float
    peak: int
    said: dict[str, float]


def median(costs: Sequence[Cost]) -> Cost:
    cpu = statistics.median(each.cpu for each in costs)
    part = statistics.median(each.part for each in costs)
    said = {key: statistics.median(each.said[key] for each in costs) for key in costs[0].said}
    return Cost(cpu, part, round(statistics.median(each.peak for each in costs)), said)


def python(*arguments: str) -> Cost:
    """What Python took with some arguments; the worker tells about itself in JSON."""
    cost, text = command(sys.executable, *arguments)
    said: dict[str, float] = json.loads(text) if arguments[0] == str(WORKER) else {}
    return cost._replace(part=said.get("cpu", cost.cpu), said=said)


def command(*arguments: str) -> tuple[Cost, bytes]:
    """What a program took, and what it printed."""
    reading, writing = os.pipe()
    child = os.posix_spawnp(
        arguments[0],
        arguments,
        {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])},
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)],
    )
    os.close(writing)
    with open(reading, "rb") as pipe:
        text = pipe.read()
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"this failed: {' '.join(arguments)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, cpu, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), {}), text
