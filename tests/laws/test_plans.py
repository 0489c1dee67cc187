"""What is found to be the cheapest set of changes works, has nothing too much, and is the cheapest."""

from __future__ import annotations

import copy
import json
from itertools import combinations

import oracle
from hypothesis import given, settings
from raw import Documents
from snapshots import Json, folder
from strategies import clusters

import kpath
from kpath.mitigations import Fix, fixes
from kpath.query.costs import Costs
from kpath.query.cuts import Plan, together
from kpath.refs import Ref
from kpath.snapshot.patch import MISSING, Patch, apply

GOALS = ("cluster-admin", "aws-admin", "node", "secret")
# As many changes are tried in all their sets.
FEW = 7


def files(documents: list[Json]) -> dict[str, str]:
    return {f"{number:03}.json": json.dumps(each, ensure_ascii=False) for number, each in enumerate(documents)}


def applied(documents: list[Json], patch: Patch) -> list[Json]:
    """The documents as a patch leaves them."""
    result = copy.deepcopy(documents)
    known = Documents(result).by_ref
    for operation in patch.operations:
        if operation.op == "create":
            result.append(json.loads(operation.value))
            continue
        for each in known[operation.of]:
            after = apply(copy.deepcopy(each), [operation])
            each.clear()
            assert after is not MISSING
            each.update(after)
    return result


def sources_of(graph: kpath.Graph) -> list[str]:
    return [str(ref) for ref in graph.model.names.starting("pod/")][:2]


@given(clusters())
@settings(max_examples=100)
def test_after_a_plan_the_simulator_finds_no_path_and_nothing_of_it_is_too_much(documents: list[Json]) -> None:
    with folder(files(documents)) as path:
        graph = kpath.load(path)
        for source in sources_of(graph):
            plan = graph.fix(source, GOALS)
            stopped = {str(each.target) for each in plan.broken}

            assert not stopped & oracle.reach(applied(documents, together(plan.fixes)), source)
            for fix in plan.fixes:
                others = [each for each in plan.fixes if each != fix]
                assert stopped & oracle.reach(applied(documents, together(others)), source), str(fix)


@given(clusters())
@settings(max_examples=100)
def test_no_cheaper_set_of_changes_does_the_same(documents: list[Json]) -> None:
    with folder(files(documents)) as path:
        graph = kpath.load(path)
        for source in sources_of(graph)[:1]:
            plan = graph.fix(source, GOALS)
            known = every(graph)
            if not plan.fixes or len(known) > FEW:
                continue
            costs = Costs(graph.steps, [Ref(source)])
            for size in range(len(plan.fixes) + 1):
                for chosen in combinations(known, size):
                    if sum(map(costs.of, chosen)) < plan.cost:
                        assert left(graph, plan, source, chosen), [str(each) for each in chosen]


def every(graph: kpath.Graph) -> list[Fix]:
    """Every change that answers any fact of the graph."""
    found = {fix.patch: fix for fix in fixes(graph.model, graph._facts())}
    return list(found.values())


def left(graph: kpath.Graph, plan: Plan, source: str, chosen: tuple[Fix, ...]) -> set[Ref]:
    """The goals of a plan that are reached all the same."""
    return {each.target for each in plan.broken} & set(graph.mitigate(together(chosen)).reach(source))
