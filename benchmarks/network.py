"""What the network of a cluster costs, by a generic parse of its JSON in the same run; and in seconds, for the aims."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from generate import synthetic
from process import WORKER, Cost, command, median, python

# By pods: seconds of CPU, and MiB above what the loaded model takes.
SECONDS, MEMORY = {1_000: 0.5, 10_000: 3.0, 100_000: 30.0}, {10_000: 300, 100_000: 3_000}
# Above so many pods the JSON Lines, one for each pair of controllers, are all that there is to measure.
WRITTEN = 1_000
ORJSON, NETWORK, FLOWS, TABLE, LINES, PEER = "orjson", "network", "flows", "kpath net", "kpath net -o jsonl", "peer"


class Figures(NamedTuple):
    """What one snapshot cost, each the median of several runs."""

    pods: int
    size: int
    costs: dict[str, Cost]

    def ratio(self, name: str) -> str:
        return f"{self.costs[name].part / self.costs[ORJSON].part:.2f}" if name in self.costs else ""

    def against_peer(self) -> str:
        """Program by program, each from its start to its end."""
        return f"{self.costs[PEER].cpu / self.costs[NETWORK].cpu:.0f}" if PEER in self.costs else ""

    def seconds(self, name: str) -> str:
        return f"{self.costs[name].part:.2f}" if name in self.costs else ""

    def said(self, name: str, what: str) -> str:
        return f"{self.costs[name].said[what]:,.0f}"

    def memory(self, name: str) -> str:
        return f"{self.costs[name].said['memory'] / 2**20:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[1_000, 10_000], help="sizes of the clusters")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, metavar="DIR", help="where clusters are kept for the next run")
    parser.add_argument("--repeat", type=int, default=3, help="runs to take the median of")
    parser.add_argument("--view", action="store_true", help="measure `kpath net` as well, from its start to its end")
    parser.add_argument(
        "--peer", nargs="?", const="nca", metavar="COMMAND",
        help=f"run network-config-analyzer on clusters of up to {WRITTEN:,} pods (command: nca)",
    )  # fmt: skip
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [synthetic(given.data or Path(scratch), each, given.seed, of_network=True) for each in given.pods]
        _print([_measured(folder, given) for folder in folders])


def _measured(folder: Path, given: argparse.Namespace) -> Figures:
    """Every measure in turn, several times over: whatever disturbs one disturbs its neighbour."""
    pods = int(folder.name.split("-")[1])
    work: dict[str, Callable[[], Cost]] = {
        name: lambda name=name: python(str(WORKER), name, str(folder))  # type: ignore[misc]
        for name in (ORJSON, NETWORK, FLOWS)
    }
    if given.view:
        work[TABLE] = lambda: python("-m", "kpath", "net", "-f", str(folder))
        if pods <= WRITTEN:
            work[LINES] = lambda: python("-m", "kpath", "net", "-f", str(folder), "-o", "jsonl")
    runs: dict[str, list[Cost]] = {name: [] for name in work}
    for number in range(given.repeat):
        for name, measure in work.items():
            print(f"{folder.name}: {name} {number + 1}/{given.repeat}", file=sys.stderr, flush=True)
            runs[name].append(measure())
    costs = {name: median(found) for name, found in runs.items()}
    if given.peer and pods <= WRITTEN:
        print(f"{folder.name}: {given.peer}", file=sys.stderr, flush=True)
        costs[PEER] = _peer(given.peer, folder)
    return Figures(pods, sum(each.stat().st_size for each in folder.glob("*/*.json")), costs)


def _peer(program: str, folder: Path) -> Cost:
    """What network-config-analyzer takes for the connections that the same policies allow; once, as it takes long."""
    files = {each.stem: str(each) for each in (folder / "kubernetes").glob("*.json")}
    cost, _ = command(
        program, "--connectivity", files["networkpolicies"], "--pod_list", files["pods"],
        "--ns_list", files["namespaces"], "--output_format", "txt",
    )  # fmt: skip
    return cost


def _print(found: Sequence[Figures]) -> None:
    names = [f"{each.pods:,} pods" for each in found]
    print(f"{'':44}" + "".join(f"{name:>16}" for name in names))
    _row("JSON, MB", [f"{each.size / 1e6:,.0f}" for each in found])
    _row("policies", [each.said(NETWORK, "policies") for each in found])
    _row("parties of pods", [each.said(NETWORK, "parties") for each in found])
    _row("products", [each.said(NETWORK, "products") for each in found])
    _row("orjson.loads, CPU", ["1" for _ in found])
    for name, label in ((NETWORK, "network, all products"), (FLOWS, "flows"), (TABLE, TABLE), (LINES, LINES)):
        if any(name in each.costs for each in found):
            _row(f"{label} ÷ orjson, CPU", [each.ratio(name) for each in found])
            _row("  seconds", [each.seconds(name) for each in found])
        if name in (NETWORK, FLOWS):
            _row("  memory above loading, MiB", [each.memory(name) for each in found])
    _row("aim for network and products, seconds", [_aim(SECONDS.get(each.pods)) for each in found])
    _row("  MiB", [_aim(MEMORY.get(each.pods)) for each in found])
    for name in (NETWORK, FLOWS) if len(found) > 1 else ():
        first = found[0].costs[name].part / found[0].pods
        _row(f"growth of {name}, CPU ÷ pods", [f"{each.costs[name].part / each.pods / first:.2f}" for each in found])
    if any(PEER in each.costs for each in found):
        _row("network-config-analyzer, seconds", [each.seconds(PEER) for each in found])
        _row("  ÷ kpath: start, load, network, all products", [each.against_peer() for each in found])


def _aim(most: float | None) -> str:
    return "" if most is None else f"≤ {most:g}"


def _row(label: str, cells: Sequence[str]) -> None:
    print(f"{label:44}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
