"""A change that is offered for a path breaks it, and opens nothing."""

from __future__ import annotations

import json

from hypothesis import Phase, given, settings
from snapshots import Json, folder, written_out
from strategies import clusters
from test_restriction import kept

import kpath
from kpath.report import StepTaken

GOALS = ("cluster-admin", "aws-admin", "node", "secret")


@given(clusters())
@settings(max_examples=100, phases=[Phase.explicit, Phase.generate])
def test_each_change_that_is_offered_takes_a_step_out_of_the_path(documents: list[Json]) -> None:
    files = {f"{number:03}.json": json.dumps(each, ensure_ascii=False) for number, each in enumerate(documents)}
    with folder(files) as place:
        graph = kpath.load(place)
        before = graph.pairs()
        sources = [str(ref) for ref in graph.model.names.starting("pod/")][:2]
        paths = [path for source in sources for goal in GOALS for path in graph.paths(source, goal)]
        for path in paths[:4]:
            steps = {taken(step) for _, step in path.chain()}
            for fix in graph.fixes([path])[:4]:
                after = graph.mitigate(fix)

                assert kept(after.pairs()) <= kept(before), str(fix)
                assert not steps <= told(after), (str(fix), steps)


def taken(step: StepTaken) -> tuple[str, frozenset[str], str]:
    """A step of a path with all that it needs: the same step after a change of the cluster is another."""
    also = {str(side.steps[-1].target if side.steps else side.source) for side in step.also}
    return step.id, frozenset({str(step.source), *also}), str(step.target)


def told(graph: kpath.Graph) -> set[tuple[str, frozenset[str], str]]:
    """Every step that can be taken, in the same form."""
    found = written_out(graph.model)
    return {(id_, frozenset(start.split(" & ")), end) for id_, pairs in found.items() for start, end in pairs}
