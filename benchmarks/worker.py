"""One measure, in a process of its own: `run.py` calls it and asks the kernel what it took."""

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
    print(json.dumps({"orjson": orjson, "bare": bare, "load": load, "rules": rules}[what](*arguments)))
