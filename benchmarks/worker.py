"""One measure, in a process of its own: `run.py` and `network.py` call it and ask the kernel what it took."""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path


def orjson(folder: str) -> dict[str, float]:
    """A generic parse of every file, one after the other, as a program has it that does nothing about it."""
    from orjson import loads

    took = 0.0
    for path in sorted(Path(folder).rglob("*.json")):
        if path.name.startswith("."):
            continue
        data = path.read_bytes()
        start = time.process_time()
        loads(data)
        took += time.process_time() - start
    return {"cpu": took}


def bare(folder: str) -> dict[str, float]:
    """The same at its best: no garbage collector runs over what is being built."""
    gc.disable()
    return orjson(folder)


def load(folder: str) -> dict[str, float]:
    """A snapshot to its model."""
    from kpath.model.load import load as load_model

    start = time.process_time()
    model = load_model([folder])
    return {"cpu": time.process_time() - start, "pods": len(model.pods)}


def rules(folder: str) -> dict[str, float]:
    """Stage by stage and rule by rule."""
    from kpath.graph.build import Layout, arrows
    from kpath.graph.derive import derived
    from kpath.model.load import load as load_model
    from kpath.rules import rules as all_rules

    clock = _Clock()
    model = load_model([folder])
    clock.lap("load")
    steps = []
    for rule in all_rules().values():
        start = time.process_time()
        found = list(derived(model, [rule]))
        clock.said[f"rule {rule.id}"], clock.said[f"steps {rule.id}"] = time.process_time() - start, len(found)
        steps += found
    clock.lap("rules")
    merged = arrows(steps, model.names)
    clock.lap("arrows")
    arrays = Layout(model.names, merged).arrays
    clock.lap("arrays")
    return {**clock.said, "vertices": arrays.vertices, "cpu": time.process_time()}


def network(folder: str) -> dict[str, float]:
    """The network of a model, and every product of who reaches whom, taken one by one."""
    from kpath.model.load import load as load_model
    from kpath.semantics.netpol.engine import engines
    from kpath.semantics.netpol.network import network as network_of
    from kpath.semantics.netpol.reach import products

    # As the command line has it.
    gc.disable()
    model = load_model([folder])
    begins = _Begins()
    seen = network_of(model, engines(model)[0])
    found = sum(1 for _ in products(seen))
    parties = seen.universe.first_atom
    return {**begins.said(), "products": found, "parties": parties, "pods": len(model.pods),
            "policies": len(model.network_policies)}  # fmt: skip


def flows(folder: str) -> dict[str, float]:
    """What the rules ask of the network: who gets through to whom, with the evidence."""
    from kpath.model.load import load as load_model
    from kpath.semantics.netpol.flows import flows as flows_of

    gc.disable()
    model = load_model([folder])
    begins = _Begins()
    found = len(flows_of(model))
    return {**begins.said(), "flows": found}


class _Begins:
    """CPU time and memory from here on."""

    def __init__(self) -> None:
        self.before, self.at = _held("VmRSS"), time.process_time()
        if PEAK.exists():
            PEAK.write_text("5")

    def said(self) -> dict[str, float]:
        return {"cpu": time.process_time() - self.at, "memory": max(0, _held("VmHWM") - self.before)}


# Linux forgets the highest use of memory so far when told to; elsewhere there is no figure.
PEAK, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def _held(what: str) -> int:
    lines = STATUS.read_text().splitlines() if STATUS.exists() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(what)), 0)


class _Clock:
    """CPU time since the last lap."""

    def __init__(self) -> None:
        self.said: dict[str, float] = {}
        self.at = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.said[name], self.at = now - self.at, now


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    measures = (orjson, bare, load, rules, network, flows)
    print(json.dumps({each.__name__: each for each in measures}[what](*arguments)))
