"""The whole graph, products written out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping

from kpath.errors import UsageError
from kpath.graph.graph import Steps
from kpath.query.paths import cited
from kpath.refs import Ref
from kpath.render import layout
from kpath.render.data import as_line
from kpath.render.drawing import Drawing, Edge
from kpath.render.escape import plain
from kpath.render.formats.dot import graph as dot_text
from kpath.render.formats.mermaid import flowchart
from kpath.render.shape import assumption_shape, cited_shape

# More edges than this make a file that no viewer opens.
_MOST = 2_000_000


def summary(steps: Steps) -> str:
    """A count per step."""
    counted: dict[str, int] = {}
    for arrow in steps.arrows:
        counted[arrow.rule.id] = counted.get(arrow.rule.id, 0) + len(arrow.sources) * len(arrow.targets)
    lines = [f"{id_:<26}{count:>12,}" for id_, count in sorted(counted.items())]
    return "\n".join([*lines, f"{'together':<26}{sum(counted.values()):>12,}"]) + "\n"


def jsonl(steps: Steps) -> str:
    """A step a line."""
    return "".join(map(as_line, _shapes(steps)))


def _shapes(steps: Steps) -> Iterator[dict[str, object]]:
    _check(steps)
    for arrow in steps.arrows:
        witness, rule = arrow.witnesses[0], arrow.rule
        for source in arrow.sources:
            for target in arrow.targets:
                if source == target:
                    continue
                facts = cited(steps.model, witness, source, target)
                found: dict[str, object] = {
                    "id": rule.id, "source": str(source), "target": str(target),
                    "evidence": [cited_shape(fact) for fact in facts],
                    "assumptions": [assumption_shape(each) for each in witness.assumes],
                    "confidence": str(arrow.confidence), "attack": list(rule.attack), "breaks": list(rule.breaks),
                    "also": [str(steps.model.names.ref(number)) for number in arrow.also],
                }  # fmt: skip
                yield found | {"way": witness.way} if witness.way else found


def _check(steps: Steps) -> None:
    size = sum(len(arrow.sources) * len(arrow.targets) for arrow in steps.arrows)
    if size > _MOST:
        raise UsageError(f"the graph has {size:,} steps written out (limit {_MOST:,}); ask for paths or reach instead")


def drawing(steps: Steps) -> Drawing:
    """Every ref and step."""
    _check(steps)
    found: dict[tuple[Ref, Ref], dict[str, bool]] = {}
    for arrow in steps.arrows:
        sure = not arrow.witnesses[0].assumes
        for source in arrow.sources:
            for target in arrow.targets:
                if source != target:
                    ids = found.setdefault((source, target), {})
                    ids[arrow.rule.id] = ids.get(arrow.rule.id, False) or sure
    edges = tuple(sorted(Edge(*ends, tuple(sorted(ids)), any(ids.values())) for ends, ids in found.items()))
    refs = sorted({ref for edge in edges for ref in (edge.source, edge.target)})
    goals = frozenset(ref for ref in refs if ref.kind in ("cluster-admin", "aws-admin"))
    return Drawing({ref: f"n{number}" for number, ref in enumerate(refs)}, edges, frozenset(), goals)


def graphml(steps: Steps) -> str:
    """GraphML, for yEd, Gephi and networkx."""
    import networkx

    from kpath.window import networkx_of

    found, named = networkx.MultiDiGraph(), networkx_of(steps, hubs=False)
    for source, target, key, data in named.edges(keys=True, data=True):
        for ref in (source, target):
            found.add_node(plain(ref), kind=Ref(ref).kind)
        found.add_edge(plain(source), plain(target), id=key, confidence=data["confidence"])
    stream = io.BytesIO()
    networkx.write_graphml_xml(found, stream, named_key_ids=True)
    return stream.getvalue().decode() + "\n"


WRITERS: Mapping[str, Callable[[Steps], str]] = {
    "table": summary,
    "jsonl": jsonl,
    "json": jsonl,
    "dot": lambda steps: dot_text(drawing(steps)),
    "svg": lambda steps: layout.svg(dot_text(drawing(steps))),
    "mermaid": lambda steps: flowchart(drawing(steps)),
    "graphml": graphml,
}
