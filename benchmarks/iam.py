"""Paths to an account's administrators: kpath beside a generic parse of the same JSON, and beside PMapper.

PMapper (`principalmapper`) is a peer where there is one: it asks for Python 3.9 or older, so give an interpreter that
has it with `--pmapper`. It is asked for the edges of every service but Lambda, offline, as kpath is.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from synthetic.account import ACCOUNT, details

HERE = Path(__file__).resolve().parent
TIMES, GROWTH = 200, 12.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="runs to take the median of")
    parser.add_argument("--pmapper", metavar="PYTHON", help="an interpreter that has principalmapper")
    parser.add_argument("--most", type=int, default=1_000, help="as many roles as PMapper is asked about at most")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("file", nargs="?", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps({"orjson": _orjson, "kpath": _kpath}[given.measure](given.file)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        found = [_figures(given, roles, Path(scratch) / f"{roles}.json") for roles in given.roles]
    _print(given.roles, found)


def _figures(given: argparse.Namespace, roles: int, file: Path) -> dict[str, float]:
    file.write_text(json.dumps(details(roles, given.seed), indent=4))
    own = [sys.executable, str(HERE / "iam.py"), str(file), "--measure"]
    found: dict[str, float] = {"size": file.stat().st_size}
    runs: dict[str, list[dict[str, float]]] = {"orjson": [], "kpath": []}
    for _ in range(given.repeat):
        for name, held in runs.items():
            held.append(_run([*own, name]))
    for name, held in runs.items():
        found[name] = statistics.median(each["cpu"] for each in held)
    found |= {name: value for name, value in runs["kpath"][0].items() if name != "cpu"}
    if given.pmapper and roles <= given.most:
        peer = _run([given.pmapper, str(HERE / "pmapper_peer.py"), str(file)])
        found |= {"pmapper": peer["cpu"], "pmapper_admins": peer["reach"]}
    return found


def _run(command: list[str]) -> dict[str, float]:
    print(" ".join(command), file=sys.stderr, flush=True)
    said: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return said


def _orjson(file: str) -> dict[str, float]:
    from orjson import loads

    data = Path(file).read_bytes()
    start = time.process_time()
    loads(data)
    return {"cpu": time.process_time() - start}


def _kpath(file: str) -> dict[str, float]:
    """From the file to everybody who can become an administrator, by every rule about the account alone."""
    import gc

    sys.path.insert(0, str(HERE.parent))
    from kpath.api import load
    from kpath.rules import rules

    gc.disable()
    chosen = [each for each in rules().values() if each.family == "aws"]
    start = time.process_time()
    graph = load(file, rules=chosen)
    reach = graph.reach(to=f"aws-admin/{ACCOUNT}")
    return {"cpu": time.process_time() - start, "steps": len(graph.pairs()), "reach": len(reach), "rules": len(chosen)}


def _print(roles: list[int], found: list[dict[str, float]]) -> None:
    print(f"{'':40}" + "".join(f"{f'{each:,} roles':>16}" for each in roles) + f"{'aim':>10}")
    _row("JSON, MB", [f"{each['size'] / 1e6:.1f}" for each in found])
    _row("orjson.loads, CPU s", [f"{each['orjson']:.3f}" for each in found])
    _row("kpath: load, IAM rules, who is admin, CPU s", [f"{each['kpath']:.2f}" for each in found])
    _row("  ÷ orjson", [f"{each['kpath'] / each['orjson']:.0f}" for each in found])
    _row("  steps", [f"{each['steps']:,.0f}" for each in found])
    _row("  principals that become admin", [f"{each['reach']:,.0f}" for each in found])
    growth = [each["kpath"] / found[0]["kpath"] for each in found]
    _row("  × its first column", [f"{each:.1f}" for each in growth], f"≤ {GROWTH:.0f}")
    if any("pmapper" in each for each in found):
        _row(
            "PMapper without Lambda, CPU s", [f"{each['pmapper']:.1f}" if "pmapper" in each else "-" for each in found]
        )
        times = [f"{each['pmapper'] / each['kpath']:.0f}" if "pmapper" in each else "-" for each in found]
        _row("  ÷ kpath", times, f"≥ {TIMES}")
        admins = [f"{each['pmapper_admins']:,.0f}" if "pmapper" in each else "-" for each in found]
        _row("  principals that become admin", admins)


def _row(label: str, cells: list[str], aim: str = "") -> None:
    print(f"{label:44}" + "".join(f"{cell:>16}" for cell in cells)[4:] + f"{aim:>10}")


if __name__ == "__main__":
    main()
