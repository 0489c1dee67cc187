"""The public face: load a snapshot, ask its graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from os import PathLike, fspath
from typing import TYPE_CHECKING, overload

from msgspec.structs import replace

from kpath.errors import UsageError
from kpath.evidence import Confidence, Fact
from kpath.graph.graph import Steps
from kpath.iam import Value
from kpath.mitigations import Fix, fixes, mitigations
from kpath.model.load import load as load_model
from kpath.model.tables import Model
from kpath.query import answers, blocked, iam, permissions, select, whatif
from kpath.query.compare import Compared, compared
from kpath.query.connections import Asked, Connections
from kpath.query.costs import Costs
from kpath.query.coverage import diagnostics, missing, snapshot
from kpath.query.cuts import Bench, Plan, plan
from kpath.query.overview import FROM
from kpath.query.saved import Query, named
from kpath.refs import Ref
from kpath.report import Path, Report
from kpath.rules import Rule, rules
from kpath.semantics.rbac.bindings import Grant
from kpath.shipped import called, sample
from kpath.snapshot.patch import Patch
from kpath.verdict import Verdict

if TYPE_CHECKING:
    import networkx
    import pandas

WORST, PROVEN = "worst", "proven"


def load(path: str | PathLike[str] | Sequence[str], *, rules: Iterable[Rule] | None = None) -> Graph:
    """Read a snapshot: a folder, a file, an archive, `-` for standard input, or several of them.

    `rules` replaces the rules that kpath ships. Raises `SnapshotError` on input
    that is malformed or hostile.
    """
    given = [path] if isinstance(path, str | PathLike) else list(path)
    paths = [sample(fspath(each)) for each in given]
    return Graph(paths, _rules(rules), Patch())


def _several(texts: str | Sequence[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _rules(chosen: Iterable[Rule] | None) -> tuple[Rule, ...]:
    return tuple(rules().values()) if chosen is None else tuple(chosen)


def _version() -> str:
    try:
        return version("kpath")
    except PackageNotFoundError:
        return "0"


class Graph:
    """All attack steps of a snapshot, with everything one may ask of them. Immutable."""

    def __init__(
        self,
        paths: Sequence[str],
        chosen: tuple[Rule, ...],
        patch: Patch,
        *,
        cluster: str = "",
        model: Model | None = None,
    ) -> None:
        self._paths, self._rules, self._patch, self._cluster = tuple(paths), chosen, patch, cluster
        self.model: Model = model if model is not None else self._read(patch)

    def _read(self, patch: Patch) -> Model:
        """The model as a patch of the snapshot leaves it; of several clusters, that of the one that is meant."""
        found = load_model(self._paths, patch)
        return found.part(self._cluster) if self._cluster else found

    @cached_property
    def steps(self) -> Steps:
        """All steps; questions that need none derive none."""
        return Steps.of(self.model, self._rules)

    def __repr__(self) -> str:
        return f"<Graph: {len(self.model.pods)} pods, {len(self.steps.arrows)} steps>"

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters of the snapshot, where there are several."""
        return self.model.clusters_apart

    def cluster(self, name: str) -> Graph:
        """The graph of one of several clusters, in which nothing has the name of a cluster.

        Raises `UsageError` on a cluster that the snapshot does not have.
        """
        if name not in self.clusters:
            known = f"it has {', '.join(self.clusters)}" if self.clusters else "it is of one cluster"
            raise UsageError(f"the snapshot has no folder clusters/{name}: {known}")
        return Graph(self._paths, self._rules, self._patch, cluster=name, model=self.model.part(name))

    @property
    def _alone(self) -> Model:
        """The model of the one cluster that there is; raises `UsageError` where there are several."""
        if self.clusters:
            raise UsageError(f"the snapshot has several clusters, name one with --cluster: {', '.join(self.clusters)}")
        return self.model

    @cached_property
    def _certain(self) -> Steps:
        return self.steps.certain()

    def _assuming(self, assume: str) -> Steps:
        if assume not in (WORST, PROVEN):
            raise UsageError(f"`{assume}` is no way to treat what is not certain; write worst or proven")
        return self.steps if assume == WORST else self._certain

    def paths(
        self,
        source: str | Sequence[str] = "",
        to: str | Sequence[str] = "",
        *,
        namespace: str = "",
        k: int = 1,
        assume: str = WORST,
        max_steps: int | None = None,
        container: str | None = None,
        everything: bool = False,
        fewest: bool = False,
        without: str | Sequence[str] = (),
    ) -> Paths:
        """The best path from a source to each goal, the `k` best with `k`.

        `source` and `to` are names, patterns or kinds, or several of them; without
        `to`, every goal counts; without either, the worst that can be reached from
        the internet or any pod, one path for each mistake. `everything` keeps what would be folded, `fewest`
        looks for the fewest steps instead of the easiest, `without` leaves out the
        steps of some rules. Raises `UsageError` on a name that the snapshot does
        not have.
        """
        asked, wanted = _several(source or FROM), _several(to)
        without = _several(without)
        if unknown := sorted(set(without) - {each.id for each in self._rules}):
            raise UsageError(f"`{unknown[0]}` is no step; kpath explain lists them")
        question = answers.Question(
            asked, wanted, namespace, k, max_steps, container, everything, fewest, tuple(without)
        )
        found = answers.paths(self._assuming(assume), question)
        return Paths(self._report(found, ", ".join(asked), ", ".join(wanted), assume, namespace), self)

    def reach(self, source: str = "", *, to: str = "", namespace: str = "", assume: str = WORST) -> tuple[Ref, ...]:
        """Everything that is reachable from a source, or everything that reaches a target."""
        steps = self._assuming(assume)
        if bool(source) == bool(to):
            raise UsageError("reach needs a source or a target, and not both")
        if source:
            return answers.reached(steps, select.sources(steps, [source], namespace))
        return answers.reaching(steps, select.targets(steps, [to], namespace))

    def why_not(self, source: str, to: str, *, namespace: str = "", assume: str = WORST) -> blocked.WhyNot:
        """Why there is no path: the frontier that the source reaches, and what blocks each way on."""
        return blocked.why_not(self._assuming(assume), source, to, namespace, missing(self.model, to, source))

    def query(self, query: Query | str, *, assume: str = WORST) -> Paths:
        """The answer to a saved question, given as one or by its name."""
        asked = named(query) if isinstance(query, str) else query
        found = self.paths(
            asked.source, asked.to, assume=assume, max_steps=asked.max_steps, fewest=asked.fewest,
            without=asked.without,
        )  # fmt: skip
        least = Confidence[asked.confidence.upper()]
        sure = tuple(path for path in found if path.confidence >= least)
        return Paths(replace(found.report, paths=sure[: asked.limit]), self)

    def who_can(self, verb: str, resource: str, *, namespace: str = "", subresource: str = "") -> tuple[Grant, ...]:
        """Everyone who may do something, with the binding and rule that grant it.

        `resource` is written as for kubectl: `pods`, `pods/exec`, `deployments.apps`, `secrets/db`. Without a
        namespace, rights in any namespace count.
        """
        return permissions.who_can(self._alone, verb, resource, namespace, subresource)

    def can_i(
        self,
        verb: str,
        resource: str,
        *,
        as_: str,
        namespace: str = "",
        groups: Sequence[str] = (),
        subresource: str = "",
    ) -> Verdict:
        """Whether a subject may do something: `as_` is `sa/NS/NAME`, `user/NAME`, or a user name as for kubectl."""
        return permissions.can_i(self._alone, verb, resource, as_, namespace, groups, subresource)

    def iam_can(
        self,
        principal: str,
        action: str,
        resource: str = "*",
        *,
        context: Mapping[str, Value | Sequence[Value]] | None = None,
        absent: Iterable[str] = (),
    ) -> Verdict:
        """Whether a role or user may do something in AWS, with the statements that decide.

        `principal` is an ARN or a name that only one has, `resource` an ARN; without it, the action is asked for
        all resources at once, as are those that know none. `context` and `absent` say what is known of condition
        keys, as for `kpath.iam.decide`. Raises `UsageError` on a principal that the snapshot lacks.
        """
        return iam.can(self.model, principal, action, resource, context=context or {}, absent=absent)

    def iam_who_can(
        self,
        action: str,
        resource: str = "*",
        *,
        context: Mapping[str, Value | Sequence[Value]] | None = None,
        absent: Iterable[str] = (),
    ) -> tuple[iam.May, ...]:
        """Every role and user that may do something in AWS, those that certainly may first."""
        return iam.who_can(self.model, action, resource, context=context or {}, absent=absent)

    def net(
        self, source: str = "", to: str = "", *, port: str | int = "", engine: str = "", namespace: str = ""
    ) -> Connections:
        """Who can talk to whom on the network, with the policy that allows or blocks it.

        `source` and `to` are pods, controllers, patterns, nodes, `internet`, `vpc`, addresses or CIDR blocks; with
        both, what is denied is told as well. `port` is written `80`, `UDP/53` or `TCP/1-1024`; `engine` names what
        enforces policies, instead of what the snapshot shows. Raises `UsageError` on what does not exist.
        """
        return Connections(self._alone, Asked(source, to, str(port), engine, namespace))

    def fixes(self, paths: Paths | Iterable[Path]) -> tuple[Fix, ...]:
        """The single changes that break some of these paths, those that break most first."""
        return answers.fixes(self.steps, tuple(paths))

    def fix(
        self, source: str | Sequence[str], to: str | Sequence[str] = "", *, namespace: str = "", assume: str = WORST
    ) -> Plan:
        """The cheapest set of changes after which no path is left, proven by deriving everything anew.

        `source` and `to` are as for `paths`. Paths that nothing kpath knows would break are the plan's `remaining`.
        Raises `UsageError` on a name that the snapshot does not have.
        """
        steps = self._assuming(assume)
        sources = select.sources(steps, _several(source), namespace)
        targets = select.targets(steps, _several(to), namespace)

        @cache
        def model(patch: Patch) -> Model:
            return self._read(self._patch | patch)

        @cache
        def after(patch: Patch) -> Steps:
            found = Steps.of(model(patch), self._rules)
            return found if assume == WORST else found.certain()

        bench = Bench(steps, {each.id: each for each in self._rules}, model, after, Costs(steps, sources))
        found = plan(bench, sources, targets)
        asked, wanted = ", ".join(_several(source)), ", ".join(_several(to))
        return replace(found, report=self._report(answers.Answer(found.broken), asked, wanted, assume, namespace))

    def mitigate(self, change: Fix | Patch | str, *, at: str = "") -> Graph:
        """The graph after a change: of objects, from which everything is derived anew.

        A mitigation given by its id is applied wherever it answers a fact that some
        step rests on, or only at the object `at`.
        """
        if isinstance(change, str):
            change = self._everywhere(change, at)
        patch = change.patch if isinstance(change, Fix) else change
        return Graph(self._paths, self._rules, self._patch | patch, cluster=self._cluster)

    def _everywhere(self, id_: str, at: str) -> Patch:
        if id_ not in mitigations():
            raise UsageError(f"`{id_}` is no mitigation; there are {', '.join(mitigations())}")
        wanted = Ref.parse(at) if at else None
        found = [fix for fix in fixes(self.model, self._facts()) if fix.mitigation == id_]
        chosen = [fix.patch for fix in found if wanted is None or wanted in (fix.fact.of, *fix.patch.touches)]
        if wanted is not None and not chosen:
            raise UsageError(f"{id_} answers nothing at `{wanted}`")
        return Patch.together(chosen)

    def _facts(self) -> Iterator[Fact]:
        for arrow in self.steps.arrows:
            source, target = next(iter(arrow.sources)), next(iter(arrow.targets))
            for witness in arrow.witnesses:
                yield from self.model.cited(witness.because, witness.by, source, target)
                yield from self.model.spread(witness.because, arrow.sources, arrow.targets)

    def pairs(self) -> frozenset[tuple[str, Ref, Ref]]:
        """Every step written out: id, source and target."""
        return frozenset(self.steps.pairs())

    def what_if(
        self,
        mitigations: Sequence[str] = (),
        *,
        at: str = "",
        apply: Sequence[str] = (),
        set_: Sequence[str] = (),
        without: Sequence[str] = (),
        namespace: str = "",
    ) -> Graph:
        """The graph after changes that one thinks of.

        `mitigations` are ids, each made wherever it answers something or at the object `at`; `apply` are files of
        manifests to put in place, `set_` fields as `OBJECT:POINTER=VALUE`, `without` objects to drop. Raises
        `UsageError` on what the snapshot does not have, `SnapshotError` on a manifest that cannot be read.
        """
        patches = [self._everywhere(each, at) for each in mitigations]
        patches += [whatif.applied(self.model, apply)] if apply else []
        patches += [whatif.fields(self.model, set_, namespace), whatif.without(self.model, without, namespace)]
        return self.mitigate(Patch.together(patches))

    def compare(
        self, before: Graph, source: str | Sequence[str] = "", to: str | Sequence[str] = "", *, namespace: str = ""
    ) -> Compared:
        """The paths and steps that came and went since an earlier graph, with the objects that made the difference.

        `source` and `to` are as for `paths`; a name that one of the two graphs does not have has no paths there.
        """
        asked = [graph._found(source, to, namespace) for graph in (before, self)]
        if all(each is None for each in asked):
            self.paths(source, to, namespace=namespace)
        return compared(before.steps, self.steps, (asked[0] or (), asked[1] or ()))

    def _found(self, source: str | Sequence[str], to: str | Sequence[str], namespace: str) -> Sequence[Path] | None:
        try:
            return self.paths(source, to, namespace=namespace, everything=True)
        except UsageError:
            return None

    def diff(self, before: Graph) -> answers.Diff:
        """The steps that this graph has and an earlier one had not, and the other way round."""
        return answers.Diff(tuple(sorted(self.pairs() - before.pairs())), tuple(sorted(before.pairs() - self.pairs())))

    def to_networkx(self, *, hubs: bool = False) -> networkx.MultiDiGraph:
        """The graph as networkx: refs as nodes, steps as edges; with `hubs`, products stay unexpanded."""
        from kpath.window import networkx_of

        return networkx_of(self.steps, hubs=hubs)

    def _report(self, found: answers.Answer, source: str, to: str, assume: str, namespace: str) -> Report:
        lacking = missing(self.model, to, source)
        return Report(
            version=_version(),
            snapshot=snapshot(self.model, ", ".join(dict.fromkeys(map(called, self._paths)))),
            source=str(Ref.parse(source, namespace)) if "/" in source and "*" not in source else source,
            to=to,
            assume=assume,
            verdict=found.verdict(lacking),
            paths=found.paths,
            folded=found.folded,
            missing=lacking,
            diagnostics=diagnostics(self.model),
        )


class Paths(Sequence[Path]):
    """Paths, best first, with the report that they are part of. Immutable."""

    def __init__(self, report: Report, graph: Graph) -> None:
        self.report, self._graph = report, graph

    def __len__(self) -> int:
        return len(self.report.paths)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Path]: ...
    def __getitem__(self, index: int | slice) -> Path | Sequence[Path]:
        return self.report.paths[index]

    def __repr__(self) -> str:
        return f"<Paths: {len(self)} from {self.report.source}, {self.report.verdict}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, str]:
        from kpath.render.bundle import bundle

        return bundle(self.report)

    def to_dicts(self) -> list[dict[str, object]]:
        """A row per step: path, step, id, source, target, evidence, assumptions."""
        from kpath.window import rows

        return rows(self.report)

    def to_pandas(self) -> pandas.DataFrame:
        """The rows of `to_dicts` as a data frame; needs pandas."""
        import pandas

        return pandas.DataFrame(self.to_dicts())

    def to_networkx(self) -> networkx.MultiDiGraph:
        """The steps of these paths as a networkx graph."""
        from kpath.window import networkx_of_paths

        return networkx_of_paths(self.report)
