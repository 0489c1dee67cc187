"""How kpath compares with a generic parse of its own input: ratios within one run, so that the machine cancels out."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from generate import synthetic, told
from process import HERE, WORKER, Cost, median, python

LOAD, PATHS, MEMORY, GROWTH = 0.4, 0.6, 0.25, 1.0


class Figures(NamedTuple):
    """What one snapshot cost, each the median of several runs."""

    pods: int
    size: int
    orjson: Cost
    bare: Cost
    load: Cost
    paths: Cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="*", type=Path, help="snapshots to measure instead of synthetic ones")
    parser.add_argument("--pods", type=int, nargs="+", default=[10_000], help="sizes of synthetic snapshots")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compact", action="store_true", help="as the API server prints lists, not as kubectl does")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where synthetic snapshots are kept for the next run")
    parser.add_argument("--from", dest="source", metavar="POD", help="the pod to ask about, where a folder is given")
    parser.add_argument("--repeat", type=int, default=3, help="runs to take the median of")
    parser.add_argument("--per-rule", action="store_true", help="what each rule costs, and nothing else")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = given.folder or [
            synthetic(given.data or Path(scratch), pods, given.seed, compact=given.compact) for pods in given.pods
        ]
        if given.per_rule:
            for folder in folders:
                _per_rule(folder)
            return
        found = [_measured(folder, given.source, given.repeat) for folder in folders]
        _print(found)


def _measured(folder: Path, source: str | None, repeat: int) -> Figures:
    """Every measure in turn, several times over: whatever disturbs one disturbs its neighbour."""
    source = source or told(folder).get("from")
    if not source:
        raise SystemExit(f"{folder} is not synthetic: name a pod with --from")
    files = [path for path in folder.rglob("*.json") if not path.name.startswith(".")]
    whole = [str(WORKER), "rules", str(folder)]
    if (HERE.parent / "kpath" / "__main__.py").exists():
        whole = ["-m", "kpath", "paths", "-f", str(folder), "--from", source]
    work = {name: [str(WORKER), name, str(folder)] for name in ("orjson", "bare", "load")} | {"paths": whole}
    runs: dict[str, list[Cost]] = {name: [] for name in work}
    for number in range(repeat):
        for name, arguments in work.items():
            print(f"{folder.name}: {name} {number + 1}/{repeat}", file=sys.stderr, flush=True)
            runs[name].append(python(*arguments))
    middle = {name: median(costs) for name, costs in runs.items()}
    size = sum(path.stat().st_size for path in files)
    return Figures(round(middle["load"].said["pods"]), size, *(middle[name] for name in work))


def _print(found: Sequence[Figures]) -> None:
    names = [f"{each.pods:,} pods" for each in found]
    print(f"{'':44}" + "".join(f"{name:>16}" for name in names) + f"{'aim':>10}")
    _row("JSON, MB", [f"{each.size / 1e6:,.0f}" for each in found])
    _row("orjson.loads, CPU", ["1" for _ in found])
    _row("  with its garbage collector off", [f"{each.bare.part / each.orjson.part:.2f}" for each in found])
    _row("  its peak memory ÷ JSON", [f"{each.orjson.peak / each.size:.2f}" for each in found])
    _row("load ÷ orjson, CPU", [f"{each.load.part / each.orjson.part:.2f}" for each in found], f"≤ {LOAD}")
    _row("  its peak memory ÷ JSON", [f"{each.load.peak / each.size:.2f}" for each in found], f"≤ {MEMORY}")
    what = "load, rules, arrays" if found[0].paths.said else "kpath paths"
    _row(f"{what} ÷ orjson, CPU", [f"{each.paths.cpu / each.orjson.part:.2f}" for each in found], f"≤ {PATHS}")
    _row("  its peak memory ÷ JSON", [f"{each.paths.peak / each.size:.2f}" for each in found], f"≤ {MEMORY}")
    taken = {"load": [each.load.part for each in found], what: [each.paths.cpu for each in found]}
    bytes_ = [each.size / found[0].size for each in found]
    for label, cpu in taken.items() if len(found) > 1 else ():
        grown = [each / cpu[0] / size for each, size in zip(cpu, bytes_, strict=True)]
        _row(f"growth of {label}, CPU ÷ bytes", [f"{each:.2f}" for each in grown], f"≤ {GROWTH:.0f}")
    print("Aims for memory are those of 100,000 pods; below that, the interpreter and its imports show.")


def _row(label: str, cells: Sequence[str], aim: str = "") -> None:
    print(f"{label:44}" + "".join(f"{cell:>16}" for cell in cells) + f"{aim:>10}")


def _per_rule(folder: Path) -> None:
    """Shares, and what each stage takes by the CPU of `orjson.loads` of the same bytes."""
    whole = python(str(WORKER), "orjson", str(folder)).part
    said = python(str(WORKER), "rules", str(folder)).said
    rules = {key.removeprefix("rule "): value for key, value in said.items() if key.startswith("rule ")}
    print(f"{folder.name}{'÷ orjson':>40}{'share':>9}{'steps':>11}")
    for stage in ("load", "rules", "arrows", "arrays"):
        print(f"{stage:{len(folder.name) + 29}}{said[stage] / whole:11.3f}")
    for name, seconds in sorted(rules.items(), key=lambda each: -each[1]):
        share = 100 * seconds / max(said["rules"], 1e-9)
        print(f"  {name:{len(folder.name) + 27}}{seconds / whole:11.3f}{share:8.1f}%{said['steps ' + name]:11,.0f}")
    print("What several rules share is counted for the first of them.")


if __name__ == "__main__":
    main()
