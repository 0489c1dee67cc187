"""Several clusters in one graph: each as it is alone, by names that say which."""

from __future__ import annotations

import json

from hypothesis import given, settings
from snapshots import Json, Pairs, folder, loaded, written_out
from strategies import clusters

from kpath.model.load import load
from kpath.model.tables import Model
from kpath.refs import Ref, apart, within

NAMES = ("shop", "shop-2")
DESCRIBED = {"cluster": {"name": "shop", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/shop"}}
OTHER = {"cluster": {"name": "shop-2", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/shop-2"}}
OF_EKS = {"cluster", "nodegroup", "accessEntry", "accessEntries", "associatedAccessPolicies", "association"}


def of_kubernetes(documents: list[Json]) -> list[Json]:
    return [each for each in documents if "kind" in each]


def of_aws(documents: list[Json]) -> list[Json]:
    return [each for each in documents if "kind" not in each]


@given(clusters(), clusters())
@settings(max_examples=60)
def test_each_of_several_clusters_has_the_steps_that_it_has_alone(first: list[Json], second: list[Json]) -> None:
    """The account's own cluster is the first; of the second, EKS has told nothing."""
    # An EKS cluster that nothing tells of is no other than the one that is described, as long as it is alone.
    answers = [*of_aws(first), *([] if any("cluster" in each for each in first) else [DESCRIBED])]
    objects = dict(zip(NAMES, map(of_kubernetes, (first, second)), strict=True))
    if not all(objects.values()):
        return
    shared = [each for each in answers if not OF_EKS & each.keys()]
    alone = {"shop": loaded([*objects["shop"], *answers]), "shop-2": loaded([*objects["shop-2"], *shared, OTHER])}
    expected: Pairs = {}
    for name, model in alone.items():
        for rule, pairs in written_out(model).items():
            expected.setdefault(rule, set()).update((named(name, start), named(name, end)) for start, end in pairs)

    assert written_out(fleet(objects, [*answers, OTHER])) == expected


def fleet(objects: dict[str, list[Json]], answers: list[Json]) -> Model:
    files = {f"answer-{number:03}.json": json.dumps(each) for number, each in enumerate(answers)}
    for name, documents in objects.items():
        files |= {f"clusters/{name}/{number:03}.json": json.dumps(each) for number, each in enumerate(documents)}
    with folder(files) as path:
        return load([path])


def named(cluster: str, start: str) -> str:
    """The refs of a start, all of which it needs, as those of one of several clusters."""
    return " & ".join(within(cluster, Ref(each)) for each in start.split(" & "))


@given(clusters())
def test_a_ref_is_told_from_its_cluster_again(documents: list[Json]) -> None:
    model = loaded(documents)
    for number in range(len(model.names)):
        ref = model.names.ref(number)
        assert apart(within("a-b", ref), ("a", "a-b")) in (("a-b", ref), ("", ref))
